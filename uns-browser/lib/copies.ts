/** What can be copied of a row: its addresses, its value, a link. */
import type { TreeRow, ValueAnswer, WireValue } from "@unshub/hub/feed";
import { formatForCopy } from "./format.ts";
import { decodePath, NO_ADDRESS, readablePath, writeAddress, type Lens } from "./path.ts";

const COPIES = ["uns", "sparkplug", "topic", "origin", "link", "value", "json"] as const;
export type CopyKind = (typeof COPIES)[number];

export interface CopySource {
  readonly path: string;
  readonly row: Pick<TreeRow, "kind" | "datatype">;
  readonly lens: Lens;
  /** The value that is on screen, which may be of the past; left out: there is none. */
  readonly shown?: WireValue | undefined;
  /** Whether now is shown: what the hub answers is of now. */
  readonly isNow: boolean;
  /** `null`: a branch, or the hub has not answered. */
  readonly answer: ValueAnswer | null;
  /** Of the tag that makes the metric. */
  readonly origin: string | null;
  /** Where the page is: `http://hub:8080`. */
  readonly host: string;
}

/** What there is to copy, in the order of the menu. */
export function copiesOf(source: CopySource): readonly (readonly [kind: CopyKind, text: string])[] {
  return COPIES.flatMap((kind) => {
    const text = TEXTS[kind](source);
    return text === undefined ? [] : [[kind, text] as const];
  });
}

/** Where there is none, nothing. */
const TEXTS: Readonly<Record<CopyKind, (source: CopySource) => string | undefined>> = {
  uns: (source) => nameOf("uns", source),
  sparkplug: (source) => nameOf("sparkplug", source),
  topic: (source) => nameOf("topic", source),
  origin: ({ origin }) => origin ?? undefined,
  link: linkOf,
  value: ({ shown, row }) => (shown === undefined ? undefined : formatForCopy(shown, row.datatype)),
  json: ({ answer, isNow }) =>
    answer === null || !isNow ? undefined : JSON.stringify(jsonOf(answer)),
};

/** Places and topics are rows of their lens alone. */
function linkOf({ path, row: { kind }, lens, host }: CopySource): string {
  const isOfLens = kind === "place" || kind === "topic";
  const address = { ...NO_ADDRESS, path, lens: isOfLens ? lens : "sparkplug" } as const;
  return `${host}/ns/${writeAddress("", address)}`;
}

type Name = "uns" | "sparkplug" | "topic";

/** What a row is called; of a metric the hub tells every name. */
function nameOf(wanted: Name, { path, row: { kind }, answer }: CopySource): string | undefined {
  if (answer !== null) return NAMES[wanted](answer);
  if (kind === "place") return wanted === "uns" ? decodePath(path).join("/") : undefined;
  if (kind === "topic") return wanted === "topic" ? decodePath(path).join("/") : undefined;
  return wanted === "sparkplug" ? readablePath(path) : undefined;
}

const NAMES: Readonly<Record<Name, (answer: ValueAnswer) => string | undefined>> = {
  uns: ({ unsPath }) => unsPath,
  sparkplug: sparkplugName,
  topic: ({ topic }) => topic,
};

function sparkplugName({ groupId, edgeNodeId, deviceId, metric }: ValueAnswer): string {
  return [groupId, edgeNodeId, ...(deviceId === null ? [] : [deviceId]), metric].join(" / ");
}

function jsonOf({ row, unsPath, topic, ...answer }: ValueAnswer): object {
  const { groupId, edgeNodeId, deviceId, metric, alias, value, timestamp, receivedAt } = answer;
  return {
    path: unsPath ?? answer.path,
    groupId,
    edgeNodeId,
    deviceId,
    metric,
    alias,
    topic,
    value: plainOf(value),
    unit: row.unit ?? null,
    datatype: row.datatype ?? null,
    timestamp: timeText(timestamp),
    receivedAt: timeText(receivedAt),
    reason: answer.reason,
  };
}

/** As the hub's own JSON has it: digits that a number cannot hold are a text, NaN and the infinities are none. */
function plainOf(value: WireValue): number | boolean | string | null {
  if (typeof value !== "object" || value === null) return value;
  if ("i64" in value) return value.i64;
  return "o" in value ? value.o : null;
}

function timeText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
