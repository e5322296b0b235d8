/** Values that arrive, in order, for tests that wait for the next one instead of sleeping. */
export class Inbox<T> {
  /** Everything that ever arrived. */
  readonly all: T[] = [];
  #taken = 0;
  readonly #waiting: ((value: T) => void)[] = [];

  readonly push = (value: T): void => {
    this.all.push(value);
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return;
    this.#taken += 1;
    waiter(value);
  };

  /** The first value that was not taken yet; waits for it. */
  next(): Promise<T> {
    const value = this.all[this.#taken];
    if (value !== undefined) {
      this.#taken += 1;
      return Promise.resolve(value);
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Takes values until one fits, and answers it. */
  async find(fits: (value: T) => boolean): Promise<T> {
    for (;;) {
      const value = await this.next();
      if (fits(value)) return value;
    }
  }
}
