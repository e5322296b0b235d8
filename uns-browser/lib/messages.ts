/**
 * The border: text and JSON from the hub become protocol types here, or are refused. What the page indexes or
 * branches on is checked; single fields of rows are checked as far as a wrong one could break the page.
 */
import type {
  ChildrenAnswer,
  FindAnswer,
  HubMessage,
  NodeKind,
  PathAnswer,
  TreeRow,
  ValueAnswer,
  WireValue,
} from "@unshub/hub/feed";
import { isWireQuality } from "./quality.ts";

/** Entries a row in `d.u` and in `n.cnt`. */
export const STRIDE = 5;

type JsonObject = { readonly [key: string]: unknown };

/** @returns `null` for what this page does not understand: a newer hub may say more. */
export function parseHubMessage(text: string): HubMessage | null {
  const json = parseJson(text);
  return isObject(json) && isHubMessage(json) ? json : null;
}

export function parseChildren(json: unknown): ChildrenAnswer | null {
  if (!isObject(json) || !isChildren(json)) return null;
  const { only } = json;
  return { ...json, only: arrayOf(only).filter(isTreeRow) };
}

export function parsePath(json: unknown): PathAnswer | null {
  return isObject(json) && hasRows(json) ? json : null;
}

export function parseFound(json: unknown): FindAnswer | null {
  if (!isObject(json) || !isFound(json)) return null;
  const { marks, faults } = json;
  return { ...json, marks: arrayOf(marks).filter(isText), faults: arrayOf(faults).filter(isFault) };
}

function arrayOf(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : [];
}

function isFault(json: unknown): json is FindAnswer["faults"][number] {
  if (!isObject(json)) return false;
  return isNumber(json["at"]) && isNumber(json["length"]) && isText(json["says"]);
}

export function parseValue(json: unknown): ValueAnswer | null {
  return isObject(json) && isValueAnswer(json) ? json : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON is not a message; the caller decides
  }
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** What each message must carry for the page to use it. */
const MESSAGES: ReadonlyMap<unknown, (json: JsonObject) => boolean> = new Map([
  ["welcome", isWelcome],
  ["d", isDelta],
  ["n", isNames],
  ["stat", isStat],
  ["reset", () => true],
]);

function isHubMessage(json: JsonObject): json is JsonObject & HubMessage {
  return MESSAGES.get(json["op"])?.(json) ?? false;
}

function isWelcome(json: JsonObject): boolean {
  const clocked = isNumber(json["now"]) && isNumber(json["maxRows"]);
  return clocked && isText(json["epoch"]) && isText(json["hub"]) && isText(json["build"]);
}

function isDelta(json: JsonObject): boolean {
  return isNumber(json["s"]) && isNumber(json["g"]) && isNumber(json["t"]) && isFlat(json["u"]);
}

function isNames(json: JsonObject): boolean {
  const { sil = [] } = json;
  const isRead = isNumber(json["s"]) && isRows(json["add"]) && isFlat(json["cnt"]);
  return isRead && Array.isArray(sil) && sil.every(isNumber);
}

function isStat(json: JsonObject): boolean {
  const hasTime = json["t"] === undefined || isNumber(json["t"]);
  return hasTime && isNumber(json["in"]) && isNumber(json["shown"]) && isNumber(json["lag"]);
}

function isChildren(json: JsonObject): json is JsonObject & ChildrenAnswer {
  return hasRows(json) && typeof json["more"] === "boolean";
}

function isFound(json: JsonObject): json is JsonObject & FindAnswer {
  return hasRows(json) && isNumber(json["hits"]);
}

function isValueAnswer(json: JsonObject): json is JsonObject & ValueAnswer {
  const quality = isWireQuality(json["quality"]) && isWireValue(json["value"]);
  return quality && isTreeRow(json["row"]) && isText(json["path"]) && isText(json["topic"]);
}

function hasRows(json: JsonObject): json is JsonObject & PathAnswer {
  return isText(json["epoch"]) && isRows(json["rows"]);
}

function isRows(json: unknown): json is readonly TreeRow[] {
  return Array.isArray(json) && json.every(isTreeRow);
}

const KINDS: ReadonlySet<unknown> = new Set<NodeKind>([
  "group",
  "edgeNode",
  "device",
  "folder",
  "metric",
  "place",
  "topic",
]);

export function isTreeRow(json: unknown): json is TreeRow {
  if (!isObject(json) || !isNumber(json["id"]) || !isText(json["name"])) return false;
  return KINDS.has(json["kind"]) && (json["parent"] === null || isNumber(json["parent"]));
}

function isFlat(json: unknown): boolean {
  return Array.isArray(json) && json.length % STRIDE === 0;
}

/** One value as it may stand in `d.u` or in an answer. */
export function isWireValue(json: unknown): json is WireValue {
  if (!isObject(json))
    return json === null || ["number", "boolean", "string"].includes(typeof json);
  return isText(json["i64"]) || isText(json["f"]) || isNumber(json["b"]) || isText(json["o"]);
}

function isText(json: unknown): json is string {
  return typeof json === "string";
}

function isNumber(json: unknown): json is number {
  return typeof json === "number";
}
