/**
 * The device's own clock: a tag that holds the time. Values that are read in one request with it are of that time, as long
 * as it is believable; others are of the moment at which their answer was here.
 */
import type { PlannedBlock } from "../plan/index.ts";
import { decodeTag } from "../types/index.ts";

export class SourceTime {
  readonly #tag: string;
  readonly #maxSkewMs: number;
  #skewMs: number | undefined;

  /** A time further away from ours than `maxSkewMs` is not believed. */
  constructor(tag: string, maxSkewMs: number) {
    this.#tag = tag;
    this.#maxSkewMs = maxSkewMs;
  }

  /** How far the clock of the device is ahead of ours; `undefined`: it was not read yet. */
  get skewSeconds(): number | undefined {
    return this.#skewMs === undefined ? undefined : this.#skewMs / 1000;
  }

  /**
   * The time in the registers of a block, in milliseconds since 1970 UTC; `undefined` when it has none that can be
   * believed.
   */
  timeIn({ tags, start }: PlannedBlock, data: Uint8Array, receivedAt: number): number | undefined {
    const tag = tags.find((planned) => planned.tag.name === this.#tag)?.tag;
    if (tag === undefined) return undefined;
    const decoded = decodeTag(tag, data.subarray(2 * (tag.start - start)));
    if (decoded.kind === "bad") return undefined;
    const at = Number(decoded.value);
    this.#skewMs = at - receivedAt;
    return Math.abs(this.#skewMs) <= this.#maxSkewMs ? at : undefined;
  }
}
