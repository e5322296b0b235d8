/**
 * The bdSeq that each edge node last connected with at the other side: a line a CONNECT, on disk before it is used, so that the
 * next hub goes on with the one after it. When there are too many, those who have not connected for longest are forgotten.
 */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { nextBdSeq } from "@unshub/sparkplug";
import { z } from "zod";
import { linesOf } from "../whole-file.ts";

const entry = z.tuple([z.string(), z.int().min(0).max(255)]);
const MOST = 10_000;
const MODE = { mode: 0o600 } as const;

export class BdSeqs {
  readonly #file: string;
  readonly #most: number;
  /** By group and edge node; who connected last stands last. */
  readonly #used = new Map<string, number>();
  /** In the file. */
  #lines = 0;

  constructor(file: string, most = MOST) {
    this.#file = file;
    this.#most = most;
  }

  /** What was used before; a line that cannot be read is as if it was not there. */
  read(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    for (const line of linesOf(this.#file)) {
      const { data } = entry.safeParse(line);
      if (data !== undefined) this.#note(...data);
    }
    this.#rewrite();
  }

  /** For the next CONNECT of an edge node; `own`: for its first. */
  next(key: string, own: number): number {
    const last = this.#used.get(key);
    const next = last === undefined ? own : nextBdSeq(last);
    this.#note(key, next);
    if (this.#lines < 2 * this.#most) this.#append(key, next);
    else this.#rewrite();
    return next;
  }

  #note(key: string, bdSeq: number): void {
    this.#used.delete(key);
    this.#used.set(key, bdSeq);
    const [longest] = this.#used.keys();
    if (longest !== undefined && this.#used.size > this.#most) this.#used.delete(longest);
  }

  #append(key: string, bdSeq: number): void {
    appendFileSync(this.#file, lineOf([key, bdSeq]), MODE);
    this.#lines += 1;
  }

  #rewrite(): void {
    writeFileSync(`${this.#file}.new`, Array.from(this.#used, lineOf).join(""), MODE);
    renameSync(`${this.#file}.new`, this.#file);
    this.#lines = this.#used.size;
  }
}

function lineOf(used: readonly [key: string, bdSeq: number]): string {
  return `${JSON.stringify(used)}\n`;
}
