/**
 * Keeps findings and grades on disk while the hub runs, and brings them back when it starts, so that "since yesterday"
 * means yesterday. The file is replaced as a whole; it is written in pieces, with the broker's turns between them. What
 * cannot be kept or read is told and costs nothing else.
 */
import { readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";
import { isNoFile } from "../../caught.ts";
import type { Ledger } from "./ledger.ts";
import { linesOf, restoreLine } from "./record.ts";
import type { Standings } from "./standings.ts";

const EVERY_MS = 30_000;
/** When nothing but times has changed, it is written every so many times. */
const RESTED = 10;
/** Letters that are written in one piece. */
const PIECE = 65_536;

export interface GuardKeeperOptions {
  readonly file: string;
  readonly ledger: Ledger;
  readonly standings: Standings;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

export class GuardKeeper {
  readonly #options: GuardKeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #keptChanges = 0;
  #rests = 0;
  #hasFailed = false;
  #isStopped = false;

  constructor(options: GuardKeeperOptions) {
    this.#options = options;
  }

  /** Brings back what was kept, and keeps what comes. */
  start(): void {
    this.#restore();
    this.#keptChanges = this.#changes;
    this.#wait();
  }

  /** Keeps everything, and ends. Twice does no harm. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    if (this.#timer !== undefined) await this.#keep();
  }

  get #changes(): number {
    const { ledger, standings } = this.#options;
    return ledger.changes + standings.changes;
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#writing = this.#keepWhenDue().then(() => this.#wait());
    }, EVERY_MS);
    this.#timer.unref();
  }

  async #keepWhenDue(): Promise<void> {
    this.#rests += 1;
    if (this.#changes !== this.#keptChanges || this.#rests >= RESTED) await this.#keep();
  }

  async #keep(): Promise<void> {
    const { file, log } = this.#options;
    const changes = this.#changes;
    try {
      await this.#write(`${file}.new`);
      await rename(`${file}.new`, file);
      this.#keptChanges = changes;
      this.#rests = 0;
      this.#hasFailed = false;
    } catch (error) {
      await rm(`${file}.new`, { force: true }).catch(() => undefined); // the first error is the one to tell
      if (!this.#hasFailed)
        log.error({ file, error }, "findings and grades could not be kept on disk");
      this.#hasFailed = true;
    }
  }

  async #write(file: string): Promise<void> {
    const { ledger, standings } = this.#options;
    await using handle = await open(file, "w");
    let piece = "";
    for (const line of linesOf(ledger, standings)) {
      piece += `${line}\n`;
      if (piece.length < PIECE) continue;
      await handle.writeFile(piece); // goes on where the last one ended
      piece = "";
    }
    await handle.writeFile(piece);
    await handle.sync();
  }

  #restore(): void {
    const { file, ledger, standings, log } = this.#options;
    const lines = linesIn(file, log);
    const at = this.#options.now();
    const damaged = lines.filter((line) => !restoreLine(line, ledger, standings, at)).length;
    if (damaged > 0)
      log.warn({ file, lines: damaged }, "some kept findings and grades cannot be read");
  }
}

function linesIn(file: string, log: Logger): readonly string[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if (!isNoFile(error))
      log.warn({ file, error }, "kept findings and grades cannot be read; they begin anew");
    return [];
  }
}
