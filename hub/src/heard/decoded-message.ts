/** A Sparkplug payload as a tree that JSON can carry: what was sent, what was left out, flags and all. */
import {
  datatypeOf,
  decodePayload,
  metricValue,
  propertiesToSend,
  SparkplugError,
  type Metric,
} from "@unshub/sparkplug";
import { DECODING, propertiesJson, timeText, valueJson } from "../tree/index.ts";

/** One metric as it was sent. `datatype`, `value`: by the birth where the message leaves them out. */
export interface DecodedMetric {
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly datatype: string | undefined;
  /** Whether name and datatype stand in the message itself, and not only in the birth. */
  readonly isFromBirth: boolean;
  readonly timestamp: string | undefined;
  readonly value: unknown;
  readonly isNull: boolean;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly properties: object | undefined;
}

export interface DecodedMessage {
  readonly timestamp: string | undefined;
  readonly seq: number | undefined;
  readonly uuid: string | undefined;
  readonly metricCount: number;
  /** The first ones. */
  readonly metrics: readonly DecodedMetric[];
}

/** What a birth said of the metrics that data names by alias only. */
export type Named = ReadonlyMap<string, { readonly name: string; readonly datatype: number }>;

const MOST_METRICS = 2000;

/** What stands in a payload, or the sentence that says why it is none. */
export function decodedMessage(
  bytes: Uint8Array,
  named: Named = new Map(),
): DecodedMessage | { readonly fault: string } {
  try {
    const { timestamp, seq, uuid, metrics } = decodePayload(bytes, DECODING);
    return {
      timestamp: timestamp === undefined ? undefined : timeText(timestamp),
      seq,
      uuid,
      metricCount: metrics.length,
      metrics: metrics.slice(0, MOST_METRICS).map((metric) => decodedMetric(metric, named)),
    };
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { fault: error.message };
  }
}

/** Names and datatypes by alias, as a birth gave them. */
export function namedBy(birth: Uint8Array): Named {
  try {
    const { metrics } = decodePayload(birth, DECODING);
    return new Map(
      metrics.flatMap(({ name, alias, datatype = 0 }) =>
        name === undefined || alias === undefined ? [] : [[String(alias), { name, datatype }]],
      ),
    );
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return new Map();
  }
}

function decodedMetric(metric: Metric, named: Named): DecodedMetric {
  const { alias, timestamp, isNull, isHistorical, isTransient } = metric;
  const born = alias === undefined ? undefined : named.get(String(alias));
  const datatype = datatypeOf(metric.datatype ?? born?.datatype ?? 0);
  return {
    name: metric.name ?? born?.name,
    alias: alias === undefined ? undefined : String(alias),
    datatype,
    isFromBirth: metric.name === undefined && born !== undefined,
    timestamp: timestamp === undefined ? undefined : timeText(timestamp),
    value: shownValue(metric, datatype),
    isNull,
    isHistorical,
    isTransient,
    properties: shownProperties(metric),
  };
}

function shownValue(metric: Metric, datatype: ReturnType<typeof datatypeOf>): unknown {
  const { value } = metric;
  try {
    if (datatype !== undefined) return valueJson(metricValue(metric, datatype), datatype);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { misfit: error.message };
  }
  const raw = value?.raw;
  return typeof raw === "number" || typeof raw === "bigint" || typeof raw === "boolean"
    ? valueJson(raw)
    : typeof raw === "string"
      ? raw
      : null;
}

function shownProperties({ properties }: Metric): object | undefined {
  if (properties.size === 0) return undefined;
  try {
    return propertiesJson(propertiesToSend(properties));
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return { misfit: error.message };
  }
}
