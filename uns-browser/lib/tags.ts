/** Tags of a device as they are written and stand now, and what may stand in one, out of the hub's answers. */
import type { WireValue } from "@unshub/hub/feed";
import { listOf, numberOf, oneOf, textOf } from "./json-parts.ts";
import { isRecord } from "./hub-request.ts";
import type { Quality } from "./quality.ts";

/** In the words of the protocol: `{ name, at, type, … }`. */
export type TagFields = Readonly<Record<string, unknown>>;

const QUALITIES = [
  "good",
  "stale",
  "bad",
  "offline",
  "uncertain",
  "none",
  "last-known",
] as const satisfies readonly Quality[];
const ORIGINS = ["entry", "table", "template"] as const;

/** What a tag is worth. */
export interface TagNow {
  readonly value: WireValue;
  readonly datatype: string | null;
  readonly quality: Quality;
  readonly reason: string | null;
  /** By its source; milliseconds since 1970 UTC. */
  readonly at: number | null;
}

export interface Tag {
  readonly device: string;
  readonly name: string;
  /** In the tree. */
  readonly path: string;
  readonly fields: TagFields;
  readonly from: (typeof ORIGINS)[number];
  /** The file and its line, where it does not stand in the configuration itself. */
  readonly where: string | null;
  /** `null`: it was never born. */
  readonly now: TagNow | null;
}

export interface TagPage {
  readonly tags: readonly Tag[];
  /** How many fit. */
  readonly total: number;
  /** By the hub's clock; milliseconds since 1970 UTC. */
  readonly now: number;
}

export function parseTags(value: unknown): TagPage | null {
  if (!isRecord(value) || !Array.isArray(value["tags"])) return null;
  const tags = listOf(value["tags"]).flatMap((json) => tagIn(json) ?? []);
  const now = numberOf(value["now"]) ?? Number.NaN;
  return { tags, total: numberOf(value["total"]) ?? tags.length, now };
}

type Json = Readonly<Record<string, unknown>>;

function tagIn(json: Json): Tag | null {
  const from = oneOf(ORIGINS, json["from"]);
  const { fields, now } = json;
  if (from === null || !isRecord(fields)) return null;
  return {
    device: textOf(json["device"]) ?? "",
    name: textOf(json["name"]) ?? "",
    path: textOf(json["path"]) ?? "",
    fields,
    from,
    where: textOf(json["where"]),
    now: tagNowIn(now),
  };
}

/** `null`: it was never born. */
export function tagNowIn(json: unknown): TagNow | null {
  if (!isRecord(json)) return null;
  const datatype = textOf(json["datatype"]);
  const at = Date.parse(textOf(json["timestamp"]) ?? "");
  return {
    value: wireValue(json["value"], datatype),
    datatype,
    quality: oneOf(QUALITIES, json["quality"]) ?? "none",
    reason: textOf(json["reason"]),
    at: Number.isNaN(at) ? null : at,
  };
}

const LONG = new Set(["Int64", "UInt64"]);

/** JSON as the tree shows values: long integers are text there, lists and structures a summary. */
export function wireValue(value: unknown, datatype: string | null): WireValue {
  if (typeof value === "string") {
    if (datatype !== null && LONG.has(datatype)) return { i64: value };
    const time = datatype === "DateTime" ? Date.parse(value) : Number.NaN;
    return Number.isNaN(time) ? value : time;
  }
  if (typeof value === "number" || typeof value === "boolean") return value;
  return isRecord(value) ? { o: datatype ?? "{ }" } : null;
}

/** One thing that may stand in a tag. */
export interface TagKey {
  readonly name: string;
  readonly kind: "text" | "number" | "boolean" | "choice" | "range" | "other";
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  /** In the hub's words. */
  readonly about: string | null;
}

interface TaggedDevice {
  readonly device: string;
  readonly groups: readonly string[];
  /** How often each is read, as written: `100ms`. */
  readonly intervals: ReadonlyMap<string, string>;
  readonly tags: number;
}

export interface TagKeys {
  readonly protocol: string;
  readonly keys: readonly TagKey[];
  readonly devices: readonly TaggedDevice[];
  /** Why no tag can be changed here. */
  readonly fixed: string | null;
}

function intervalsOf(value: unknown): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(isRecord(value) ? value : {}).flatMap(([group, interval]) =>
      typeof interval === "string" ? [[group, interval] as const] : [],
    ),
  );
}

/** How often a tag of this group is read, as written; a tag that names none is of the only one. */
export function intervalOf({ devices }: TagKeys, device: string, group: string): string | null {
  const { groups = [], intervals } = devices.find((each) => each.device === device) ?? {};
  const own = group === "" && groups.length === 1 ? (groups[0] ?? "") : group;
  return intervals?.get(own) ?? null;
}

/** That a tag of the device may name. */
export function groupsOf({ devices }: TagKeys, device: string): readonly string[] {
  return devices.find((each) => each.device === device)?.groups ?? [];
}

/** A new tag is of the first group; a device of OPC UA that is not the usual one is named in each of its tags. */
export function startOf(keys: TagKeys, device: string): TagFields {
  const [group] = groupsOf(keys, device);
  const isUsual = keys.devices[0]?.device === device;
  return {
    ...(group !== undefined && { group }),
    ...(keys.protocol === "opcua" && !isUsual && { device }),
  };
}

const KINDS = ["text", "number", "boolean", "choice", "range", "other"] as const;

export function parseTagKeys(value: unknown): TagKeys | null {
  if (!isRecord(value) || !Array.isArray(value["keys"])) return null;
  return {
    protocol: textOf(value["protocol"]) ?? "",
    keys: listOf(value["keys"]).map((key) => ({
      name: textOf(key["name"]) ?? "",
      kind: oneOf(KINDS, key["kind"]) ?? "other",
      isRequired: key["isRequired"] === true,
      choices: textsOf(key["choices"]),
      about: textOf(key["about"]),
    })),
    devices: listOf(value["devices"]).map((device) => ({
      device: textOf(device["device"]) ?? "",
      groups: textsOf(device["groups"]),
      intervals: intervalsOf(device["intervals"]),
      tags: numberOf(device["tags"]) ?? 0,
    })),
    fixed: textOf(value["fixed"]),
  };
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** Where the tag is in its device, and how it is read, as its columns show it. */
export function placeOf(fields: TagFields): string {
  return cellText(fields["at"] ?? fields["node"]);
}

export function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function adapterUrl(adapter: string): string {
  return `/api/v1/adapters/${encodeURIComponent(adapter)}`;
}

export interface TagQuestion {
  readonly device: string;
  readonly text: string;
  readonly notGood: boolean;
  readonly from: number;
  readonly limit: number;
}

export function tagsUrl(adapter: string, asked: TagQuestion): string {
  const { device, text, notGood, from, limit } = asked;
  const query = new URLSearchParams({
    device,
    ...(text.trim() !== "" && { text }),
    ...(notGood && { quality: "notGood" }),
    from: String(from),
    limit: String(limit),
  });
  return `${adapterUrl(adapter)}/tags?${query}`;
}
