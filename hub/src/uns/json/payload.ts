/** What is published: a metric, and the state, model and values of a device, as the formats of the configuration have them. */
import type { Datatype, MetricValue } from "@unshub/sparkplug";
import {
  metricName,
  timeText,
  valueJson,
  type TreeQuality,
  type UnsTree,
} from "../../tree/index.ts";
import type { ProjectionConfig } from "../placement/index.ts";
import type { FoundBelow, FoundThere } from "./violations.ts";

/** The qualities of i3X. */
export type JsonQuality = "Good" | "Uncertain" | "Bad" | "GoodNoData";

type Format = ProjectionConfig["format"];

/** What JSON can carry of a value, and what that is worth. */
interface Worth {
  readonly value: MetricValue;
  readonly quality: JsonQuality;
}

/** A bad value is none; an old one is kept and uncertain. */
export function worthOf(value: MetricValue, quality: TreeQuality): Worth {
  if (quality === "none") return { value: null, quality: "GoodNoData" };
  const isUsable = value !== null && (typeof value !== "number" || Number.isFinite(value));
  if (quality === "bad" || !isUsable) return { value: null, quality: "Bad" };
  return { value, quality: quality === "good" ? "Good" : "Uncertain" };
}

/** What a metric was worth at some time. */
export interface Moment {
  readonly value: MetricValue;
  readonly quality: TreeQuality;
  /** Milliseconds since 1970 UTC; `undefined`: never. */
  readonly time: number | undefined;
}

/** What a metric is worth now. */
function momentNow({ values }: UnsTree, id: number): Moment {
  const time = values.receivedAt(id) === 0 ? undefined : values.timestamp(id);
  return { value: values.value(id), quality: values.quality(id), time };
}

/** The payload of a metric in one of the formats that have one for each. */
export function metricPayload(
  tree: UnsTree,
  id: number,
  format: Format,
  moment = momentNow(tree, id),
): string {
  const { value, quality } = worthOf(moment.value, moment.quality);
  const text = textOf(value, tree.definitions.datatype(id));
  if (format === "raw") return typeof value === "string" ? value : text;
  if (format === "umh") return `{"timestamp_ms":${moment.time ?? 0},"value":${text}}`;
  const more = format === "vqt+meta" ? metaText(tree, id) : "";
  return `{"value":${text},"timestamp":${timestampText(moment)},"quality":"${quality}"${more}}`;
}

/** Numbers, truth values and null are what most metrics have; everything else goes the long way. */
function textOf(value: MetricValue, datatype: Datatype | undefined): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number" && datatype !== "DateTime") return String(value);
  return JSON.stringify(valueJson(value, datatype));
}

function timestampText({ time }: Moment): string {
  const text = time === undefined ? undefined : timeText(time);
  return text === undefined ? "null" : `"${text}"`;
}

function metaText(tree: UnsTree, id: number): string {
  const { datatype, unit } = factsOf(tree, id);
  const unitText = unit === undefined ? "" : `,"unit":${JSON.stringify(unit)}`;
  return `,"datatype":${JSON.stringify(datatype)}${unitText}`;
}

/** What the MQTT 5 properties of a metric say. */
export function factsOf(
  { definitions, properties }: UnsTree,
  id: number,
): { readonly datatype: string; readonly unit: string | undefined } {
  const datatype = definitions.datatype(id) ?? `datatype ${definitions.datatypeCode(id)}`;
  return { datatype, unit: properties.facts(definitions.properties(id)).unit };
}

/** All metrics of a device as one value: as good as the worst of them, as new as the newest. */
export function devicePayload(tree: UnsTree, memberRow: number, ids: Iterable<number>): string {
  const { definitions, values } = tree;
  const members: string[] = [];
  let worst: JsonQuality = "GoodNoData";
  let newest = 0;
  for (const id of ids) {
    const { value, quality } = worthOf(values.value(id), values.quality(id));
    const name = JSON.stringify(metricName(tree, memberRow, id));
    members.push(`${name}:${textOf(value, definitions.datatype(id))}`);
    worst = worseOf(worst, quality);
    newest = Math.max(newest, values.timestamp(id));
  }
  if (worst === "GoodNoData") return `{"value":null,"timestamp":null,"quality":"${worst}"}`;
  const timestamp = JSON.stringify(timeText(newest) ?? null);
  return `{"value":{${members.join(",")}},"timestamp":${timestamp},"quality":"${worst}"}`;
}

/** An object is never bad as a whole: a bad member makes it uncertain. */
export function worseOf(before: JsonQuality, quality: JsonQuality): JsonQuality {
  if (quality === "GoodNoData") return before;
  if (quality === "Bad" || quality === "Uncertain") return "Uncertain";
  return before === "GoodNoData" ? "Good" : before;
}

/** What a device is made of, for who wants to know before values come. */
export function modelPayload(tree: UnsTree, memberRow: number, ids: Iterable<number>): string {
  const metrics = Array.from(ids, (id) => {
    const info = tree.info(id);
    return {
      name: metricName(tree, memberRow, id),
      datatype: factsOf(tree, id).datatype,
      unit: info?.unit,
      low: info?.low,
      high: info?.high,
      description: info?.description,
      writable: info?.writable === true,
    };
  });
  return JSON.stringify({ metrics });
}

/** What is found wrong, the last one first. */
export function violationsPayload(found: readonly FoundThere[]): string {
  return JSON.stringify({ violations: newestFirst(found).map(violationOf) });
}

/** Of a level of the plant so many are told, and how many there are. */
const MOST_BELOW = 100;

export function levelPayload(found: readonly FoundBelow[]): string {
  const newest = newestFirst(found).slice(0, MOST_BELOW);
  const violations = newest.map((one) => ({ path: one.path, ...violationOf(one) }));
  return JSON.stringify({ total: found.length, violations });
}

function newestFirst<Found extends FoundThere>(found: readonly Found[]): readonly Found[] {
  return found.toSorted((a, b) => b.lastAt - a.lastAt);
}

function violationOf({ code, title, because, topic, count, firstAt, lastAt }: FoundThere): object {
  const times = { first: timeText(firstAt), last: timeText(lastAt) };
  return { code, title, because, topic, count, ...times };
}

/** `since`: milliseconds since 1970 UTC; 0: before the hub started. */
export function statePayload(state: {
  readonly online: boolean;
  readonly since: number;
  readonly node: string;
}): string {
  const { online, since, node } = state;
  return JSON.stringify({ online, since: since === 0 ? null : (timeText(since) ?? null), node });
}
