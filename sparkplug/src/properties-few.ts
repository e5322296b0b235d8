/**
 * A PropertySet of a few entries, kept as it was read: in two lists. A birth brings one for every metric, and making a
 * `Map` of each would take a third of the time of decoding it. Looks like a `Map` from outside.
 */
import type { Properties, Property } from "./payload.ts";

type Key = string;

export class FewProperties implements Properties {
  readonly #keys: readonly Key[];
  readonly #values: readonly Property[];
  /** The same as a `Map`; made when somebody wants more than one property. */
  #map: Properties | undefined = undefined;

  /** As many keys as values. */
  constructor(keys: readonly Key[], values: readonly Property[]) {
    this.#keys = keys;
    this.#values = values;
  }

  /** Of two equal keys the last one holds. */
  get(key: Key): Property | undefined {
    const index = this.#keys.lastIndexOf(key);
    return index < 0 ? undefined : this.#values[index];
  }

  has(key: Key): boolean {
    return this.#keys.includes(key);
  }

  get size(): number {
    const isLast = (key: Key, index: number): boolean => this.#keys.lastIndexOf(key) === index;
    return this.#keys.filter(isLast).length;
  }

  entries(): MapIterator<[Key, Property]> {
    return this.#asMap().entries();
  }

  keys(): MapIterator<Key> {
    return this.#asMap().keys();
  }

  values(): MapIterator<Property> {
    return this.#asMap().values();
  }

  [Symbol.iterator](): MapIterator<[Key, Property]> {
    return this.entries();
  }

  forEach(callback: (value: Property, key: Key, map: Properties) => void): void {
    for (const [key, value] of this.#asMap()) callback(value, key, this);
  }

  #asMap(): Properties {
    this.#map ??= mapOf(this.#keys, this.#values);
    return this.#map;
  }
}

/** As many keys as values; of two equal keys the last one holds. */
export function mapOf(keys: readonly Key[], values: readonly Property[]): Properties {
  const map = new Map<Key, Property>();
  values.forEach((value, index) => map.set(keys[index] ?? "", value));
  return map;
}
