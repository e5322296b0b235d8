/**
 * What ThingsBoard asked lately, whatever the connection. What it has no answer for, since the connection broke meanwhile, it
 * asks again over the next one, by the same number; that must not be carried out a second time.
 */

interface Asked<Outcome> {
  readonly outcome: Promise<Outcome>;
  /** It may come again until then; infinite while it is under way. */
  untilMs: number;
}

/** ThingsBoard waits 10 s for an answer as it is installed. Its numbers begin anew when it does: much longer would be wrong, too. */
const KEPT_MS = 30_000;

export class AskedLately<Outcome> {
  readonly #asked = new Map<string, Asked<Outcome>>();
  readonly #nowMs: () => number;
  readonly #forgotten: (key: string) => void;

  /** `nowMs`: milliseconds of a clock that never goes back. `forgotten`: told what is another request from now on. */
  constructor(nowMs: () => number, forgotten: (key: string) => void = () => undefined) {
    this.#nowMs = nowMs;
    this.#forgotten = forgotten;
  }

  /** What comes of a request, or came of it when it was asked before. */
  async once(key: string, carryOut: () => Promise<Outcome>): Promise<Outcome> {
    this.#forgetOld();
    const known = this.#asked.get(key);
    if (known !== undefined) return await known.outcome;
    const asked: Asked<Outcome> = { outcome: carryOut(), untilMs: Number.POSITIVE_INFINITY };
    this.#asked.set(key, asked);
    try {
      return await asked.outcome;
    } finally {
      asked.untilMs = this.#nowMs() + KEPT_MS;
    }
  }

  /** Its answer has arrived: the same number is another request from now on. */
  answered(key: string): void {
    this.#asked.delete(key);
    this.#forgotten(key);
  }

  #forgetOld(): void {
    const nowMs = this.#nowMs();
    for (const [key, { untilMs }] of this.#asked) if (untilMs <= nowMs) this.answered(key);
  }
}
