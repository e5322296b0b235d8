/**
 * Time in which this process got on: of a moment in which a busy machine let it stand still, it counts a tick. For
 * tests that say how long something takes at most.
 */
const TICK_MS = 10;

export class AwakeTime implements Disposable {
  #ticks = 0;
  readonly #timer = setInterval(() => {
    this.#ticks += 1;
  }, TICK_MS);

  /** Milliseconds since it was made. */
  get ms(): number {
    return this.#ticks * TICK_MS;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
