/**
 * Against answers that come twice on an RTU line. A second copy would be taken for the answer to the next request of
 * the same shape, and from then on every answer for that of its predecessor. So the same shape is not asked of a unit
 * again before a copy would have been heard; much later once a copy was heard.
 */
import { answers, isAlike, type Shape } from "./orphans.ts";

interface Answered {
  readonly shape: Shape;
  readonly freeAt: number;
}

/** Once a copy was heard, the pause is at least this, and twice the answer time. */
const SUSPICIOUS_PAUSE_MS = 100;
const SUSPICIOUS_FOR_MS = 600_000;

/** What each unit answered last, and until when nothing alike is asked of it. */
export class DuplicateGuard {
  readonly #pauseMs: number;
  /** By unit; only units that were asked are in it. */
  readonly #last = new Map<number, Answered>();
  #suspiciousUntil = Number.NEGATIVE_INFINITY;

  /** `pauseMs`: how long a copy may take as long as none was heard. */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  answered(unit: number, shape: Shape, { nowMs, rttMs }: { nowMs: number; rttMs: number }): void {
    const isSuspicious = nowMs < this.#suspiciousUntil;
    const pauseMs = isSuspicious ? Math.max(SUSPICIOUS_PAUSE_MS, 2 * rttMs) : this.#pauseMs;
    this.#last.set(unit, { shape, freeAt: nowMs + pauseMs });
  }

  /** A frame came that nobody waits for; true when it is a copy of the shape that its unit answered last. */
  isCopy(unit: number, pdu: Uint8Array, nowMs: number): boolean {
    const last = this.#last.get(unit);
    const isOne =
      last !== undefined && pdu[0] === last.shape.pdu[0] && answers(pdu, last.shape.reply);
    if (isOne) this.#suspiciousUntil = nowMs + SUSPICIOUS_FOR_MS;
    return isOne;
  }

  blocks(unit: number, shape: Shape, nowMs: number): boolean {
    const last = this.#last.get(unit);
    if (last === undefined || nowMs >= last.freeAt) return false;
    const functionCode = shape.pdu[0] ?? 0;
    return (
      functionCode === last.shape.pdu[0] && isAlike(last.shape.reply, shape.reply, functionCode)
    );
  }

  /** When the next unit is free again; infinite when all are. */
  nextFree(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { freeAt } of this.#last.values()) if (freeAt > nowMs) next = Math.min(next, freeAt);
    return next;
  }
}
