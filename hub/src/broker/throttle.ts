/**
 * How fast one client may publish. When it has published faster, nothing more is read from it until it is even again: its
 * own socket fills up and slows it down, nothing is lost, and others notice nothing.
 */
import { Bucket } from "./bucket.ts";
import type { BrokerLimits } from "./limits.ts";

/** What was not used is good for a burst of so many seconds. */
const BURST_SECONDS = 2;

type ThrottleLimits = Pick<BrokerLimits, "publishesPerSecond" | "publishBytesPerSecond">;

export interface ThrottleOptions {
  readonly limits: ThrottleLimits;
  readonly monotonic: () => number;
  /** It has published too fast; told once for each pause. */
  readonly paused: () => void;
  /** It may be read again. */
  readonly ended: () => void;
}

/** `undefined` when there is no limit: then it costs nothing. */
export function throttleOf(options: ThrottleOptions): Throttle | undefined {
  const { publishesPerSecond, publishBytesPerSecond } = options.limits;
  const isLimited = Math.min(publishesPerSecond, publishBytesPerSecond) < Number.POSITIVE_INFINITY;
  return isLimited ? new Throttle(options) : undefined;
}

export class Throttle {
  /** Whether nothing more is to be read for now. */
  isOver = false;
  readonly #options: ThrottleOptions;
  readonly #messages: Bucket | undefined;
  readonly #bytes: Bucket | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ThrottleOptions) {
    this.#options = options;
    const { publishesPerSecond, publishBytesPerSecond } = options.limits;
    this.#messages = this.#bucket(publishesPerSecond);
    this.#bytes = this.#bucket(publishBytesPerSecond);
  }

  /** A PUBLISH of this size was read. */
  published(bytes: number): void {
    const waitMs = this.#spend(1, bytes);
    if (waitMs === 0 || this.isOver) return;
    this.isOver = true;
    this.#options.paused();
    this.#waitFor(waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #bucket(perSecond: number): Bucket | undefined {
    if (perSecond === Number.POSITIVE_INFINITY) return undefined;
    return new Bucket(perSecond, this.#options.monotonic(), BURST_SECONDS);
  }

  #spend(messages: number, bytes: number): number {
    const now = this.#options.monotonic();
    return Math.max(this.#messages?.spend(messages, now) ?? 0, this.#bytes?.spend(bytes, now) ?? 0);
  }

  #waitFor(ms: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#spend(0, 0);
      if (left > 0) return this.#waitFor(left);
      this.isOver = false;
      this.#options.ended();
    }, Math.ceil(ms));
  }
}
