/** A value as targets get it: one row of the log, with the names, the place and the unit of its metric. */
import type { MetricValue } from "@unshub/sparkplug";
import type { TreeQuality } from "../tree/index.ts";

/** What a value is to a target: metrics keep their kind as long as they keep their datatype. */
export type Content =
  | { readonly kind: "number"; readonly value: number }
  /** −2⁶³ to 2⁶³−1. */
  | { readonly kind: "integer"; readonly value: number | bigint }
  | { readonly kind: "truth"; readonly value: boolean }
  /** Texts; times as RFC 3339, bytes as base64, integers beyond 2⁶³−1 in decimal. */
  | { readonly kind: "text"; readonly value: string }
  /** Arrays, DataSets, Templates as JSON. */
  | { readonly kind: "json"; readonly value: string }
  | { readonly kind: "none" };

/** What a row says of its metric; the same object for all rows of one read. */
export interface RecordSubject {
  /** In the plant (`uns.placement`), or in the tree when no rule places it. With `time` the key of a row. */
  readonly path: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** Empty for metrics of the edge node itself. */
  readonly deviceId: string;
  readonly metric: string;
  /** Where its device stands. */
  readonly place: string;
  /** The levels of that place by their names: `["Enterprise", "acme"]`. */
  readonly levels: readonly (readonly [name: string, value: string])[];
  readonly unit: string | undefined;
}

export interface SinkRecord {
  readonly subject: RecordSubject;
  /** In the log. */
  readonly offset: number;
  /** By the clock of its source: milliseconds since 1970 UTC. */
  readonly time: number;
  readonly receivedAt: number;
  readonly datatype: string | undefined;
  readonly content: Content;
  readonly quality: TreeQuality;
  readonly reason: string | undefined;
  readonly isHistorical: boolean;
  readonly isCorrected: boolean;
}

/** Sparkplug's number for a quality: 192 good, 0 bad or uncertain, 500 old. */
export function qualityCode(quality: TreeQuality): 192 | 500 | 0 {
  if (quality === "good") return 192;
  return quality === "bad" || quality === "uncertain" ? 0 : 500;
}

const INTEGERS = /^U?Int(8|16|32|64)$/;
const MOST_INTEGER = 2n ** 63n - 1n;
const NONE: Content = { kind: "none" };

/** `json`: how values without a form of their own are written; see `valueJson` of the tree. */
export function contentOf(
  value: MetricValue,
  datatype: string | undefined,
  json: (value: MetricValue) => unknown,
): Content {
  if (value === null) return NONE;
  if (typeof value === "boolean") return { kind: "truth", value };
  if (typeof value === "bigint") return integer(value);
  if (typeof value === "number") return numberContent(value, datatype, json);
  if (typeof value === "string") return { kind: "text", value };
  const written = json(value);
  if (typeof written === "string") return { kind: "text", value: written };
  return { kind: "json", value: JSON.stringify(written) };
}

function integer(value: bigint): Content {
  if (value <= MOST_INTEGER) return { kind: "integer", value };
  return { kind: "text", value: value.toString() };
}

function numberContent(
  value: number,
  datatype: string | undefined,
  json: (value: MetricValue) => unknown,
): Content {
  if (datatype === "DateTime") return { kind: "text", value: String(json(value)) };
  if (!Number.isFinite(value)) return NONE;
  const isInteger = datatype !== undefined && INTEGERS.test(datatype) && Number.isInteger(value);
  return { kind: isInteger ? "integer" : "number", value };
}
