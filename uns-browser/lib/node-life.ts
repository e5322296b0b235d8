/** The life of one edge node as the hub heard it: its sequence of messages, births, deaths, and what went wrong. */
import { birthsUrl } from "./births.ts";
import { askHub, isRecord, sentenceOf, type SendLike } from "./hub-request.ts";

const EVENT_KINDS = ["birth", "death", "gap", "late", "unknown", "unborn", "undecodable"] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

export interface NodeEvent {
  readonly kind: EventKind;
  /** Milliseconds since 1970 UTC; of what came again and again the last time. */
  readonly at: number;
  readonly what: string;
  readonly device: string | null;
  /** How many messages of it had come, this one included. */
  readonly message: number;
  readonly count: number;
}

export interface NodeLife {
  readonly bdSeq: number | null;
  readonly seq: number | null;
  readonly messages: number;
  readonly births: number;
  readonly lost: number;
  /** The oldest first. */
  readonly events: readonly NodeEvent[];
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
    messages: numberOf(value["messages"]) ?? 0,
    births: numberOf(value["births"]) ?? 0,
    lost: numberOf(value["lost"]) ?? 0,
    events: value["events"].filter(isRecord).flatMap((json) => parseEvent(json) ?? []),
  };
}

function parseEvent(json: Readonly<Record<string, unknown>>): NodeEvent | null {
  const kind = EVENT_KINDS.find((one) => one === json["kind"]);
  if (kind === undefined) return null; // a newer hub may tell more
  return {
    kind,
    at: numberOf(json["at"]) ?? 0,
    what: textOf(json["what"]) ?? "",
    device: textOf(json["device"]),
    message: numberOf(json["message"]) ?? 0,
    count: numberOf(json["count"]) ?? 1,
  };
}

/** One message of the strip; the worst of what happened with it. */
export type StripCell = "none" | "fine" | "birth" | "death" | "trouble";

const STRIP = 128;

/** The last messages, the oldest first; `none` where there were fewer. */
export function stripOf({ messages, events }: NodeLife): readonly StripCell[] {
  const first = messages - STRIP + 1;
  const cells = Array.from({ length: STRIP }, (_, at): StripCell =>
    first + at > 0 ? "fine" : "none",
  );
  for (const { kind, message } of events) {
    const at = message - first;
    if (at < 0 || at >= STRIP || cells[at] === "trouble") continue;
    cells[at] = kind === "birth" || kind === "death" ? kind : "trouble";
  }
  return cells;
}

/**
 * Everything that the hub knows of a node, for the vendor's ticket: its life, its births and deaths with their differences,
 * and the last messages byte by byte and decoded. What could not be asked says so.
 */
export async function nodeEvidence(
  send: SendLike,
  name: string,
  more: { readonly devices: readonly string[]; readonly node: unknown; readonly build: string },
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
  const evidence = {
    edgeNode: name,
    page: more.build,
    life: await ask(lifeUrl(node)),
    standing: more.node,
    members: await Promise.all([null, ...more.devices].map(member)),
  };
  return JSON.stringify(evidence, undefined, 2);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
