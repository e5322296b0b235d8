/**
 * The live tree: every metric that was ever born, with its last value, quality and times. `sessions.ts` writes it as
 * messages pass; everyone else reads it by id and is told, by id, what changed.
 */
import type { MetricValue, Properties } from "@unshub/sparkplug";
import { Changes, type ChangedSet, type Changed, type Watch } from "./changes.ts";
import { Definitions, type Definition } from "./definitions.ts";
import { MAX_DEPTH, TREE_LIMITS, type LimitReached, type Refused } from "./limits.ts";
import { HistoricalTimes } from "./historical-times.ts";
import { infoOf, type MetricInfo } from "./metric-info.ts";
import { splitPath } from "./path.ts";
import { NO_PROPERTIES, PropertyPool } from "./property-pool.ts";
import { isOld, type OwnReason, type TreeQuality } from "./quality.ts";
import { NO_ROW, ROOT, TreeRows, type Counts, type RowKind } from "./rows.ts";
import { Search, type SearchResult } from "./search.ts";
import { Silences } from "./silences.ts";
import type { NodeState, TreeObserver } from "./tree-observer.ts";
import type { Loss, TreeReading, ValueRecorder } from "./value-recorder.ts";
import { MetricColumns } from "./values.ts";

/** A metric as it is now. */
export interface MetricNow {
  readonly info: MetricInfo;
  readonly value: MetricValue;
  readonly quality: TreeQuality;
  readonly reason: string | undefined;
  /** Milliseconds since 1970 UTC by the source's clock; `undefined` when it was never heard. */
  readonly timestamp: number | undefined;
  /** Milliseconds since 1970 UTC at which the hub received it. */
  readonly receivedAt: number | undefined;
}

const ONE_METRIC: Counts = { metrics: 1, bad: 0, stale: 0 };

export interface TreeOptions {
  readonly limits?: Partial<typeof TREE_LIMITS>;
  readonly limitReached?: LimitReached;
}

export class UnsTree {
  readonly rows = new TreeRows();
  readonly definitions = new Definitions();
  readonly values = new MetricColumns();
  readonly properties: PropertyPool;
  readonly changes = new Changes();
  /** When metrics last brought values of the past. */
  readonly historical = new HistoricalTimes();
  readonly silences = new Silences(this);
  /** What did not fit, since the start. */
  readonly refused: Refused = {
    metrics: 0,
    members: 0,
    folders: 0,
    nameBytes: 0,
    propertyBytes: 0,
  };
  readonly #search = new Search(this.rows);
  readonly #states = new Map<number, NodeState>();
  readonly #observers = new Set<TreeObserver>();
  #recorder: ValueRecorder | undefined;
  readonly #limits: typeof TREE_LIMITS;
  readonly #limitReached: LimitReached;
  /** Rows there are, by what limits them. */
  readonly #counted = { metrics: 0, members: 0, folders: 0 };

  constructor({ limits, limitReached = () => undefined }: TreeOptions = {}) {
    this.#limits = { ...TREE_LIMITS, ...limits };
    this.#limitReached = limitReached;
    this.properties = new PropertyPool(this.#limits.propertyBytes);
  }

  /** Tells `observer` of every change of the tree itself from now on; the answer ends it. */
  observe(observer: TreeObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Hands every value to `recorder` from now on; there is one at most. */
  recordTo(recorder: ValueRecorder | undefined): void {
    this.#recorder = recorder;
  }

  /** Calls `changed` with each watched metric whose value, quality or time changes. */
  watch(changed: Changed): Watch {
    return this.changes.watch(changed);
  }

  /** Collects the metrics from row `from` up to, not including, `to` that change; all of them when nothing is said. */
  collect(from?: number, to?: number): ChangedSet {
    return this.changes.collect(from, to);
  }

  // --- reading ---

  /** A metric as it is now; `undefined` when `id` is no metric. */
  metric(id: number): MetricNow | undefined {
    const info = this.info(id);
    if (info === undefined) return undefined;
    const { values } = this;
    const receivedAt = values.receivedAt(id);
    return {
      info,
      value: values.value(id),
      quality: values.quality(id),
      reason: values.reason(id),
      timestamp: receivedAt === 0 ? undefined : values.timestamp(id),
      receivedAt: receivedAt === 0 ? undefined : receivedAt,
    };
  }

  /** What is known of a metric from its birth; `undefined` when `id` is no metric. */
  info(id: number): MetricInfo | undefined {
    return this.definitions.has(id) ? infoOf(this, id) : undefined;
  }

  /** All properties that its birth gave a metric. */
  propertiesOf(id: number): Properties {
    return this.properties.facts(this.definitions.properties(id)).properties;
  }

  /** State of an edge node or device; `undefined` for other rows. */
  state(id: number): NodeState | undefined {
    return this.#states.get(id);
  }

  /** Whether an edge node or device lives; `undefined` for other rows. */
  online(id: number): boolean | undefined {
    const state = this.#states.get(id);
    return state === undefined ? undefined : state === "online";
  }

  /** Whether a metric that speaks by the clock has not for long, though nobody said that it is not good. */
  isSilent(id: number, now: number): boolean {
    const { values } = this;
    if (values.quality(id) !== "good") return false;
    return values.rhythms.isSilent(id, now - values.receivedAt(id));
  }

  /** Values a second of a metric, as it usually speaks; 0: it does not, or is not known yet. */
  rate(id: number, now: number): number {
    const { values } = this;
    return values.rhythms.perSecond(id, now - values.receivedAt(id));
  }

  /** The row at a path as `joinPath` writes it; a metric before a folder of the same name. */
  find(path: string): number | undefined {
    const segments = splitPath(path);
    if (segments === undefined) return undefined;
    let row = ROOT;
    for (const [index, segment] of segments.entries()) {
      const next = this.#step(row, segment, index === segments.length - 1);
      if (next === undefined) return undefined;
      row = next;
    }
    return row;
  }

  /**
   * Metrics whose path contains every word of `words`, any case; takes a few turns of the event loop. `isSeen`: which may
   * be found; left out, all.
   */
  async search(
    words: string,
    limit: number,
    isSeen?: (id: number) => boolean,
  ): Promise<SearchResult> {
    return await this.#search.find(words, limit, isSeen);
  }

  /** The names from the group down to `id`. */
  segments(id: number): readonly string[] {
    return this.rows.lineage(id).map((row) => this.rows.name(row));
  }

  #step(row: number, name: string, last: boolean): number | undefined {
    const branches: readonly RowKind[] = ["group", "edgeNode", "device", "folder"];
    const kinds = last ? (["metric", ...branches] as const) : branches;
    for (const kind of kinds) {
      const child = this.rows.child(row, kind, name);
      if (child !== undefined) return child;
    }
    return undefined;
  }

  /** Whether nothing was ever received. */
  get isEmpty(): boolean {
    return this.rows.size <= 1;
  }

  // --- writing, for the sessions only ---

  /** The row of this name; it is made when there is none. `NO_ROW` when the tree is full or the name too long. */
  openRow(parent: number, kind: RowKind, name: string): number {
    const { names } = this.rows;
    if (
      name.length * 3 > this.#limits.nameBytes &&
      Buffer.byteLength(name) > this.#limits.nameBytes
    )
      return this.#refuse("nameBytes");
    const known = this.rows.seek(parent, kind, names.find(name));
    if (known !== NO_ROW) return known;
    const limit = limitOf(kind);
    if (this.#counted[limit] >= this.#limits[limit]) return this.#refuse(limit);
    const id = this.rows.add(parent, kind, names.add(name));
    this.#counted[limit] += 1;
    if (kind === "metric") this.#count(id, ONE_METRIC);
    for (const observer of this.#observers) observer.rowAdded?.(id);
    return id;
  }

  /** The row of a metric below its edge node or device; `/` in its name makes folders. `NO_ROW` as `openRow`. */
  openMetricRow(memberRow: number, name: string): number {
    if (!name.includes("/")) return this.openRow(memberRow, "metric", name);
    const parts = name.split("/", MAX_DEPTH + 1);
    if (parts.length > MAX_DEPTH) return this.openRow(memberRow, "metric", name);
    const leaf = parts.pop() ?? name;
    let parent = memberRow;
    for (const part of parts) {
      parent = this.openRow(parent, "folder", part);
      if (parent === NO_ROW) return NO_ROW;
    }
    return this.openRow(parent, "metric", leaf);
  }

  /** Takes what a birth says of a metric. */
  describe(id: number, definition: Omit<Definition, "properties">, properties: Properties): void {
    const { definitions } = this;
    const before = definitions.has(id) ? this.#signature(id) : undefined;
    const retyped =
      before !== undefined && definitions.datatypeCode(id) !== definition.datatypeCode
        ? this.info(id)
        : undefined;
    const set = this.properties.add(properties);
    if (set === undefined) this.#refuse("propertyBytes");
    definitions.set(id, { ...definition, properties: set ?? NO_PROPERTIES });
    this.values.reserve(id + 1);
    if (before !== this.#signature(id)) this.#tellRow(id);
    if (retyped === undefined) return;
    for (const observer of this.#observers) observer.metricRetyped?.(id, retyped);
  }

  setState(id: number, state: NodeState): void {
    if (this.#states.get(id) === state) return;
    this.#states.set(id, state);
    this.#tellRow(id);
  }

  /** The way of most data: a good number. `id` was described. */
  setNumber(id: number, value: number, timestamp: number, receivedAt: number): void {
    this.#recorder?.number(id, value, timestamp, receivedAt);
    this.values.setNumber(id, value, timestamp, receivedAt);
    this.#plainSet(id);
  }

  /** Likewise a good truth value, as 0 or 1. */
  setTruth(id: number, value: number, timestamp: number, receivedAt: number): void {
    this.#recorder?.truth(id, value, timestamp, receivedAt);
    this.values.setTruth(id, value, timestamp, receivedAt);
    this.#plainSet(id);
  }

  setReading(id: number, reading: TreeReading): void {
    this.#recorder?.reading(id, reading);
    const isRestated = reading.bornAt !== undefined;
    if (reading.quality === "good" && !isRestated) this.values.noteHeard(id, reading.receivedAt);
    this.values.setValue(id, reading.value);
    this.values.setTimes(id, reading.timestamp, reading.receivedAt);
    this.#setQuality(id, reading.quality, reading.reason);
    this.changes.note(id);
  }

  /** A value of the past: it goes to who keeps every value, and never becomes the live one. */
  notePast(id: number, reading: TreeReading): void {
    this.historical.note(id, reading.receivedAt);
    this.#recorder?.past(id, reading);
  }

  /** Messages of an edge node never came. The tree goes on; who keeps every value has a gap. */
  noteLost(nodeRow: number, loss: Loss): void {
    this.#recorder?.lost(nodeRow, loss);
  }

  /** Keeps value and times, changes what they are worth. `at`: by the clock of its edge node. */
  // oxlint-disable-next-line max-params -- no object for each metric of a node that dies
  downgrade(id: number, quality: TreeQuality, reason: OwnReason, at: number): void {
    this.#recorder?.downgraded(id, quality, reason, at);
    this.#setQuality(id, quality, reason);
    this.changes.note(id);
  }

  /** A birth left a metric out, or was itself taken away. */
  remove(id: number, at: number, reason: OwnReason = "not in the last birth"): void {
    this.downgrade(id, "stale", reason, at);
    this.#tellRow(id);
    for (const observer of this.#observers) observer.metricRemoved?.(id);
  }

  rename(before: number, now: number): void {
    for (const observer of this.#observers) observer.metricRenamed?.(before, now);
  }

  /** Takes over a row that a snapshot brought, with its columns already written. */
  restoreRow(id: number): void {
    this.#counted[limitOf(this.rows.kind(id))] += 1;
    if (!this.rows.isMetric(id)) return;
    this.rows.count(id, ONE_METRIC);
    const quality = this.values.quality(id);
    if (isOld(quality) || quality === "bad") this.rows.count(id, difference("none", quality));
  }

  /** Tells the one who logs about a limit, once; counts each time. */
  #refuse(limit: keyof Refused): typeof NO_ROW {
    this.refused[limit] += 1;
    if (this.refused[limit] === 1) this.#limitReached(limit, this.#limits[limit]);
    return NO_ROW;
  }

  #plainSet(id: number): void {
    if (!this.values.isPlainGood(id)) this.#setQuality(id, "good", undefined);
    this.changes.note(id);
  }

  #signature(id: number): string {
    const { definitions } = this;
    return `${definitions.datatypeCode(id)} ${definitions.properties(id)} ${definitions.isWritable(id)}`;
  }

  #setQuality(id: number, quality: TreeQuality, reason: string | undefined): void {
    const before = this.values.quality(id);
    this.values.setQuality(id, quality, reason);
    if (before === quality) return;
    const change = difference(before, quality);
    if (change.bad !== 0 || change.stale !== 0) this.#count(id, change);
  }

  #count(id: number, change: Counts): void {
    this.rows.count(id, change);
    for (const observer of this.#observers) observer.countsChanged?.(id);
  }

  #tellRow(id: number): void {
    for (const observer of this.#observers) observer.rowChanged?.(id);
  }
}

function limitOf(kind: RowKind): "metrics" | "members" | "folders" {
  if (kind === "metric") return "metrics";
  return kind === "folder" ? "folders" : "members";
}

/** What a change of quality adds to the counts above. */
function difference(before: TreeQuality, after: TreeQuality): Counts {
  return {
    metrics: 0,
    bad: Number(after === "bad") - Number(before === "bad"),
    stale: Number(isOld(after)) - Number(isOld(before)),
  };
}
