/** What elements were worth: rows of the history as i3X has them, cut where an answer would become too long. */
import { isTemplate, type Datatype, type MetricValue } from "@unshub/sparkplug";
import type { Sight } from "../feed/index.ts";
import type { HistoryReader, PastValue } from "../history/index.ts";
import { joinPath, type UnsTree } from "../tree/index.ts";
import { Breath } from "./breath.ts";
import { detailOf, notFound, type Item } from "./envelope.ts";
import { quoted, utc } from "./exact-json.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element } from "./space/element.ts";
import { vqtText, worthText, type Vqt } from "./values.ts";

export interface PastOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  /** `undefined`: nothing is recorded. */
  readonly reader: Pick<HistoryReader, "values"> | undefined;
}

/** Both ends included: milliseconds since 1970 UTC. */
interface Range {
  readonly since: number;
  readonly until: number;
}

export interface PastCall extends Range {
  readonly elementIds: readonly string[];
  readonly maxDepth: number;
  readonly sight: Sight;
}

const MOST_OF_ONE = 10_000;
const MOST_OF_ALL = 100_000;

/** Rows of one element; `nextFrom`: they were cut, and go on then. */
interface Rows {
  readonly texts: readonly string[];
  readonly nextFrom: string | undefined;
}

const NO_ROWS: Rows = { texts: [], nextFrom: undefined };

/** One call: how many rows are left for it, and where it was cut first. */
class Reading {
  left = MOST_OF_ALL;
  cut: string | undefined;
  readonly range: Range;
  readonly breath = new Breath();

  constructor(range: Range) {
    this.range = range;
  }

  note(elementId: string, nextFrom: string): string {
    const sentence = `at most ${MOST_OF_ONE} rows of one element and ${MOST_OF_ALL} of all: ${elementId} goes on from ${nextFrom}`;
    this.cut ??= sentence;
    return sentence;
  }
}

export class Past {
  readonly #options: PastOptions;

  constructor(options: PastOptions) {
    this.#options = options;
  }

  /** @throws {HistoryError} when the history cannot answer now. */
  async read(
    call: PastCall,
  ): Promise<{ readonly items: readonly Item[]; readonly cut: string | undefined }> {
    const reading = new Reading(call);
    const items: Item[] = [];
    for (const id of call.elementIds) {
      const element = this.#options.space.find(id, call.sight);
      const outcome =
        element === undefined ? notFound(id) : await this.#read(reading, element, call);
      items.push({ id, outcome });
    }
    return { items, cut: reading.cut };
  }

  /** What stands in the history of a metric at a time; `undefined`: nothing. @throws {HistoryError} */
  async at(id: number, time: number): Promise<Vqt | undefined> {
    const { reader, tree } = this.#options;
    const path = joinPath(tree.segments(id));
    const range = { since: time, until: time, limit: 2 };
    const values = (await reader?.values(path, range))?.values ?? [];
    const stored = values.find(({ isGap }) => !isGap);
    return stored && rowOf(stored, { kind: "metric", id, path: "" });
  }

  async #read(
    reading: Reading,
    element: Element,
    { maxDepth, sight }: PastCall,
  ): Promise<Item["outcome"]> {
    const { space } = this.#options;
    const isComposition = space.isComposition(element);
    const cuts: string[] = [];
    const rowsOf = async (one: Element): Promise<string> => {
      const { texts, nextFrom } = await this.#rowsOf(reading, one);
      if (nextFrom !== undefined) cuts.push(reading.note(one.path, nextFrom));
      return `[${texts.join(",")}]`;
    };
    const values = await rowsOf(element);
    const components: string[] = [];
    if (isComposition && maxDepth !== 1) {
      for (const component of space.componentsWithin(element, maxDepth)) {
        if (!space.sees(component, sight)) continue;
        const inner = space.isComposition(component);
        const rows = await rowsOf(component);
        components.push(`${quoted(component.path)}:{"isComposition":${inner},"values":${rows}}`);
      }
    }
    const more = isComposition && maxDepth !== 1 ? `,"components":{${components.join(",")}}` : "";
    const [cut] = cuts;
    return {
      isDone: true,
      result: `{"isComposition":${isComposition},"values":${values}${more}}`,
      ...(cut !== undefined && { detail: detailOf(206, cut) }),
    };
  }

  /** Only metrics have rows: a device has none of its own, because its metrics change at different times. */
  async #rowsOf(reading: Reading, element: Element): Promise<Rows> {
    const { reader, tree } = this.#options;
    if (reader === undefined || (element.kind !== "metric" && element.kind !== "part"))
      return NO_ROWS;
    const { since, until } = reading.range;
    const limit = Math.min(MOST_OF_ONE, reading.left);
    if (limit === 0) return { texts: [], nextFrom: utc(since) };
    const path = joinPath(tree.segments(element.id));
    const found = await reader.values(path, { since, until, limit });
    if (found === undefined) return NO_ROWS;
    reading.left -= found.values.length;
    const texts: string[] = [];
    for (const value of found.values) {
      texts.push(`{${vqtText(rowOf(value, element))}}`);
      if (reading.breath.isOver) await reading.breath.take();
    }
    return { texts, nextFrom: found.more ? utc(found.values.at(-1)?.time ?? since) : undefined };
  }
}

function rowOf(past: PastValue, element: Element): Vqt {
  const timestamp = utc(past.time) ?? utc(past.receivedAt) ?? "";
  if (past.isGap) return { value: "null", quality: "Bad", timestamp };
  const { value, datatype } = contentOf(past, element);
  const { text, quality } = worthText(value, { datatype, quality: past.quality });
  return { value: text, quality, timestamp };
}

/** Of a part what its template had for it. */
function contentOf(
  { value, datatype }: PastValue,
  element: Element,
): { readonly value: MetricValue; readonly datatype: Datatype | undefined } {
  if (element.kind !== "part") return { value, datatype };
  let inner: { readonly value: MetricValue; readonly datatype: Datatype | undefined } = {
    value,
    datatype,
  };
  for (const name of element.names) {
    const template = inner.value;
    const member = isTemplate(template)
      ? template.metrics.findLast((one) => one.name === name)
      : undefined;
    inner = member ?? { value: null, datatype: undefined };
  }
  return inner;
}
