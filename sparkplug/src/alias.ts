/** Aliases: small numbers that stand for metric names within one Sparkplug session. */

/** A metric by its place: `deviceId` is `undefined` for metrics of the edge node itself. */
export interface MetricPlace {
  readonly deviceId: string | undefined;
  readonly name: string;
}

/**
 * Deals aliases for one edge node. Node metrics and all devices share one number space, and only a new NBIRTH
 * deals them again. [tck-id-payloads-alias-uniqueness]
 */
export class AliasTable {
  readonly #places: MetricPlace[] = [];
  readonly #aliases = new Map<string | undefined, Map<string, number>>();

  /** The alias of a metric; dealt on first sight, 0 first. */
  aliasOf(place: MetricPlace): number {
    const names = this.#namesOf(place.deviceId);
    const known = names.get(place.name);
    if (known !== undefined) return known;
    const alias = this.#places.push({ deviceId: place.deviceId, name: place.name }) - 1;
    names.set(place.name, alias);
    return alias;
  }

  /** Which metric an alias stands for; `undefined` when it was never dealt. */
  placeOf(alias: number | bigint): MetricPlace | undefined {
    return this.#places[Number(alias)];
  }

  clear(): void {
    this.#places.length = 0;
    this.#aliases.clear();
  }

  #namesOf(deviceId: string | undefined): Map<string, number> {
    const known = this.#aliases.get(deviceId);
    if (known !== undefined) return known;
    const names = new Map<string, number>();
    this.#aliases.set(deviceId, names);
    return names;
  }
}
