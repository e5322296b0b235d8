/** The tree as the page sees it: rows and values in the words of `protocol.ts`. */
import {
  deviceTopic,
  nodeTopic,
  summaryOf,
  type Datatype,
  type MetricValue,
} from "@unshub/sparkplug";
import {
  joinPath,
  ROOT,
  type MetricNow,
  type NodeState,
  type TreeQuality,
  type UnsTree,
} from "../tree/index.ts";
import { boundsOf } from "./metric-bounds.ts";
import type { TreeRow, ValueAnswer, WireQuality, WireValue } from "./protocol.ts";
import type { Sight } from "./sight.ts";

const MAX_STRING = 200;

const QUALITIES: Readonly<Record<TreeQuality, WireQuality>> = {
  bad: 0,
  stale: 1,
  good: 2,
  none: 3,
  offline: 4,
  uncertain: 5,
  "last-known": 6,
};

const SILENT: WireQuality = 7;

/** As `n.cnt` carries them. */
const STATES: Readonly<Record<NodeState, number>> = { offline: 0, online: 1, "last-known": 2 };

/** A value as JSON can carry it, exact or told as what it is. `datatype`: of the metric, when it is known. */
export function wireValue(value: MetricValue, datatype?: Datatype): WireValue {
  if (typeof value === "bigint") return { i64: value.toString() };
  if (typeof value === "number") return wireNumber(value);
  if (value instanceof Uint8Array) return { b: value.length };
  if (typeof value === "string" && value.length > MAX_STRING)
    return `${value.slice(0, MAX_STRING)}…`;
  if (typeof value === "object" && value !== null) return { o: summaryOf(value, datatype) };
  return value;
}

function wireNumber(value: number): WireValue {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return { f: "NaN" };
  return { f: value > 0 ? "Infinity" : "-Infinity" };
}

export function wireQuality(quality: TreeQuality): WireQuality {
  return QUALITIES[quality];
}

/** What a metric is worth at a time by the hub's clock: silence is told by nobody, it is seen. */
function qualityNow(tree: UnsTree, id: number, now: number): WireQuality {
  return tree.isSilent(id, now) ? SILENT : wireQuality(tree.values.quality(id));
}

/** One row as `children`, `path`, `find` and `n` frames carry it. */
export function treeRow(sight: Sight, id: number): TreeRow {
  const { tree } = sight;
  const { rows } = tree;
  const parent = rows.parent(id);
  const state = tree.state(id);
  const info = tree.info(id);
  const branch = sight.hasChildren(id);
  return {
    id,
    parent: parent === ROOT ? null : parent,
    name: rows.name(id),
    kind: rows.kind(id),
    branch,
    ...(info?.unit !== undefined && { unit: info.unit }),
    ...(info !== undefined && { datatype: info.datatype ?? String(info.datatypeCode) }),
    ...(info !== undefined && { writable: info.writable }),
    ...(info !== undefined && sight.isRetained(id) && { retained: true }),
    ...(state !== undefined && { state }),
    ...(branch && { counts: sight.counts(id) }),
  };
}

/** A name may have so many levels and more; beyond these they are rows of their own. */
const LONGEST_CHAIN = 64;

/** The folders below a folder that are each the only row below the one before: the page shows them in one row. */
export function foldersAlone({ rows }: UnsTree, id: number): readonly number[] {
  const chain: number[] = [];
  const folderIn = (row: number): number | undefined => {
    const only = rows.kind(row) === "folder" ? rows.onlyChild(row) : undefined;
    return only !== undefined && rows.kind(only) === "folder" ? only : undefined;
  };
  for (let next = folderIn(id); next !== undefined; next = folderIn(next)) {
    chain.push(next);
    if (chain.length === LONGEST_CHAIN) break;
  }
  return chain;
}

/**
 * The children of a row, sorted as a person sorts: by name, numbers in names by their size. Long lists are kept,
 * because they are asked for page by page.
 */
export function sortedChildren(sight: Sight, id: number): readonly number[] {
  const all = sortedRows(sight.tree, id);
  return sight.seesAll ? all : all.filter((row) => sight.sees(row));
}

function sortedRows(tree: UnsTree, id: number): readonly number[] {
  const ids = [...tree.rows.children(id)];
  if (ids.length < LONG) return sorted(tree, ids);
  const lists = LISTS.get(tree) ?? new Map<number, readonly number[]>();
  LISTS.set(tree, lists);
  const kept = lists.get(id);
  if (kept?.length === ids.length) return kept; // rows are only ever added
  if (lists.size >= MAX_LISTS) lists.clear();
  const list = sorted(tree, ids);
  lists.set(id, list);
  return list;
}

const LONG = 1000;
const MAX_LISTS = 32;
const LISTS = new WeakMap<UnsTree, Map<number, readonly number[]>>();

const NATURAL = new Intl.Collator("en", { numeric: true });

function sorted({ rows }: UnsTree, ids: readonly number[]): readonly number[] {
  const named = ids.map((id) => ({ id, name: rows.name(id) }));
  return named
    .toSorted((a, b) => NATURAL.compare(a.name, b.name) || a.id - b.id)
    .map(({ id }) => id);
}

/** Five entries of a `d` frame: id, value, quality, source time − `t`, changes merged. */
export function valueEntries(
  tree: UnsTree,
  id: number,
  t: number,
  merged: number,
): readonly WireValue[] {
  const { definitions, values } = tree;
  if (!definitions.has(id)) return [];
  const age = values.receivedAt(id) === 0 ? null : values.timestamp(id) - t;
  const value = wireValue(values.value(id), definitions.datatype(id));
  return [id, value, qualityNow(tree, id, t), age, merged];
}

/** Five entries of `n.cnt`: id, metrics, bad, not live, state. */
export function countEntries(sight: Sight, id: number): readonly number[] {
  const { metrics, bad, stale } = sight.counts(id);
  const state = sight.tree.state(id);
  return [id, metrics, bad, stale, state === undefined ? -1 : STATES[state]];
}

/** Everything the hub knows of one metric. */
export function valueAnswer(sight: Sight, run: string, id: number): ValueAnswer | undefined {
  const { tree } = sight;
  const now = tree.metric(id);
  if (now === undefined || !sight.sees(id)) return undefined;
  const { info } = now;
  return {
    epoch: sight.epochOf(run),
    row: treeRow(sight, id),
    path: joinPath(tree.segments(id)),
    groupId: info.groupId,
    edgeNodeId: info.edgeNodeId,
    deviceId: info.deviceId ?? null,
    metric: info.name,
    topic: dataTopic(now),
    alias: info.alias === undefined ? null : String(info.alias),
    description: info.description ?? null,
    bounds: boundsOf(tree.propertiesOf(id)),
    value: wireValue(now.value, info.datatype),
    quality: wireQuality(now.quality),
    reason: now.reason ?? null,
    timestamp: now.timestamp ?? null,
    receivedAt: now.receivedAt ?? null,
    usualMs: tree.values.rhythms.usualMs(id),
  };
}

function dataTopic({ info }: MetricNow): string {
  const { groupId, edgeNodeId, deviceId } = info;
  return deviceId === undefined
    ? nodeTopic("NDATA", groupId, edgeNodeId)
    : deviceTopic("DDATA", info, deviceId);
}
