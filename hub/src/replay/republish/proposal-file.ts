/**
 * Proposals of replays on disk, with what became of them: in a small file that is replaced as a whole. One that cannot be
 * read is left alone, and nothing can be proposed meanwhile.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseWith } from "@unshub/adapter";
import { z } from "zod";
import { isNoFile, messageOf } from "../../caught.ts";

const moment = z.number().int();
const answer = z.discriminatedUnion("kind", [
  /** Somebody said yes: from here on it may have begun. */
  z.strictObject({ kind: z.literal("under way"), by: z.string() }),
  z.strictObject({
    kind: z.literal("started"),
    by: z.string(),
    /** Left out: of an earlier run of the hub. */
    replay: z.number().int().optional(),
  }),
  z.strictObject({ kind: z.literal("rejected"), by: z.string() }),
  /** Nobody can answer it any more, though its time is not over. */
  z.strictObject({ kind: z.literal("ended"), because: z.string() }),
]);
const kept = z.strictObject({
  id: z.number().int().min(1),
  path: z.string(),
  since: z.number(),
  until: z.number(),
  speed: z.number(),
  as: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("historical") }),
    z.strictObject({ kind: z.literal("sandbox"), prefix: z.string() }),
  ]),
  reason: z.string(),
  /** As on the audit trail. */
  by: z.string(),
  proposedAt: moment,
  expiresAt: moment,
  answer: answer.optional(),
});
const content = z.strictObject({
  version: z.literal(1),
  lastId: z.number().int().min(0),
  /** Which restore of a backup the data directory came from when this was written. */
  restoredAt: moment.optional(),
  proposals: z.array(kept),
});

export type WrittenAnswer = Readonly<z.output<typeof answer>>;
export type WrittenProposal = Readonly<z.output<typeof kept>>;
export type WrittenProposals = Readonly<Omit<z.output<typeof content>, "version">>;

export class ProposalFile {
  readonly #file: string;
  readonly found: WrittenProposals | undefined;
  /** Why nothing can be proposed; `undefined`: it can. */
  readonly fault: string | undefined;

  constructor(file: string) {
    this.#file = file;
    try {
      this.found = parseWith(content, JSON.parse(readFileSync(file, "utf8")));
    } catch (error) {
      if (isNoFile(error)) return;
      this.fault = `${file} cannot be read: ${messageOf(error)}; put back a copy, or delete it, and start the hub again`;
    }
  }

  /** On disk when it returns. @throws when it cannot be written; then it is as before. */
  write(proposals: WrittenProposals): void {
    const text = `${JSON.stringify({ version: 1, ...proposals }, undefined, 2)}\n`;
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
