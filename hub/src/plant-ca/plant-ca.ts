/**
 * A small CA in a folder: `ca.pem` and `ca.key`, `server.pem`, `clients/NAME.pem`, `revoked.pem`, `issued.jsonl`. Who has
 * `ca.key` can make anybody: the folder may be kept apart from the hub, which needs `ca.pem`, `revoked.pem` and the two of
 * the server only.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IssuedList, type IssuedCertificate } from "./issued.ts";
import {
  makeCa,
  makeCertificate,
  makeCrl,
  signerOf,
  type MadeCertificate,
  type Signer,
  type Wish,
} from "./make.ts";

/** Nothing was made, and why. */
export class PlantCaError extends Error {
  override readonly name = "PlantCaError";
}

const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

export class PlantCa {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #issued: IssuedList;

  /** `now`: milliseconds since 1970 UTC. Nothing is read before it is asked for. */
  constructor(folder: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
    this.#issued = new IssuedList(join(folder, "issued.jsonl"));
  }

  /** Makes the CA, and an empty list of revoked certificates. @throws {PlantCaError} when there is one. */
  async init(name: string): Promise<void> {
    checkName(name);
    if (existsSync(this.#file("ca.pem")) || existsSync(this.#file("ca.key"))) {
      throw new PlantCaError(
        `there is a CA in ${this.#folder} already; name another folder with --dir`,
      );
    }
    const from = this.#now();
    const ca = await makeCa(name, { from, to: from + CA_DAYS * DAY_MS });
    this.#write("ca", ca);
    await this.#writeList(await signerOf(ca.cert, ca.key));
  }

  /** A certificate with its key; the file without its ending. @throws {PlantCaError} */
  async issue(wish: Wish, days: number): Promise<string> {
    checkName(wish.name);
    if (wish.kind === "server" && wish.for.length === 0) {
      throw new PlantCaError(
        "a server needs the names and addresses by which clients reach it: --host",
      );
    }
    const file = wish.kind === "server" ? wish.name : join("clients", wish.name);
    const known = this.valid().find(({ kind, name }) => kind === wish.kind && name === wish.name);
    if (wish.kind === "client" && known !== undefined) {
      throw new PlantCaError(
        `${wish.name} has a certificate until ${dayOf(known.validTo)}; revoke it first, or choose another name`,
      );
    }
    const ca = await this.#signer();
    const from = this.#now();
    const to = Math.min(from + days * DAY_MS, ca.certificate.notAfter.getTime());
    const made = await makeCertificate(ca, wish, { from, to });
    const { name, kind, for: what } = wish;
    this.#issued.add({
      serial: made.serial,
      name,
      kind,
      for: [...what],
      issuedAt: from,
      validTo: to,
    });
    this.#write(file, made);
    return this.#file(file);
  }

  /** No certificate of this name counts any longer; how many there were. @throws {PlantCaError} when there is none. */
  async revoke(name: string): Promise<number> {
    const found = this.valid().filter(
      (each) => each.name === name || each.serial === name.toUpperCase(),
    );
    if (found.length === 0) {
      throw new PlantCaError(
        `${this.#folder} knows no certificate "${name}" that still counts; see unshub cert list`,
      );
    }
    const ca = await this.#signer();
    for (const { serial } of found) this.#issued.revoke(serial, this.#now());
    await this.#writeList(ca);
    return found.length;
  }

  /** All that were issued. */
  issued(): readonly IssuedCertificate[] {
    return this.#issued.all();
  }

  /** Those that are neither revoked nor over. */
  valid(): readonly IssuedCertificate[] {
    const now = this.#now();
    return this.issued().filter(
      ({ revokedAt, validTo }) => revokedAt === undefined && validTo > now,
    );
  }

  async #signer(): Promise<Signer> {
    try {
      const [cert, key] = ["ca.pem", "ca.key"].map((name) =>
        readFileSync(this.#file(name), "utf8"),
      );
      return await signerOf(cert ?? "", key ?? "");
    } catch (cause) {
      throw new PlantCaError(
        `there is no CA that can be used in ${this.#folder}; make one with unshub cert init, or name its folder with --dir`,
        { cause },
      );
    }
  }

  async #writeList(ca: Signer): Promise<void> {
    const revoked = this.issued().flatMap(({ serial, revokedAt }) =>
      revokedAt === undefined ? [] : [{ serial, at: revokedAt }],
    );
    const to = ca.certificate.notAfter.getTime();
    this.#replace("revoked.pem", await makeCrl(ca, revoked, { from: this.#now(), to }));
  }

  #write(name: string, { cert, key }: MadeCertificate): void {
    this.#replace(`${name}.key`, key);
    this.#replace(`${name}.pem`, cert);
  }

  /** As a whole, so that a hub that reads it never sees half of it. */
  #replace(name: string, text: string): void {
    const file = this.#file(name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

/** Names are files, and stand in certificates. */
function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new PlantCaError(
    `"${name}" cannot be the name of a certificate: letters, digits, blanks and . _ @ -, a letter or digit first`,
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
