/** Ids that were seen, so that two that differ only in case are found. */

const MAX_IDS = 100_000;

interface Known {
  readonly id: string;
  readonly clientId: string;
}

export class CaseIndex {
  readonly #known = new Map<string, Known>();

  /** Notes an id of `scope`. Answers another that differs only in case, and who used it. */
  note(scope: string, id: string, clientId: string): Known | undefined {
    const key = `${scope}\n${id.toLowerCase()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known.id === id ? undefined : known;
    if (this.#known.size >= MAX_IDS) this.#known.clear();
    this.#known.set(key, { id, clientId });
    return undefined;
  }
}
