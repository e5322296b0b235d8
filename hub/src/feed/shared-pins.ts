/**
 * What everybody has in view who may read it: paths of the tree that somebody pinned for all. They are on disk before they
 * hold, in a small file that is replaced as a whole. One that cannot be read is left alone, and nothing is shared meanwhile.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseWith } from "@unshub/adapter";
import { z } from "zod";
import { isNoFile, messageOf } from "../caught.ts";

/** More is no longer in view. */
export const MOST_SHARED_PINS = 40;
/** A path of the tree is a topic, at most. */
const MOST_LETTERS = 65_536;

export const pinnedPath = z.string().min(1).max(MOST_LETTERS);
const fileSchema = z.strictObject({ version: z.literal(1), paths: z.array(pinnedPath) });

export interface PinChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export class SharedPins {
  readonly #file: string;
  #paths: readonly string[] = [];
  /** Why nothing can be shared; `undefined`: it can. */
  readonly fault: string | undefined;

  constructor(file: string) {
    this.#file = file;
    try {
      this.#paths = parseWith(fileSchema, JSON.parse(readFileSync(file, "utf8"))).paths;
    } catch (error) {
      if (isNoFile(error)) return;
      this.fault = `${file} cannot be read: ${messageOf(error)}; put back a copy, or delete it, and start the hub again`;
    }
  }

  /** In the order in which they were shared. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** What they would be after a change; what is there already stays where it is. */
  after({ add, remove }: PinChange): readonly string[] {
    const kept = new Set([...this.#paths, ...add]);
    for (const path of remove) kept.delete(path);
    return [...kept];
  }

  /** @throws when it cannot be written; then nothing has changed. */
  put(paths: readonly string[]): void {
    const text = `${JSON.stringify({ version: 1, paths }, undefined, 2)}\n`;
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
    this.#paths = paths;
  }
}
