/** Kinds of adapters as the hub tells them, and how a new one begins. */
import { changedEntry, filledEntry } from "./filled-entry.ts";
import { writtenEntry } from "./filled-form.ts";
import { isRecord } from "./hub-request.ts";
import { listOf, textOf } from "./json-parts.ts";
import type { FieldPath, FilledMap } from "./schema-form.ts";

export interface AdapterKind {
  readonly protocol: string;
  /** JSON Schema of its own part of an entry. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface AdapterKinds {
  readonly kinds: readonly AdapterKind[];
  /** Why nothing can be changed. */
  readonly fixed: string | null;
}

export function parseKinds(value: unknown): AdapterKinds | null {
  if (!isRecord(value) || !Array.isArray(value["kinds"])) return null;
  const kinds = listOf(value["kinds"]).flatMap(({ protocol, schema }) =>
    typeof protocol === "string" && isRecord(schema) ? [{ protocol, schema }] : [],
  );
  return { kinds, fixed: textOf(value["fixed"]) };
}

/** What most entries need, by the last word of their place; everything else stands behind a fold. */
const FIRST: ReadonlySet<string> = new Set([
  "link",
  "framing",
  "host",
  "port",
  "baud",
  "parity",
  "devices",
  "name",
  "unit",
  "byteOrder",
  "addressBase",
  "groups",
  "tags",
  "at",
  "node",
  "type",
  "interval",
  "endpoint",
  "security",
  "policy",
  "mode",
  "allowNone",
  "identity",
  "user",
  "password",
  "certificate",
  "key",
  "device",
]);

export function isFirst(path: FieldPath): boolean {
  return FIRST.has(path.at(-1) ?? "");
}

const GROUPS: FilledMap = { normal: { interval: "1s" } };
/** Where there is one group only, a tag need not name it. */
const STARTS: ReadonlyMap<string, FilledMap> = new Map<string, FilledMap>([
  [
    "modbus",
    {
      link: { framing: "tcp" },
      devices: {
        "0": { name: "", unit: "1", groups: GROUPS, tags: { "0": { name: "", at: "", type: "" } } },
      },
    },
  ],
  ["opcua", { endpoint: "", device: "", groups: GROUPS, tags: { "0": { name: "", node: "" } } }],
]);

export function startingEntry({ protocol }: AdapterKind): FilledMap {
  return { name: "", group: "", edgeNode: "", ...STARTS.get(protocol) };
}

/** What the hub itself keeps of an entry. */
export const HUB_KEYS = ["name", "group", "edgeNode"] as const;

/** As the hub is asked to add it. */
export function entryBody(kind: AdapterKind, filled: FilledMap): { readonly add: object } {
  const text = (key: string): string => {
    const value = filled[key];
    return typeof value === "string" ? value.trim() : "";
  };
  const { protocol, schema } = kind;
  const [name, group, edgeNode] = HUB_KEYS.map(text);
  const memory = text("memoryLimit") === "" ? {} : { memoryLimit: text("memoryLimit") };
  return { add: { name, protocol, group, edgeNode, ...memory, ...writtenEntry(schema, filled) } };
}

/** The settings of an entry that is there, as the form has them; `entry`: all of it as it is written. */
export function filledSettings({ schema }: AdapterKind, entry: WrittenEntry): FilledMap {
  const own = [...HUB_KEYS, "memoryLimit"].flatMap((key) =>
    key in entry ? [[key, String(entry[key])] as const] : [],
  );
  return { ...Object.fromEntries(own), ...filledEntry(schema, entry) };
}

/** Whether a form has the same of both: what it has no place for, tags above all, may differ. */
export function isSameForm(kind: AdapterKind, a: WrittenEntry, b: WrittenEntry): boolean {
  const [one, other] = [a, b].map((entry) => JSON.stringify(filledSettings(kind, entry)));
  return a["protocol"] === b["protocol"] && one === other;
}

/** As the hub is asked to change it. `basis`: of the file in which the entry was. */
export function changeBody(
  kind: AdapterKind,
  { entry, basis }: LoadedEntry,
  filled: FilledMap,
): { readonly change: { readonly name: unknown; readonly to: object }; readonly basis: string } {
  const { add: own } = entryBody({ ...kind, schema: {} }, filled);
  const { name, protocol, group, edgeNode, memoryLimit: _memory, ...rest } = entry;
  const hub = { name, protocol, group, edgeNode, ...own };
  return { change: { name, to: { ...hub, ...changedEntry(kind.schema, rest, filled) } }, basis };
}

type WrittenEntry = Readonly<Record<string, unknown>>;

/** An entry of the file, and the word for the file. */
export interface LoadedEntry {
  readonly entry: WrittenEntry;
  readonly basis: string;
}

export function parseLoadedEntry(value: unknown): LoadedEntry | null {
  if (!isRecord(value) || !isRecord(value["entry"])) return null;
  const basis = textOf(value["basis"]);
  return basis === null ? null : { entry: value["entry"], basis };
}
