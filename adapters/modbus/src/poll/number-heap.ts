/** Numbers of which the least is wanted again and again. */
export class NumberHeap {
  readonly #items: number[] = [];

  /** `Infinity` when there is none. */
  get least(): number {
    return this.#items[0] ?? Infinity;
  }

  add(number: number): void {
    const items = this.#items;
    let index = items.length;
    items.push(number);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = items[parent] ?? -Infinity;
      if (above <= number) break;
      items[index] = above;
      index = parent;
    }
    items[index] = number;
  }

  /** Takes the least one out. */
  take(): number {
    const items = this.#items;
    const least = this.least;
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let index = 0;
    for (;;) {
      const child = this.#smallerChild(index);
      const below = items[child] ?? Infinity;
      if (below >= last) break;
      items[index] = below;
      index = child;
    }
    items[index] = last;
    return least;
  }

  clear(): void {
    this.#items.length = 0;
  }

  #smallerChild(index: number): number {
    const left = 2 * index + 1;
    const isRight = (this.#items[left + 1] ?? Infinity) < (this.#items[left] ?? Infinity);
    return isRight ? left + 1 : left;
  }
}
