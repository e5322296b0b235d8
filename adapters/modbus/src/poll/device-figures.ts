/** What a device counts, and how fast it answers. */

import { ANSWER_BOUNDS, DurationCounter, type DeviceDiagnostics } from "@unshub/adapter";

type Figures = Pick<
  DeviceDiagnostics,
  | "timeouts"
  | "exceptions"
  | "overruns"
  | "coalesced"
  | "rttP50Ms"
  | "rttP99Ms"
  | "answerTimes"
  | "requestsPerSecond"
  | "requests"
>;

const KEPT = 256;

export class DeviceFigures {
  timeouts = 0;
  exceptions = 0;
  overruns = 0;
  /** To whatever request; exceptions are answers. */
  answers = 0;
  requestsPerSecond = 0;
  readonly #rtts = new Float32Array(KEPT);
  readonly #answerTimes = new DurationCounter(ANSWER_BOUNDS);
  #rttCount = 0;
  #requestsBefore = 0;

  answered(rttMs: number): void {
    this.answers += 1;
    this.#rtts[this.#rttCount % KEPT] = rttMs;
    this.#rttCount += 1;
    this.#answerTimes.note(rttMs / 1000);
  }

  /** Call once a second. */
  second(): void {
    const requests = this.answers + this.timeouts;
    this.requestsPerSecond = requests - this.#requestsBefore;
    this.#requestsBefore = requests;
  }

  report(): Figures {
    const sorted = this.#rtts.subarray(0, Math.min(this.#rttCount, KEPT)).toSorted();
    const p50 = within(sorted, 0.5);
    const p99 = within(sorted, 0.99);
    const { buckets, count, seconds } = this.#answerTimes;
    return {
      timeouts: this.timeouts,
      exceptions: this.exceptions,
      overruns: this.overruns,
      coalesced: 0, // the hub counts it: nothing is kept back here
      ...(p50 !== undefined && { rttP50Ms: p50 }),
      ...(p99 !== undefined && { rttP99Ms: p99 }),
      answerTimes: { buckets: [...buckets], count, seconds },
      requestsPerSecond: this.requestsPerSecond,
      requests: this.answers + this.timeouts,
    };
  }
}

/** Milliseconds within which `share` (0 to 1) of the answers came; `undefined`: there were none. */
function within(sorted: Float32Array, share: number): number | undefined {
  if (sorted.length === 0) return undefined;
  const rank = Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return Math.round((sorted[rank] ?? 0) * 100) / 100;
}
