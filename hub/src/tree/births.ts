/** A birth makes and describes metrics; what it no longer names is removed, and all of that is told. */
import {
  metricValue,
  propertyValue,
  TemplateTypes,
  type Metric,
  type Payload,
} from "@unshub/sparkplug";
import { AliasTable, NO_ALIASES, REFUSED } from "./alias-table.ts";
import { readingOf } from "./metric-reading.ts";
import type { OwnReason, TreeQuality } from "./quality.ts";
import { NO_ROW } from "./rows.ts";
import type { Member, NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";
import type { TreeReading } from "./value-recorder.ts";

export interface Birth {
  readonly payload: Payload;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
  /** A certificate that a server kept: it says what there was, not that it lives. */
  readonly isKept?: true;
}

type Alias = number | bigint;

/** What one birth names. */
interface Named {
  readonly ids: number[];
  /** The metrics that were not named before; only these can be new names of old ones. */
  readonly added: number[];
  readonly aliases: Alias[];
  readonly aliasIds: number[];
  isCut: boolean;
}

/** How a birth differs from the one before; `undefined`: there was none before. */
export type BirthChange = { readonly added: number; readonly removed: number } | undefined;

/** Makes the metrics of a member those of its birth. */
export function memberBorn(
  tree: UnsTree,
  session: NodeSession,
  member: Member,
  birth: Birth,
): BirthChange {
  if (birth.payload.metrics.some(({ value }) => value?.field === "template")) {
    session.templates ??= new TemplateTypes();
    session.templates.learn(birth.payload);
  }
  const before = member.ids;
  const oldAliases = Array.from(before, (id) => tree.definitions.alias(id));
  for (const id of before) tree.definitions.setBorn(id, false);
  const named: Named = { ids: [], added: [], aliases: [], aliasIds: [], isCut: false };
  const wasBorn = before.length === 0 ? undefined : new Set(before);
  for (const metric of birth.payload.metrics) {
    if (metric.name !== undefined)
      bear({ tree, member, birth, named, wasBorn }, metric, metric.name);
  }
  member.ids = Int32Array.from(named.ids);
  member.aliases = new AliasTable(named.aliases, named.aliasIds);
  member.names = undefined;
  member.isCut = named.isCut;
  const removed = removeRest(tree, { before, oldAliases, named, at: sentAt(birth) });
  member.state = birth.isKept === true ? "last-known" : "online";
  member.because = undefined;
  member.since = birth.isKept === true ? 0 : birth.receivedAt;
  member.bornAt = birth.receivedAt;
  tree.setState(member.rowId, member.state);
  return wasBorn && { added: named.added.length, removed };
}

/** A birth in a few words. */
export function birthWords({ payload }: Birth, change: BirthChange): string {
  const count = payload.metrics.length;
  if (change === undefined) return `${count} metrics`;
  const { added, removed } = change;
  if (added + removed === 0) return `${count} metrics, the same as before`;
  return `${count} metrics, ${added} new, ${removed} gone`;
}

/** As if it had never been born; its metrics keep their rows and what they were worth. */
export function birthForgotten(tree: UnsTree, member: Member, at: number): void {
  for (const id of member.ids) {
    tree.definitions.setBorn(id, false);
    tree.remove(id, at, "its birth was deleted");
  }
  member.state = "offline";
  member.since = at;
  member.because = "its birth was deleted";
  tree.setState(member.rowId, "offline");
  member.ids = new Int32Array(0);
  member.aliases = NO_ALIASES;
  member.names = undefined;
  member.isCut = false;
}

interface Bearing {
  readonly tree: UnsTree;
  readonly member: Member;
  readonly birth: Birth;
  readonly named: Named;
  readonly wasBorn: ReadonlySet<number> | undefined;
}

function bear(
  { tree, member, birth, named, wasBorn }: Bearing,
  metric: Metric,
  name: string,
): void {
  const id = tree.openMetricRow(member.rowId, name);
  if (metric.alias !== undefined) {
    named.aliases.push(metric.alias);
    named.aliasIds.push(id === NO_ROW ? REFUSED : id);
  }
  if (id === NO_ROW) {
    named.isCut = true;
    return;
  }
  describe(tree, member.rowId, id, metric);
  if (!tree.definitions.isBorn(id)) named.ids.push(id);
  if (wasBorn?.has(id) === false) named.added.push(id);
  tree.definitions.setBorn(id, true);
  const timestamp = metric.timestamp ?? birth.payload.timestamp ?? birth.receivedAt;
  const reading = readingOf(tree.definitions.datatype(id), tree.definitions.datatypeCode(id), {
    properties: metric.properties,
    value: (datatype) => metricValue(metric, datatype),
  });
  const worth = birth.isKept === true ? { ...reading, ...KEPT } : reading;
  const { receivedAt } = birth;
  const said = { ...worth, timestamp, receivedAt };
  if (metric.isHistorical && birth.isKept !== true) bearPast(tree, id, said, sentAt(birth));
  else tree.setReading(id, { ...said, bornAt: sentAt(birth) });
}

/** A value of the past never becomes the live one: what was known before stays, as old, until the metric says what is. */
function bearPast(tree: UnsTree, id: number, past: TreeReading, at: number): void {
  if (past.value !== null) tree.notePast(id, past);
  if (tree.values.receivedAt(id) > 0) tree.downgrade(id, "stale", "waiting for its birth", at);
}

/** By the clock of the edge node, as far as it says so. */
function sentAt({ payload, receivedAt }: Birth): number {
  return payload.timestamp ?? receivedAt;
}

/** What a value of a kept birth is worth, whatever it was worth then. */
const KEPT = {
  quality: "last-known",
  reason: "as its last birth said, not heard since",
} as const satisfies { readonly quality: TreeQuality; readonly reason: OwnReason };

/** Metrics of the edge node itself cannot be written through the hub; those of devices can unless they say no. */
function describe(tree: UnsTree, memberRow: number, id: number, metric: Metric): void {
  const isDevice = tree.rows.kind(memberRow) === "device";
  const writable = isDevice && propertyValue(metric.properties.get("readOnly")) !== true;
  const { alias, datatype: datatypeCode = 0, properties } = metric;
  tree.describe(id, { memberRow, datatypeCode, alias, writable }, properties);
}

/** Removes what the birth left out and says how much that was. One whose alias and datatype a new metric has got was most likely renamed. */
function removeRest(
  tree: UnsTree,
  {
    before,
    oldAliases,
    named,
    at: sent,
  }: {
    readonly before: Int32Array;
    readonly oldAliases: readonly (Alias | undefined)[];
    readonly named: Named;
    readonly at: number;
  },
): number {
  const { definitions } = tree;
  const newNames = new Map(named.added.map((id) => [definitions.alias(id), id]));
  let removed = 0;
  for (const [at, id] of before.entries()) {
    if (definitions.isBorn(id)) continue;
    removed += 1;
    tree.remove(id, sent);
    const alias = oldAliases[at];
    const now = alias === undefined ? undefined : newNames.get(alias);
    if (now === undefined || definitions.datatypeCode(now) !== definitions.datatypeCode(id))
      continue;
    tree.rename(id, now);
  }
  return removed;
}
