/** Aliases: small numbers that stand for metric names within one Sparkplug session. */

/** A metric by its place: `deviceId` is `undefined` for metrics of the edge node itself. */
export interface MetricPlace {
  readonly deviceId: string | undefined;
  readonly name: string;
}

/** From the first alias of one life of a program to that of its next. */
const ALIASES_OF_ONE_LIFE = 8192;

/**
 * Where a program that starts begins to count: with each `bdSeq` elsewhere. A host that has not noticed yet that the
 * program started anew may write by an alias of its last life; that must not be the alias of another metric now.
 */
export function firstAlias(bdSeq: number): number {
  return bdSeq * ALIASES_OF_ONE_LIFE;
}

/**
 * Deals aliases for one edge node. Node metrics and all devices share one number space. A new NBIRTH might deal all of
 * them again; here a number never changes its metric, so that a command that was under way during a birth cannot write
 * another one. [tck-id-payloads-alias-uniqueness]
 */
export class AliasTable {
  readonly #places = new Map<number, MetricPlace>();
  readonly #aliases = new Map<string | undefined, Map<string, number>>();
  #next: number;

  /** `first`: the alias that is dealt first. */
  constructor(first = 0) {
    this.#next = first;
  }

  /** The alias of a metric; dealt on first sight. */
  aliasOf(place: MetricPlace): number {
    const names = this.#namesOf(place.deviceId);
    const known = names.get(place.name);
    if (known !== undefined) return known;
    const alias = this.#next;
    this.#next += 1;
    this.#places.set(alias, { deviceId: place.deviceId, name: place.name });
    names.set(place.name, alias);
    return alias;
  }

  /** Which metric an alias stands for; `undefined` when it was never dealt. */
  placeOf(alias: number | bigint): MetricPlace | undefined {
    return this.#places.get(Number(alias));
  }

  /** Forgets metrics that are announced no more. Their numbers are not dealt again. */
  keepOnly(isAnnounced: (place: MetricPlace) => boolean): void {
    for (const [alias, place] of this.#places) {
      if (isAnnounced(place)) continue;
      this.#places.delete(alias);
      const names = this.#namesOf(place.deviceId);
      names.delete(place.name);
      if (names.size === 0) this.#aliases.delete(place.deviceId);
    }
  }

  #namesOf(deviceId: string | undefined): Map<string, number> {
    const known = this.#aliases.get(deviceId);
    if (known !== undefined) return known;
    const names = new Map<string, number>();
    this.#aliases.set(deviceId, names);
    return names;
  }
}
