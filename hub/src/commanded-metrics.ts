/** What a command writes: metrics by name, or by the alias that its birth gave, with the values of before and after. */
import {
  datatypeOf,
  decodePayload,
  deviceTopic,
  metricValue,
  nodeTopic,
  readTopic,
  type Metric,
} from "@unshub/sparkplug";
import type { PublishedMessage } from "./broker/index.ts";
import type { CommandedMetric } from "./identity/index.ts";
import { DECODING, type MetricInfo, type NodeSessions, type UnsTree } from "./tree/index.ts";

const MOST_LETTERS = 200;

/**
 * `undefined`: the payload cannot be read. A metric that has a name and the alias of another one is both: nobody knows by
 * which of them the edge node goes.
 */
export function commandedMetrics(
  { tree, sessions }: { readonly tree: UnsTree; readonly sessions: NodeSessions },
  { topic, payload }: PublishedMessage,
): readonly CommandedMetric[] | undefined {
  const reading = readTopic(topic);
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
  const { topic: place } = reading;
  const deviceId = place.kind === "device" ? place.deviceId : undefined;
  const born = (name: string | undefined, alias: Metric["alias"]): MetricInfo | undefined =>
    name === undefined && alias === undefined
      ? undefined
      : sessions.born(place, deviceId, { name, alias });
  return metricsIn(payload)?.flatMap((metric) => {
    const { name, alias } = metric;
    const byAlias = born(undefined, alias);
    const named = { name: name ?? byAlias?.name ?? `alias ${alias}`, info: born(name, alias) };
    const isTwo = byAlias !== undefined && byAlias.name !== named.name;
    const meant = isTwo ? [named, { name: byAlias.name, info: byAlias }] : [named];
    return meant.map((each) => ({
      name: each.name,
      value: valueIn(metric, each.info),
      before: valueNow(tree, each.info),
    }));
  });
}

/** As it is meant when its datatype is known, of itself or of its birth; as it came otherwise. */
function valueIn(metric: Metric, info: MetricInfo | undefined): string {
  const { value, datatype: code } = metric;
  const datatype = (code === undefined ? undefined : datatypeOf(code)) ?? info?.datatype;
  if (metric.isNull || value === undefined) return "null";
  try {
    return shortText(datatype === undefined ? value.raw : metricValue(metric, datatype));
  } catch {
    return shortText(value.raw); // it does not fit its datatype; the guard says so
  }
}

function valueNow(tree: UnsTree, info: MetricInfo | undefined): string | undefined {
  const value = info && tree.metric(info.id)?.value;
  return value === undefined ? undefined : shortText(value);
}

function metricsIn(payload: Uint8Array): readonly Metric[] | undefined {
  try {
    return decodePayload(payload, DECODING).metrics;
  } catch {
    return undefined; // the guard says what is wrong with it
  }
}

/** The topic on which a metric is commanded. */
export function commandTopic(metric: MetricInfo): string {
  const { groupId, edgeNodeId, deviceId } = metric;
  return deviceId === undefined
    ? nodeTopic("NCMD", groupId, edgeNodeId)
    : deviceTopic("DCMD", metric, deviceId);
}

/** For the audit trail. */
function shortText(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return value instanceof Uint8Array ? `${value.length} bytes` : "a structure";
  }
  const text = String(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
