/** The past of metrics as the hub tells it: parts of a range, single values, and how the quality changed. */
import type { WireValue } from "@unshub/hub/feed";
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";
import { numberOf } from "./json-parts.ts";
import { isWireValue } from "./messages.ts";
import type { TimeSpan } from "./range.ts";
import { texts } from "./texts.ts";

/** What a value was worth, in the hub's words. `none`: nothing was known. */
export type PastQuality =
  | "good"
  | "stale"
  | "bad"
  | "offline"
  | "uncertain"
  | "none"
  | "last-known";

/** One part of a range. `null`: nothing good in it. Times are milliseconds since 1970 UTC. */
export interface PastBucket {
  readonly time: number;
  readonly count: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly average: number | null;
  /** What held in it, each value for as long as it held. */
  readonly held: number | null;
  readonly rows: number;
}

export interface PastValue {
  readonly time: number;
  readonly receivedAt: number;
  readonly value: WireValue;
  readonly quality: PastQuality;
  readonly reason: string | null;
  readonly isGap: boolean;
  /** It came late, flagged as a value of the past. */
  readonly isHistorical: boolean;
}

/** From here on the metric was worth this. */
export interface QualityChange {
  readonly time: number;
  readonly quality: PastQuality;
}

export interface PastParts extends TimeSpan {
  readonly buckets: readonly PastBucket[];
  readonly spans: readonly QualityChange[];
}

export interface PastValues extends TimeSpan {
  readonly values: readonly PastValue[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

export type Past<T> =
  | { readonly kind: "ready"; readonly value: T }
  | { readonly kind: "failed"; readonly because: string };

const QUALITIES: ReadonlySet<unknown> = new Set<PastQuality>([
  "good",
  "stale",
  "bad",
  "offline",
  "uncertain",
  "none",
  "last-known",
]);

/** A range in so many parts. */
export function askParts(
  send: SendLike,
  path: string,
  span: TimeSpan & { readonly parts: number },
): Promise<Past<PastParts>> {
  return ask(send, `${questionOf(path, span)}&px=${span.parts}`, parseParts);
}

/** Every value of a range, the oldest first; before it what held at its begin. */
export function askValues(
  send: SendLike,
  path: string,
  span: TimeSpan & { readonly limit: number },
): Promise<Past<PastValues>> {
  return ask(send, `${questionOf(path, span)}&limit=${span.limit}&wire=1`, parseValues);
}

/** Where the hub writes every value of a range as CSV. */
export function exportUrl(path: string, { from, to }: TimeSpan): string {
  return `/api/history/export?path=${encodeURIComponent(path)}&from=${Math.floor(from)}&to=${Math.ceil(to)}`;
}

function questionOf(path: string, { from, to }: TimeSpan): string {
  return `/api/history?path=${encodeURIComponent(path)}&from=${Math.floor(from)}&to=${Math.ceil(to)}`;
}

async function ask<T>(
  send: SendLike,
  url: string,
  parse: (value: unknown) => T | null,
): Promise<Past<T>> {
  const answer = await askHub(send, "GET", url);
  if (answer.kind !== "done") return { kind: "failed", because: sentenceOf(answer) };
  const value = parse(answer.value);
  return value === null
    ? { kind: "failed", because: texts.notUnderstood }
    : { kind: "ready", value };
}

export function parseParts(json: unknown): PastParts | null {
  const span = parseSpan(json);
  if (span === null || !isRecord(json)) return null;
  const { buckets, spans } = json;
  if (!Array.isArray(buckets) || !Array.isArray(spans)) return null;
  return {
    ...span,
    buckets: buckets.filter(isRecord).map((bucket) => ({
      time: numberOf(bucket["time"]) ?? 0,
      count: numberOf(bucket["count"]) ?? 0,
      rows: numberOf(bucket["rows"]) ?? 0,
      min: numberOf(bucket["min"]),
      max: numberOf(bucket["max"]),
      average: numberOf(bucket["average"]),
      held: numberOf(bucket["timeWeighted"]),
    })),
    spans: spans.filter(isRecord).map(({ time, quality }) => ({
      time: numberOf(time) ?? 0,
      quality: qualityOf(quality),
    })),
  };
}

export function parseValues(json: unknown): PastValues | null {
  const span = parseSpan(json);
  if (span === null || !isRecord(json) || !Array.isArray(json["values"])) return null;
  const values = json["values"].filter(isRecord).map(parseValue);
  return { ...span, values, more: json["more"] === true };
}

function parseValue(json: Readonly<Record<string, unknown>>): PastValue {
  const { time, receivedAt, value, quality, reason, gap, historical } = json;
  return {
    time: numberOf(time) ?? 0,
    receivedAt: numberOf(receivedAt) ?? 0,
    value: isWireValue(value) ? value : null,
    quality: qualityOf(quality),
    reason: typeof reason === "string" ? reason : null,
    isGap: gap === true,
    isHistorical: historical === true,
  };
}

function parseSpan(json: unknown): TimeSpan | null {
  if (!isRecord(json)) return null;
  const from = numberOf(json["from"]);
  const to = numberOf(json["to"]);
  return from === null || to === null ? null : { from, to };
}

function qualityOf(value: unknown): PastQuality {
  return isPastQuality(value) ? value : "none";
}

function isPastQuality(value: unknown): value is PastQuality {
  return QUALITIES.has(value);
}
