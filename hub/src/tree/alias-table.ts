/** Which metric stands behind an alias, in one member of an edge node, until its next birth. */

/** No birth announced this alias. */
export const UNKNOWN = -1;

/** The birth announced it, but the tree has no room for its metric. */
export const REFUSED = -2;

type Alias = number | bigint;

/** Aliases that lie close together, as they mostly do, are the places of an array. */
export class AliasTable {
  readonly #first: number;
  readonly #dense: Int32Array;
  readonly #sparse: ReadonlyMap<Alias, number> | undefined;

  /** `ids[i]` is the metric of `aliases[i]`; of two equal aliases the last one holds. */
  constructor(aliases: readonly Alias[], ids: readonly number[]) {
    const span = spanOf(aliases);
    this.#first = span?.first ?? 0;
    this.#dense = new Int32Array(span?.length ?? 0).fill(UNKNOWN);
    if (span === undefined) {
      this.#sparse = new Map(aliases.map((alias, at) => [alias, ids[at] ?? UNKNOWN]));
      return;
    }
    for (const [at, alias] of aliases.entries()) {
      this.#dense[Number(alias) - span.first] = ids[at] ?? UNKNOWN;
    }
  }

  get(alias: Alias): number {
    if (this.#sparse !== undefined) return this.#sparse.get(alias) ?? UNKNOWN;
    if (typeof alias !== "number") return UNKNOWN;
    const at = alias - this.#first;
    return at >= 0 && at < this.#dense.length ? (this.#dense[at] ?? UNKNOWN) : UNKNOWN;
  }
}

export const NO_ALIASES = new AliasTable([], []);

/** The first alias and how many places there are up to the last one; `undefined` when they lie too far apart. */
function spanOf(
  aliases: readonly Alias[],
): { readonly first: number; readonly length: number } | undefined {
  let first = Number.MAX_SAFE_INTEGER;
  let last = 0;
  for (const alias of aliases) {
    if (typeof alias !== "number") return undefined;
    if (alias < first) first = alias;
    if (alias > last) last = alias;
  }
  if (aliases.length === 0) return { first: 0, length: 0 };
  const length = last - first + 1;
  return length <= aliases.length * 4 + 64 ? { first, length } : undefined;
}
