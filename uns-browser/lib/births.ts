/** Births and deaths of an edge node or device since the hub started, and who hears a topic. */
import { isRecord } from "./hub-request.ts";
import { numberOf, textOf } from "./json-parts.ts";

export interface Birth {
  readonly kind: "birth" | "death";
  readonly type: string;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly clientId: string | null;
  readonly isWill: boolean;
  readonly bdSeq: number | null;
  readonly seq: number | null;
  readonly metrics: number;
  /** `null`: the birth before is not known. */
  readonly changes: BirthChanges | null;
  readonly fault: string | null;
}

export interface BirthChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly name: string; readonly what: readonly string[] }[];
}

export interface MemberName {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string | null;
}

export function birthsUrl({ groupId, edgeNodeId, deviceId }: MemberName): string {
  const device = deviceId === null ? "" : `&device=${encodeURIComponent(deviceId)}`;
  const node = `group=${encodeURIComponent(groupId)}&edgeNode=${encodeURIComponent(edgeNodeId)}`;
  return `/api/ns/births?${node}${device}`;
}

export function parseBirths(value: unknown): readonly Birth[] | null {
  if (!isRecord(value) || !Array.isArray(value["births"])) return null;
  return value["births"].filter(isRecord).map((json) => ({
    kind: json["kind"] === "death" ? "death" : "birth",
    type: textOf(json["type"]) ?? "",
    at: numberOf(json["receivedAt"]) ?? 0,
    clientId: textOf(json["clientId"]),
    isWill: json["isWill"] === true,
    bdSeq: numberOf(json["bdSeq"]),
    seq: numberOf(json["seq"]),
    metrics: numberOf(json["metrics"]) ?? 0,
    changes: parseChanges(json["changes"]),
    fault: textOf(json["fault"]),
  }));
}

function parseChanges(json: unknown): BirthChanges | null {
  if (!isRecord(json)) return null;
  const { added, removed, changed } = json;
  const entries: readonly unknown[] = Array.isArray(changed) ? changed : [];
  return {
    added: textsOf(added),
    removed: textsOf(removed),
    changed: entries
      .filter(isRecord)
      .map(({ name, what }) => ({ name: textOf(name) ?? "", what: textsOf(what) })),
  };
}

/** A session whose subscriptions match a topic. */
export interface Consumer {
  readonly clientId: string;
  readonly username: string | null;
  readonly address: string;
  readonly isConnected: boolean;
  readonly since: number;
  readonly filters: readonly { readonly filter: string; readonly qos: number }[];
  readonly queued: number;
  readonly inFlight: number;
  readonly dropped: number;
  /** When a message went to it last, milliseconds since 1970 UTC; `null`: none has since the hub started. */
  readonly lastSentAt: number | null;
}

export interface Consumers {
  /** The hub's time. */
  readonly now: number;
  readonly consumers: readonly Consumer[];
}

export function parseConsumers(value: unknown): Consumers | null {
  if (!isRecord(value) || !Array.isArray(value["consumers"])) return null;
  const consumers = value["consumers"].filter(isRecord).map((json) => ({
    clientId: textOf(json["clientId"]) ?? "",
    username: textOf(json["username"]),
    address: textOf(json["address"]) ?? "",
    isConnected: json["connected"] === true,
    since: numberOf(json["since"]) ?? 0,
    filters: (Array.isArray(json["filters"]) ? json["filters"] : [])
      .filter(isRecord)
      .map(({ filter, qos }) => ({ filter: textOf(filter) ?? "", qos: numberOf(qos) ?? 0 })),
    queued: numberOf(json["queued"]) ?? 0,
    inFlight: numberOf(json["inFlight"]) ?? 0,
    dropped: numberOf(json["dropped"]) ?? 0,
    lastSentAt: numberOf(json["lastSentAt"]),
  }));
  return { now: numberOf(value["now"]) ?? 0, consumers };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
