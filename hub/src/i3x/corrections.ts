/** `PUT /objects/history`: rows that are written into the past, each at its own time. The live tree does not hear of it. */
import { valueFault } from "@unshub/sparkplug";
import type { Sight } from "../feed/index.ts";
import { HistoryError, type CorrectedRow, type History } from "../history/index.ts";
import { joinPath, type MetricInfo, type UnsTree } from "../tree/index.ts";
import { Breath } from "./breath.ts";
import { DONE, failed, notFound, together, type Item, type Outcome } from "./envelope.ts";
import { isObject, isSameJson, shown, utc } from "./exact-json.ts";
import { valueIn } from "./metric-value.ts";
import type { Past } from "./past.ts";
import type { QUALITIES } from "./requests.ts";
import type { AddressSpace } from "./space/address-space.ts";
import type { Element } from "./space/element.ts";
import type { Members } from "./space/members.ts";
import type { Values } from "./values.ts";

type Quality = (typeof QUALITIES)[number];

/** What somebody says that an element was worth. */
export interface Correction {
  readonly elementId: string;
  /** JSON; large integers are `bigint`. */
  readonly value: unknown;
  readonly quality: Quality;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number;
}

/** Who corrects. */
export interface Corrector {
  readonly sight: Sight;
  /** Why he may not correct a metric; `undefined`: he may. */
  fault(info: MetricInfo): string | undefined;
  /** On the audit trail when it returns. @throws when it cannot be written: then it must not be done. */
  note(entry: { readonly object: string; readonly before: unknown; readonly after: unknown }): void;
}

export interface CorrectionsOptions {
  readonly tree: UnsTree;
  readonly space: AddressSpace;
  readonly members: Members;
  readonly values: Values;
  readonly past: Past;
  /** `undefined`: nothing is recorded. */
  readonly history: Pick<History, "insert"> | undefined;
}

const ROW_QUALITIES = {
  Good: "good",
  Uncertain: "uncertain",
  Bad: "bad",
  GoodNoData: "none",
} as const satisfies Record<Quality, CorrectedRow["quality"]>;

const STATUSES: Readonly<Partial<Record<HistoryError["code"], number>>> = {
  BAD_ROW: 400,
  UNKNOWN_METRIC: 404,
  NOT_RECORDED: 403,
};

export class Corrections {
  readonly #options: CorrectionsOptions;

  constructor(options: CorrectionsOptions) {
    this.#options = options;
  }

  /** One after the other: of two for the same time the last one stands. */
  async correct(corrections: readonly Correction[], by: Corrector): Promise<readonly Item[]> {
    const breath = new Breath();
    const items: Item[] = [];
    for (const correction of corrections) {
      items.push({ id: correction.elementId, outcome: await this.#one(correction, by) });
      if (breath.isOver) await breath.take();
    }
    return items;
  }

  async #one(correction: Correction, by: Corrector): Promise<Outcome> {
    const { elementId } = correction;
    const element = this.#options.space.find(elementId, by.sight);
    if (element === undefined) return notFound(elementId);
    if (this.#isNow(element, correction, by.sight)) return DONE;
    if (element.kind === "metric") return await this.#metric(element.id, correction, by);
    if (element.kind === "member") return await this.#device(element.row, correction, by);
    return failed(403, `${elementId} has no past of its own that could be written`);
  }

  /** Whether it says what the element is worth now, at the time of that. */
  #isNow(element: Element, { value, quality, timestamp }: Correction, sight: Sight): boolean {
    const now = this.#options.values.of(element, sight);
    const isSameTime = now.timestamp === utc(timestamp);
    return isSameTime && now.quality === quality && isSameJson(now.value, value);
  }

  async #device(row: number, correction: Correction, by: Corrector): Promise<Outcome> {
    const { tree, members } = this.#options;
    const { value, elementId } = correction;
    if (tree.rows.kind(row) !== "device")
      return failed(403, `${elementId} is an edge node: write its metrics one by one`);
    if (!isObject(value)) return failed(400, `${elementId} takes an object of its metrics`);
    const ids = members.of(row)?.metrics ?? new Int32Array(0);
    const byName = new Map(Array.from(ids, (id) => [members.names.name(row, id), id]));
    const unknown = Object.keys(value).find((name) => !byName.has(name));
    if (unknown !== undefined) return failed(400, `${elementId} has no metric "${unknown}"`);
    const outcomes: { name: string; outcome: Outcome }[] = [];
    for (const [name, own] of Object.entries(value)) {
      const id = byName.get(name);
      const quality = own === null ? "Bad" : correction.quality;
      if (id === undefined) continue;
      const outcome = await this.#metric(id, { ...correction, value: own, quality }, by);
      outcomes.push({ name, outcome });
    }
    return together(outcomes);
  }

  async #metric(id: number, correction: Correction, by: Corrector): Promise<Outcome> {
    const { tree, past, history } = this.#options;
    const info = tree.info(id);
    if (info === undefined || history === undefined) return failed(404, "nothing is recorded");
    try {
      const before = await past.at(id, correction.timestamp);
      const { value: json, quality } = correction;
      if (before !== undefined && before.quality === quality && isSameJson(before.value, json))
        return DONE;
      const fault = by.fault(info);
      if (fault !== undefined) return failed(403, fault);
      const row = rowOf(info, correction);
      if ("isDone" in row) return row;
      const after = { value: shown(json), quality, time: utc(row.time) };
      const path = joinPath(tree.segments(id));
      by.note({ object: path, before: before && { ...before }, after });
      await history.insert(path, [row]);
      return DONE;
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      return failed(STATUSES[error.code] ?? 503, error.message);
    }
  }
}

/** The row, or why there can be none. */
function rowOf(
  { datatype, name }: MetricInfo,
  { value: json, quality, timestamp }: Correction,
): CorrectedRow | Outcome {
  const isNothing = quality === "Bad" || quality === "GoodNoData";
  if (isNothing !== (json === null)) {
    const because = isNothing ? "has no value: send null" : "has a value";
    return failed(400, `${name}: what is ${quality} ${because}`);
  }
  const row = { time: timestamp, quality: ROW_QUALITIES[quality] };
  if (json === null) return { ...row, value: null };
  const value = valueIn(datatype, json);
  const fault =
    value === undefined || datatype === undefined
      ? `${shown(json)} cannot be written as ${datatype ?? "a value of no known datatype"}`
      : valueFault(datatype, value);
  return fault === undefined && value !== undefined
    ? { ...row, value }
    : failed(400, `${name}: ${fault}`);
}
