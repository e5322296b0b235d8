/** The life of one edge node as the hub heard it: its sequence of messages, births, deaths, and what went wrong. */
import { birthsUrl } from "./births.ts";
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";
import { numberOf, textOf } from "./json-parts.ts";
import { parseVersion, VERSION_URL } from "./settings.ts";

const EVENT_KINDS = [
  "birth",
  "death",
  "gap",
  "late",
  "unknown",
  "unborn",
  "undecodable",
  "rebirth",
  "reset",
  "marked",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** What one message was. */
export interface StripEvent {
  readonly kind: EventKind;
  /** How many messages of the edge node had come since the hub started, this one included. */
  readonly message: number;
}

export interface NodeEvent extends StripEvent {
  /** Milliseconds since 1970 UTC; of what came again and again the last time. */
  readonly at: number;
  readonly what: string;
  readonly device: string | null;
  readonly count: number;
}

/** A device of the edge node. Times are milliseconds since 1970 UTC. */
export interface DeviceNow {
  readonly name: string;
  readonly state: "online" | "offline" | "last-known";
  /** Why it is offline. */
  readonly because: string | null;
  readonly metrics: number;
  readonly births: number;
  readonly deaths: number;
  readonly perSecond: number;
  /** 0: not since the hub started. */
  readonly lastHeardAt: number;
}

export interface NodeLife {
  readonly bdSeq: number | null;
  readonly seq: number | null;
  /** Since the hub started. */
  readonly heard: number;
  /** Since `countedSince`, as the two after it; 0: since the hub started. */
  readonly messages: number;
  readonly births: number;
  readonly lost: number;
  readonly countedSince: number;
  /** The oldest first. */
  readonly events: readonly NodeEvent[];
  readonly devices: readonly DeviceNow[];
}

interface NodeName {
  readonly groupId: string;
  readonly edgeNodeId: string;
}

export function lifeUrl({ groupId, edgeNodeId }: NodeName): string {
  return `/api/v1/nodes/${encodeURIComponent(groupId)}/${encodeURIComponent(edgeNodeId)}`;
}

export function rebirthUrl({ groupId, edgeNodeId }: NodeName): string {
  return `/api/v1/rebirths/${encodeURIComponent(groupId)}/${encodeURIComponent(edgeNodeId)}`;
}

export function countersUrl(node: NodeName): string {
  return `${lifeUrl(node)}/counters`;
}

/** `Plant1/gw-press` in two; ids have no slash. */
export function nodeName(name: string): NodeName {
  const [groupId = "", edgeNodeId = ""] = name.split("/");
  return { groupId, edgeNodeId };
}

export function parseLife(value: unknown): NodeLife | null {
  if (!isRecord(value) || !Array.isArray(value["events"])) return null;
  return {
    bdSeq: numberOf(value["bdSeq"]),
    seq: numberOf(value["seq"]),
    heard: numberOf(value["heard"]) ?? 0,
    messages: numberOf(value["messages"]) ?? 0,
    births: numberOf(value["births"]) ?? 0,
    lost: numberOf(value["lost"]) ?? 0,
    countedSince: numberOf(value["countedSince"]) ?? 0,
    events: value["events"].filter(isRecord).flatMap((json) => parseEvent(json) ?? []),
    devices: Array.isArray(value["members"])
      ? value["members"].filter(isRecord).map(parseDevice)
      : [],
  };
}

function parseDevice(json: Readonly<Record<string, unknown>>): DeviceNow {
  return {
    name: textOf(json["device"]) ?? "",
    state: (["online", "offline"] as const).find((one) => one === json["state"]) ?? "last-known",
    because: textOf(json["because"]),
    metrics: numberOf(json["metrics"]) ?? 0,
    births: numberOf(json["births"]) ?? 0,
    deaths: numberOf(json["deaths"]) ?? 0,
    perSecond: numberOf(json["perSecond"]) ?? 0,
    lastHeardAt: numberOf(json["lastHeardAt"]) ?? 0,
  };
}

/** `null` for a kind that a newer hub may tell of. */
export function parseStripEvent(json: Readonly<Record<string, unknown>>): StripEvent | null {
  const kind = EVENT_KINDS.find((one) => one === json["kind"]);
  return kind === undefined ? null : { kind, message: numberOf(json["message"]) ?? 0 };
}

function parseEvent(json: Readonly<Record<string, unknown>>): NodeEvent | null {
  const found = parseStripEvent(json);
  if (found === null) return null;
  return {
    ...found,
    at: numberOf(json["at"]) ?? 0,
    what: textOf(json["what"]) ?? "",
    device: textOf(json["device"]),
    count: numberOf(json["count"]) ?? 1,
  };
}

/** One message of the strip; the worst of what happened with it. */
export type StripCell = "none" | "fine" | "birth" | "death" | "trouble";

const STRIP = 256;

/** What people do with an edge node, and what the hub makes of it, is no message of it. */
export function isNoMessage(kind: EventKind): boolean {
  return kind === "rebirth" || kind === "reset" || kind === "marked";
}

/** The last messages, the oldest first; `none` where there were fewer. */
export function stripOf({
  heard,
  events,
}: {
  readonly heard: number;
  readonly events: readonly StripEvent[];
}): readonly StripCell[] {
  const first = heard - STRIP + 1;
  const cells = Array.from({ length: STRIP }, (_, at): StripCell =>
    first + at > 0 ? "fine" : "none",
  );
  for (const { kind, message } of events) {
    const at = message - first;
    if (isNoMessage(kind) || at < 0 || at >= STRIP || cells[at] === "trouble") continue;
    cells[at] = kind === "birth" || kind === "death" ? kind : "trouble";
  }
  return cells;
}

/** Cells of one kind side by side. */
export interface StripRun {
  readonly kind: StripCell;
  readonly from: number;
  readonly length: number;
}

/** The same with as few parts as can be, for a strip that is too small to tell messages in order apart. */
export function stripRuns(cells: readonly StripCell[]): readonly StripRun[] {
  const runs: StripRun[] = [];
  for (const [from, kind] of cells.entries()) {
    const last = runs.at(-1);
    if (last?.kind === kind) runs[runs.length - 1] = { ...last, length: last.length + 1 };
    else runs.push({ kind, from, length: 1 });
  }
  return runs;
}

/** The first birth of the edge node itself after it was asked, `null`: it did not come yet. Both by the hub's clock. */
export function birthAfter({ events }: Pick<NodeLife, "events">, askedAt: number): number | null {
  const birth = events.find(
    ({ kind, device, at }) => kind === "birth" && device === null && at >= askedAt,
  );
  return birth?.at ?? null;
}

/** The statement of the standard behind an event. */
export const CLAUSES: Partial<Record<EventKind, string>> = {
  gap: "tck-id-payloads-sequence-num-incrementing",
  late: "tck-id-payloads-sequence-num-incrementing",
  unborn: "tck-id-principles-birth-certificates-order",
};

interface EvidenceMore {
  readonly devices: readonly string[];
  readonly node: unknown;
  readonly build: string;
  /** Milliseconds since 1970 UTC, by the hub's clock. */
  readonly now: number;
}

/** The statements of the standard that what happened touches, by kind. */
function clausesOf(life: unknown): Partial<Record<EventKind, string>> {
  const kinds = new Set(parseLife(life)?.events.map(({ kind }) => kind));
  return Object.fromEntries(
    EVENT_KINDS.filter((kind) => kinds.has(kind) && CLAUSES[kind] !== undefined).map((kind) => [
      kind,
      CLAUSES[kind],
    ]),
  );
}

/**
 * Everything that the hub knows of a node, for the vendor's ticket: its life, its births and deaths with their differences,
 * and the last messages byte by byte and decoded. What could not be asked says so.
 */
export async function nodeEvidence(
  send: SendLike,
  name: string,
  more: EvidenceMore,
): Promise<string> {
  const node = nodeName(name);
  const ask = async (url: string): Promise<unknown> => {
    const answer = await askHub(send, "GET", url);
    return answer.kind === "done" ? answer.value : { missing: sentenceOf(answer) };
  };
  const raw = (topic: string): Promise<unknown> =>
    ask(`/api/ns/raw?topic=${encodeURIComponent(topic)}`);
  const { groupId, edgeNodeId } = node;
  const member = async (deviceId: string | null): Promise<object> => {
    const letter = deviceId === null ? "N" : "D";
    const end = deviceId === null ? edgeNodeId : `${edgeNodeId}/${deviceId}`;
    const types = [`${letter}BIRTH`, `${letter}DATA`, `${letter}DEATH`];
    const messages = types.map(async (type) => [
      type,
      await raw(`spBv1.0/${groupId}/${type}/${end}`),
    ]);
    const births = await ask(birthsUrl({ ...node, deviceId }));
    const found: unknown = Object.fromEntries(await Promise.all(messages));
    return { device: deviceId, births, messages: found };
  };
  const life = await ask(lifeUrl(node));
  const evidence = {
    edgeNode: name,
    takenAt: new Date(more.now).toISOString(),
    versions: {
      hub: parseVersion(await ask(VERSION_URL)),
      page: more.build,
      sparkplug: "3.0",
      mqtt: ["3.1.1", "5.0"],
    },
    clauses: clausesOf(life),
    life,
    standing: more.node,
    members: await Promise.all([null, ...more.devices].map(member)),
  };
  return JSON.stringify(evidence, undefined, 2);
}
