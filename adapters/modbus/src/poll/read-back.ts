/** Reads a written tag until the device shows what was asked for, or time is over. */
import type { WriteResult } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { DeviceConfig } from "../config/config.ts";
import type { Tag } from "../tag.ts";
import { decodeTag, encodeWrite, type EncodedWrite, type Overlay } from "../types/index.ts";
import { encodeRequest, readRequest } from "../wire/pdu.ts";
import type { Naps } from "./naps.ts";
import type { Scheduler } from "./scheduler.ts";
import type { WriteLane } from "./write-lane.ts";
import type { Sent } from "./write-sender.ts";

export interface ReadBackOptions {
  readonly config: DeviceConfig;
  readonly scheduler: Scheduler;
  readonly lane: WriteLane;
  readonly naps: Naps;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** There is no more use in reading. */
  readonly isOver: () => boolean;
  readonly readBack: (
    index: number,
    data: Uint8Array,
    when: { readonly at: number; readonly isLast: boolean },
  ) => void;
}

/** What was written, and may have arrived. */
export interface Written {
  readonly tag: Tag;
  readonly index: number;
  readonly value: MetricValue;
}

/** What the device shows, and whether that is what was asked for. */
interface Found {
  readonly isAsAsked: boolean;
  readonly value?: MetricValue;
}

const AFTER_MS = 50;
const TIMEOUT_MS = 2000;
const AGAIN_MS = 100;

export class ReadBack {
  readonly #options: ReadBackOptions;

  constructor(options: ReadBackOptions) {
    this.#options = options;
  }

  async verify(write: Written, sent: Exclude<Sent, { kind: "refused" }>): Promise<WriteResult> {
    const { tag } = write;
    const { scheduler, naps, isOver } = this.#options;
    const untilMs = scheduler.nowMs() + (tag.verifyTimeoutMs ?? TIMEOUT_MS);
    const shown = this.#shown(write, sent);
    let read = shown?.value;
    if (shown?.isAsAsked === true) return this.#ok(read);
    for (let pauseMs = tag.verifyAfterMs ?? AFTER_MS; ; pauseMs = AGAIN_MS) {
      await naps.nap(pauseMs);
      const isLast = scheduler.nowMs() + AGAIN_MS > untilMs || isOver();
      const found = await this.#read(write, isLast);
      read = found.value ?? read;
      if (found.isAsAsked) return this.#ok(read);
      if (isLast || isOver()) return this.#notAsAsked(tag, sent, read);
    }
  }

  #ok(read: MetricValue | undefined): WriteResult {
    return { outcome: "ok", ...(read !== undefined && { read }), at: this.#options.now() };
  }

  /** What came with the answer to the write; `undefined`: nothing. */
  #shown({ tag, index, value }: Written, sent: Sent): Found | undefined {
    if (sent.kind !== "accepted" || sent.shown === undefined) return undefined;
    const { start, data, at } = sent.shown;
    const first = 2 * (tag.start - start);
    const own = data.subarray(first, first + 2 * tag.length);
    return this.#judge({ tag, index, value }, { data: own, at, isLastTry: false });
  }

  async #read({ tag, index, value }: Written, isLastTry: boolean): Promise<Found> {
    const { lane, config } = this.#options;
    const request = readRequest(tag.table, tag.start, tag.length);
    const result = await lane.ask({ request, name: `${config.name} ${tag.name}` });
    if (result.kind !== "data") return { isAsAsked: false };
    const { data, at } = result;
    return this.#judge({ tag, index, value }, { data, at, isLastTry });
  }

  #judge(
    { tag, index, value }: Written,
    { data, at, isLastTry }: { data: Uint8Array; at: number; isLastTry: boolean },
  ): Found {
    const decoded = decodeTag(tag, data);
    const isAsAsked = isWhatWasAsked(tag, value, decoded);
    this.#options.readBack(index, data, { at, isLast: isLastTry || isAsAsked });
    return decoded.kind === "good" ? { isAsAsked, value: decoded.value } : { isAsAsked };
  }

  #notAsAsked(
    tag: Tag,
    sent: Exclude<Sent, { kind: "refused" }>,
    read: MetricValue | undefined,
  ): WriteResult {
    const at = this.#options.now();
    const found = read === undefined ? {} : { read };
    if (sent.kind === "unknown") {
      return { outcome: "timeout_unknown", because: sent.because, ...found, at };
    }
    const what = `${this.#options.config.name} ${tag.name}`;
    if (read === undefined) {
      const because = `${what}: accepted, but it could not be read back`;
      return { outcome: "ok_unverified", because, at };
    }
    const because = `${what}: accepted, but something else was read back`;
    return { outcome: "mismatch", because, ...found, at };
  }
}

/** Of a struct, what was given is there; the rest was not asked for. */
function hasBits({ bits, keep }: Overlay, found: EncodedWrite): boolean {
  const whole = found.kind === "overlay" ? found.bits : bytesIn(found);
  return (
    whole?.length === bits.length &&
    whole.every((byte, index) => (byte & ~(keep[index] ?? 0) & 0xff) === bits[index])
  );
}

function bytesIn(encoded: EncodedWrite): Uint8Array | undefined {
  if (encoded.kind !== "request") return undefined;
  const { request } = encoded;
  if (request.functionCode === 16) return request.bytes;
  return request.functionCode === 6
    ? Uint8Array.of(request.word >> 8, request.word & 0xff)
    : undefined;
}

/** Two values are the same when they are the same registers: what a float cannot hold is no mismatch. */
function isWhatWasAsked(
  tag: Tag,
  asked: MetricValue,
  decoded: ReturnType<typeof decodeTag>,
): boolean {
  if (decoded.kind === "bad") return false;
  if (Object.is(decoded.value, asked)) return true;
  return isSame(encodeWrite(tag, asked), encodeWrite(tag, decoded.value));
}

function isSame(a: EncodedWrite, b: EncodedWrite): boolean {
  if (a.kind === "overlay") return hasBits(a, b);
  if (a.kind !== "request" || b.kind !== "request") {
    return a.kind === "readModifyWrite" && b.kind === a.kind && a.orMask === b.orMask;
  }
  return Buffer.compare(encodeRequest(a.request), encodeRequest(b.request)) === 0;
}
