/** Warns of a noisy line: answers that were no answers, more than one in a hundred within five minutes. */
import type { Logger } from "@unshub/adapter";
import type { ModbusLink } from "../wire/index.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

export interface NoiseWatchOptions {
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly log: Logger;
}

const WINDOW_MS = 300_000;
const MOST_SHARE = 0.01;

interface Seen {
  readonly requests: number;
  readonly noise: number;
}

export class NoiseWatch {
  readonly #options: NoiseWatchOptions;
  readonly #planned: Planned;
  #before: Seen;

  constructor(options: NoiseWatchOptions) {
    this.#options = options;
    this.#before = seenOf(options.link);
    const due = (): void => this.#look();
    this.#planned = options.scheduler.every({ intervalMs: WINDOW_MS, phaseMs: 0, due });
  }

  stop(): void {
    this.#planned.cancel();
  }

  #look(): void {
    const { link, log } = this.#options;
    const now = seenOf(link);
    const requests = now.requests - this.#before.requests;
    const noise = now.noise - this.#before.noise;
    this.#before = now;
    if (noise <= requests * MOST_SHARE) return;
    const percent = Math.round((1000 * noise) / Math.max(1, requests)) / 10;
    log.warn(
      { link: link.name, requests, noise, percent, counters: { ...link.counters } },
      "the line is noisy: look at cable, termination, settings and who else speaks on it",
    );
  }
}

/** Answers that fit nothing: wrong checksum, wrong shape, of another unit or transaction. */
function seenOf({ counters }: ModbusLink): Seen {
  const { requests, crc, mismatched, foreign, wrongUnit, inconclusive } = counters;
  return { requests, noise: crc + mismatched + foreign + wrongUnit + inconclusive };
}
