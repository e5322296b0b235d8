/** Messages as they came, byte by byte and decoded; how one differs from the one before. */
import { formatForCopy } from "./format.ts";
import { isRecord } from "./hub-request.ts";
import { listOf, numberOf, textOf } from "./json-parts.ts";

export interface RawMetric {
  readonly name: string | null;
  readonly alias: string | null;
  readonly datatype: string | null;
  /** Name and datatype are those of the birth; the message has the alias only. */
  readonly isFromBirth: boolean;
  readonly timestamp: string | null;
  /** JSON of the value. */
  readonly value: string;
  readonly flags: readonly ("null" | "historical" | "transient")[];
  /** JSON of each property. */
  readonly properties: readonly (readonly [key: string, value: string])[];
}

export interface RawDecoded {
  readonly timestamp: string | null;
  readonly seq: number | null;
  readonly uuid: string | null;
  readonly metricCount: number;
  readonly metrics: readonly RawMetric[];
}

export interface RawMessage {
  readonly topic: string;
  /** Milliseconds since 1970 UTC; `null`: it was kept from before, nobody knows. */
  readonly receivedAt: number | null;
  readonly clientId: string | null;
  readonly qos: number | null;
  readonly isRetained: boolean;
  readonly isWill: boolean;
  /** Bytes of the whole payload; `bytes` may be its begin only. */
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** `null`: not Sparkplug. */
  readonly decoded: RawDecoded | { readonly fault: string } | null;
}

export function parseRaw(value: unknown): readonly RawMessage[] | null {
  if (!isRecord(value) || !Array.isArray(value["messages"])) return null;
  return value["messages"].filter(isRecord).map(parseMessage);
}

function parseMessage(json: Readonly<Record<string, unknown>>): RawMessage {
  const { topic, receivedAt, clientId, qos, size, hex, properties } = json;
  return {
    topic: textOf(topic) ?? "",
    receivedAt: numberOf(receivedAt),
    clientId: textOf(clientId),
    qos: numberOf(qos),
    isRetained: json["retain"] === true,
    isWill: json["isWill"] === true,
    size: numberOf(size) ?? 0,
    bytes: bytesOf(textOf(hex) ?? ""),
    properties: listOf(properties).map(({ name, value }) => ({
      name: textOf(name) ?? "",
      value: textOf(value) ?? "",
    })),
    decoded: parseDecoded(json["decoded"]),
  };
}

function parseDecoded(json: unknown): RawMessage["decoded"] {
  if (!isRecord(json)) return null;
  const { fault, timestamp, seq, uuid, metricCount, metrics } = json;
  if (typeof fault === "string") return { fault };
  return {
    timestamp: textOf(timestamp),
    seq: numberOf(seq),
    uuid: textOf(uuid),
    metricCount: numberOf(metricCount) ?? 0,
    metrics: listOf(metrics).map(parseMetric),
  };
}

function parseMetric(json: Readonly<Record<string, unknown>>): RawMetric {
  const { name, alias, datatype, timestamp, value, properties } = json;
  const flags = [
    json["isNull"] === true ? (["null"] as const) : [],
    json["isHistorical"] === true ? (["historical"] as const) : [],
    json["isTransient"] === true ? (["transient"] as const) : [],
  ];
  return {
    name: textOf(name),
    alias: textOf(alias),
    datatype: textOf(datatype),
    isFromBirth: json["isFromBirth"] === true,
    timestamp: textOf(timestamp),
    value: valueText(value ?? null, textOf(datatype)),
    flags: flags.flat(),
    properties: isRecord(properties)
      ? Object.entries(properties).map(([key, one]) => [key, JSON.stringify(one)] as const)
      : [],
  };
}

/** One line of sixteen bytes. */
export interface HexLine {
  readonly offset: string;
  readonly bytes: readonly {
    readonly hex: string;
    readonly sign: string;
    readonly isNew: boolean;
  }[];
}

const LINE = 16;
const MOST_LINES = 512;

/** The bytes in lines; those that differ from the message before at the same place are marked. */
export function hexLines(bytes: Uint8Array, before: Uint8Array | null): readonly HexLine[] {
  const count = Math.min(MOST_LINES, Math.ceil(bytes.length / LINE));
  return Array.from({ length: count }, (_, line) => {
    const from = line * LINE;
    return {
      offset: from.toString(16).padStart(4, "0"),
      bytes: Array.from(bytes.subarray(from, from + LINE), (byte, at) => ({
        hex: byte.toString(16).padStart(2, "0"),
        sign: byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
        isNew: before !== null && before[from + at] !== byte,
      })),
    };
  });
}

/** As text; what is no UTF-8 shows as U+FFFD. */
export function textIn(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** A JSON document, indented; `null` when it is none. */
export function jsonIn(bytes: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(textIn(bytes));
    return JSON.stringify(value, undefined, 2);
  } catch {
    return null; // most payloads are not JSON
  }
}

export interface RawDifference {
  readonly name: string;
  readonly before: string | null;
  readonly now: string | null;
}

/** What two messages say otherwise, metric by metric. */
export function differencesOf(now: RawMessage, before: RawMessage): readonly RawDifference[] {
  const current = metricsOf(now);
  const old = metricsOf(before);
  const names = [...new Set([...current.keys(), ...old.keys()])];
  return names.flatMap((name) => {
    const pair = { name, before: old.get(name) ?? null, now: current.get(name) ?? null };
    return pair.before === pair.now ? [] : [pair];
  });
}

function metricsOf({ decoded }: RawMessage): ReadonlyMap<string, string> {
  if (decoded === null || "fault" in decoded) return new Map();
  return new Map(decoded.metrics.map((metric) => [labelOf(metric), metric.value]));
}

/** What a metric is called where it has no name. */
export function labelOf({ name, alias }: Pick<RawMetric, "name" | "alias">): string {
  return name ?? (alias === null ? "?" : `alias ${alias}`);
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < bytes.length; at += 1)
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

/** Digits that only a 64-bit number has are not those of the 32-bit float that was sent. */
function valueText(value: unknown, datatype: string | null): string {
  if (datatype !== "Float" || typeof value !== "number") return JSON.stringify(value);
  return formatForCopy(value, datatype);
}
