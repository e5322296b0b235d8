/** Reads the Sparkplug fixtures: bytes as hex, values as JSON with marks for what JSON cannot carry. */
import { readFileSync } from "node:fs";
import {
  datatypeCode,
  metricValue,
  propertiesToSend,
  type ArrayDatatype,
  type ArrayValue,
  type Metric,
  type MetricToSend,
  type Payload,
  type PayloadToSend,
  type TemplateTypes,
} from "@unshub/sparkplug";

export interface GoldenPayload {
  readonly what: string;
  /** As an encoder that is not ours wrote it. */
  readonly hex: string;
  readonly send: PayloadToSend;
}

export interface GoldenArray {
  readonly datatype: ArrayDatatype;
  readonly values: ArrayValue;
  /** Of the value alone. */
  readonly hex: string;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ours; a wrong one fails its test
export const GOLDEN_PAYLOADS = read("payloads.json") as readonly GoldenPayload[];
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ours; a wrong one fails its test
export const GOLDEN_ARRAYS = read("arrays.json") as readonly GoldenArray[];

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function read(name: string): unknown {
  const file = new URL(`../fixtures/sparkplug/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8"), revived);
}

/** `{"$bigint": "1"}`, `{"$bytes": "ff"}`, `{"$number": "NaN"}`. */
function revived(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("$bigint" in value) return BigInt(String(value.$bigint));
  if ("$bytes" in value) return bytesOf(String(value.$bytes));
  return "$number" in value ? Number(value.$number) : value;
}

/**
 * A decoded payload in the words of an encoder: what must come out when `sent` went in.
 * `sent` tells the datatypes that the message leaves out.
 */
export function asSent(
  payload: Payload,
  sent: PayloadToSend,
  types?: TemplateTypes,
): PayloadToSend {
  const { timestamp, seq, uuid, body } = payload;
  return {
    ...(timestamp !== undefined && { timestamp }),
    ...(seq !== undefined && { seq }),
    metrics: payload.metrics.map((metric, index) =>
      metricAsSent(metric, sent.metrics[index], types),
    ),
    ...(uuid !== undefined && { uuid }),
    ...(body !== undefined && { body }),
  };
}

function metricAsSent(
  metric: Metric,
  sent: MetricToSend | undefined,
  types: TemplateTypes | undefined,
): MetricToSend {
  const { name, alias, timestamp, isHistorical, isTransient, metadata, properties } = metric;
  const datatype = sent?.datatype ?? "Int32";
  const told = metric.datatype === datatypeCode(datatype);
  return {
    ...(name !== undefined && { name }),
    ...(alias !== undefined && { alias }),
    ...(timestamp !== undefined && { timestamp }),
    datatype,
    tellDatatype: told,
    ...(isHistorical && { isHistorical }),
    ...(isTransient && { isTransient }),
    ...(metadata !== undefined && { metadata }),
    ...(properties.size > 0 && { properties: propertiesToSend(properties) }),
    value: metricValue(metric, datatype, types),
  };
}
