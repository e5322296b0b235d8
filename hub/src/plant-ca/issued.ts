/** What a plant CA has issued: one JSON line for each certificate and each revocation. No secret stands in it. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";

const issuedLine = z.object({
  /** Hex, as certificates show it. */
  serial: z.string(),
  name: z.string(),
  kind: z.enum(["server", "client"]),
  /** What it stands for: hosts of a server, the URI of a client, if it has one. */
  for: z.array(z.string()),
  /** Milliseconds since 1970 UTC. */
  issuedAt: z.number(),
  validTo: z.number(),
});
const revokedLine = z.object({ revoked: z.string(), at: z.number() });

export type IssuedCertificate = z.output<typeof issuedLine> & {
  /** Milliseconds since 1970 UTC; `undefined`: it counts. */
  readonly revokedAt: number | undefined;
};

export class IssuedList {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** In the order in which they were issued. */
  all(): readonly IssuedCertificate[] {
    const lines = existsSync(this.#file) ? readFileSync(this.#file, "utf8").split("\n") : [];
    const texts = lines.filter((text) => text !== "").map((text): unknown => JSON.parse(text));
    const revoked = new Map(
      texts
        .map((line) => revokedLine.safeParse(line).data)
        .flatMap((line) => (line ? [[line.revoked, line.at]] : [])),
    );
    return texts.flatMap((text) => {
      const line = issuedLine.safeParse(text).data;
      return line === undefined ? [] : [{ ...line, revokedAt: revoked.get(line.serial) }];
    });
  }

  add(line: z.output<typeof issuedLine>): void {
    this.#append(line);
  }

  revoke(serial: string, at: number): void {
    this.#append({ revoked: serial, at });
  }

  #append(line: object): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
  }
}
