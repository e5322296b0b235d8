/**
 * The orphan rule of RTU. RTU frames carry no transaction id: an answer that comes after its time-out looks like the
 * answer to the next request of the same shape. So a request that timed out stays on this list, and while it does,
 * nothing is asked whose answer could not be told from its own.
 */
import type { ExpectedReply } from "./request.ts";

/** What the answer to a request looks like. */
export interface Shape {
  readonly pdu: Uint8Array;
  readonly reply: ExpectedReply;
}

interface Orphan {
  readonly unit: number;
  readonly functionCode: number;
  readonly reply: ExpectedReply;
  /** Its answer may be an exception as well as any other: blocks all that has its function. */
  readonly blocksAll: boolean;
  readonly until: number;
}

/** Requests whose answers may still come. */
export class Orphans {
  #list: Orphan[] = [];

  get size(): number {
    return this.#list.length;
  }

  /** `shape` was asked of `unit` and not answered; its answer may come until `until`. */
  add(unit: number, shape: Shape, until: number, blocksAll = false): void {
    if (shape.reply.kind === "none") return;
    const functionCode = shape.pdu[0] ?? 0;
    this.#list.push({ unit, functionCode, reply: shape.reply, blocksAll, until });
  }

  /** Whether the answer to `shape` could not be told from that of an orphan. */
  blocks(unit: number, shape: Shape): boolean {
    return this.#list.some(
      (orphan) =>
        isOf(orphan, unit, shape.pdu[0] ?? 0) &&
        (orphan.blocksAll || isAlike(orphan.reply, shape.reply, orphan.functionCode)),
    );
  }

  /** Whether an exception of `functionCode` may be an orphan's. */
  hasFunction(unit: number, functionCode: number): boolean {
    return this.#list.some((orphan) => isOf(orphan, unit, functionCode));
  }

  /** Whether a frame of `unit` may be an orphan's. */
  hasUnit(unit: number): boolean {
    return this.#list.some((orphan) => orphan.unit === unit);
  }

  /** Whether a frame that begins like this may be an orphan's late answer. */
  expects(unit: number, functionCode: number, byteCount: number | undefined): boolean {
    return this.#list.some(
      ({ reply, ...orphan }) =>
        orphan.unit === unit &&
        orphan.functionCode === (functionCode & 0x7f) &&
        (byteCount === undefined || reply.kind !== "data" || reply.bytes === byteCount),
    );
  }

  /** The late answer of an orphan has come: takes it off the list. `pdu` is that of the answer. */
  arrived(unit: number, pdu: Uint8Array): boolean {
    const functionCode = pdu[0] ?? 0;
    const candidates = this.#list.filter((orphan) => isOf(orphan, unit, functionCode & 0x7f));
    if (functionCode & 0x80) {
      // An exception does not say whose it is; with a single orphan there is no doubt.
      if (candidates.length === 1) this.#remove(candidates);
      return candidates.length > 0;
    }
    const own = candidates.find(({ reply }) => answers(pdu, reply));
    if (own === undefined) return false;
    this.#remove([own]);
    return true;
  }

  /** Drops those whose window has passed. */
  forget(nowMs: number): void {
    if (this.#list.length === 0) return;
    this.#list = this.#list.filter(({ until }) => until > nowMs);
  }

  /** When the next one is dropped. */
  nextExpiry(): number {
    return this.#list.reduce(
      (least, { until }) => Math.min(least, until),
      Number.POSITIVE_INFINITY,
    );
  }

  #remove(gone: readonly Orphan[]): void {
    this.#list = this.#list.filter((orphan) => !gone.includes(orphan));
  }
}

function isOf(orphan: Orphan, unit: number, functionCode: number): boolean {
  return orphan.unit === unit && orphan.functionCode === functionCode;
}

/**
 * Reads are alike when they ask for as many bytes. Writes are alike when their echoes are; but the echo of FC5, FC6 and
 * FC22 holds the value, so an early echo of the same write says nothing wrong.
 */
export function isAlike(a: ExpectedReply, b: ExpectedReply, functionCode: number): boolean {
  if (a.kind === "data") return b.kind === "data" && a.bytes === b.bytes;
  if (a.kind === "none" || b.kind !== "echo") return false;
  const holdsNoValue = functionCode === 15 || functionCode === 16;
  return holdsNoValue && Buffer.compare(a.bytes, b.bytes) === 0;
}

/** Whether the PDU `pdu` is an answer of this kind; its function is compared elsewhere. */
export function answers(pdu: Uint8Array, reply: ExpectedReply): boolean {
  if (reply.kind === "data") return pdu[1] === reply.bytes && pdu.length === reply.bytes + 2;
  return reply.kind === "echo" && Buffer.compare(reply.bytes, pdu) === 0;
}
