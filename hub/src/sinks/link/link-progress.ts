/**
 * How far the other side has confirmed what a link says, and the births that hold at that place; written down now and then,
 * so that a link that begins anew goes on from there.
 */
import { descriptorOf } from "@unshub/sparkplug";
import type { NodeMemory } from "./births.ts";
import type { LinkFile } from "./link-file.ts";

export interface LinkProgressOptions {
  readonly file: LinkFile;
  /** Written no more often. */
  readonly everyMs: number;
  /** Where a link begins that never carried anything; microseconds since 1970 UTC. */
  readonly begin: () => number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Births are written as a whole: at most a twentieth of the time. */
const BIRTHS_SHARE = 20;

export class LinkProgress {
  readonly #options: LinkProgressOptions;
  #from: number | undefined;
  /** As at that place. */
  #confirmed = new Map<string, NodeMemory>();
  #isSaved = true;
  #birthsChanged = false;
  /** How long it took to write them. */
  #birthsMs = 0;
  #savedAt = 0;

  constructor(options: LinkProgressOptions) {
    this.#options = options;
  }

  /** Of the next message that the other side has not confirmed; microseconds since 1970 UTC. `undefined`: not read yet. */
  get from(): number | undefined {
    return this.#from;
  }

  /** What is remembered of edge nodes at that place. */
  get memories(): Iterable<NodeMemory> {
    return this.#confirmed.values();
  }

  /** What the run before left, the first time. Answers `from`. */
  async open(): Promise<number> {
    if (this.#from !== undefined) return this.#from;
    const kept = this.#options.file.read();
    const from = kept.from ?? this.#options.begin();
    this.#from = from;
    this.#confirmed = new Map(kept.nodes.map((node) => [descriptorOf(node), node]));
    if (kept.from === undefined) await this.save();
    return from;
  }

  /** All up to there was carried on, or was not for the other side. */
  moveTo(readTo: number | undefined): void {
    if (readTo === undefined || readTo < (this.#from ?? 0)) return;
    this.#from = readTo + 1;
    this.#isSaved = false;
  }

  /** What stood before is no longer there to be read. */
  skipTo(from: number): void {
    this.#from = from;
  }

  /** An edge node as it is now; one of which there is nothing to be remembered takes no room. */
  remember(memory: NodeMemory): void {
    const key = descriptorOf(memory);
    this.#birthsChanged ||= this.#confirmed.get(key)?.births !== memory.births;
    if (memory.births === undefined) this.#confirmed.delete(key);
    else this.#confirmed.set(key, memory);
  }

  async saveIfDue(): Promise<void> {
    const { now, everyMs } = this.#options;
    const birthsMs = this.#birthsChanged ? this.#birthsMs * BIRTHS_SHARE : 0;
    const isDue = now() - this.#savedAt >= Math.max(everyMs, birthsMs);
    if (!this.#isSaved && isDue) await this.save();
  }

  async save(): Promise<void> {
    if (this.#from === undefined) return;
    const { file, now } = this.#options;
    const began = now();
    if (this.#birthsChanged) await file.saveBirths(this.#from, [...this.#confirmed.values()]);
    else await file.savePosition(this.#from);
    this.#savedAt = now();
    if (this.#birthsChanged) this.#birthsMs = this.#savedAt - began;
    this.#birthsChanged = false;
    this.#isSaved = true;
  }
}
