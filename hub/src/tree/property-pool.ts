/**
 * The properties that births announce: whole, each distinct set once. A thousand temperatures of one unit and range
 * share one set; a set that nobody looks at is bytes, not objects.
 */
import { deserialize, serialize } from "node:v8";
import { propertyValue, type Properties } from "@unshub/sparkplug";
import { TextPool } from "./text-pool.ts";

/** What readers ask most, and the whole set. */
export interface PropertyFacts {
  readonly unit: string | undefined;
  /** Lowest and highest value that makes sense; `undefined` on a side that was not announced. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly description: string | undefined;
  readonly properties: Properties;
}

/** Sets that are kept as objects because somebody looked at them. */
const MAX_OPENED = 4096;

/** What belongs to the value, not to the metric, and would make a new set of each birth. */
const OF_THE_VALUE: ReadonlySet<string> = new Set(["Quality", "Reason"]);

const NOTHING: Properties = new Map();

/** The set of a metric without properties. */
export const NO_PROPERTIES = 0;

export class PropertyPool {
  readonly texts = new TextPool();
  readonly #maxBytes: number;
  /** The decoder gives sets that come again as the same object. */
  #known = new WeakMap<Properties, number>();
  readonly #opened = new Map<number, PropertyFacts>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.texts.add("");
  }

  /** The number of a set; `undefined` when there is no room for it. */
  add(properties: Properties): number | undefined {
    if (properties.size === 0) return NO_PROPERTIES;
    const known = this.#known.get(properties);
    if (known !== undefined) return known;
    const lasting = lastingOf(properties);
    if (lasting.size === 0) return NO_PROPERTIES;
    const bytes = serialize(lasting);
    if (this.texts.byteLength + bytes.length > this.#maxBytes) return undefined;
    const id = this.texts.addBytes(bytes);
    this.#known.set(properties, id);
    return id;
  }

  facts(id: number): PropertyFacts {
    const opened = this.#opened.get(id);
    if (opened !== undefined) return opened;
    if (this.#opened.size >= MAX_OPENED) this.#opened.clear();
    const facts = factsOf(this.#read(id));
    this.#opened.set(id, facts);
    return facts;
  }

  #read(id: number): Properties {
    if (id === NO_PROPERTIES) return NOTHING;
    const { texts } = this;
    const set: unknown = deserialize(texts.bytes.subarray(texts.start(id), texts.end(id)));
    return isProperties(set) ? set : NOTHING;
  }
}

/** Only `add` writes into the pool, and only `Properties`. */
function isProperties(set: unknown): set is Properties {
  return set instanceof Map;
}

function lastingOf(properties: Properties): Properties {
  if (!properties.has("Quality") && !properties.has("Reason")) return properties;
  return new Map([...properties].filter(([key]) => !OF_THE_VALUE.has(key)));
}

function factsOf(properties: Properties): PropertyFacts {
  return {
    unit: textProperty(properties, "engUnit"),
    low: numberProperty(properties, "engLow"),
    high: numberProperty(properties, "engHigh"),
    description:
      textProperty(properties, "Documentation") ?? textProperty(properties, "description"),
    properties,
  };
}

/** A property that is text; `undefined` when it is missing or something else. */
export function textProperty(properties: Properties, key: string): string | undefined {
  const value = propertyValue(properties.get(key));
  return typeof value === "string" ? value : undefined;
}

function numberProperty(properties: Properties, key: string): number | undefined {
  const value = propertyValue(properties.get(key));
  return typeof value === "number" ? value : undefined;
}
