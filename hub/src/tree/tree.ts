/**
 * The live tree: every metric that was ever born, with its last value, quality and times. `sessions.ts` writes it as
 * messages pass; everyone else reads it by id and is told, by id, what changed.
 */
import type { MetricReading, MetricValue } from "@unshub/sparkplug";
import { splitPath } from "./path.ts";
import { ROOT, TreeRows, type Counts, type RowKind } from "./rows.ts";
import type { MetricInfo } from "./session.ts";
import { MetricColumns, type TreeQuality } from "./values.ts";

/** Who wants to know what changed. Called in the middle of a message: note the id, do the work later. */
export interface TreeObserver {
  rowAdded(id: number): void;
  /** Value, quality or time of a metric. */
  metricChanged(id: number): void;
  /** State of an edge node or device; unit, type or access of a metric. */
  rowChanged(id: number): void;
  /** The counts of every row above a metric. */
  countsChanged(id: number): void;
}

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

/** What a message says of one metric. */
export interface TreeReading {
  readonly value: MetricValue;
  readonly quality: MetricReading["quality"];
  readonly reason: string | undefined;
  readonly timestamp: number;
  readonly receivedAt: number;
}

/** A metric name with more folders than this is one leaf: one short message must not make thousands of rows. */
const MAX_DEPTH = 32;

export class UnsTree {
  readonly rows = new TreeRows();
  readonly #columns = new MetricColumns();
  readonly #infos = new Map<number, MetricInfo>();
  readonly #reasons = new Map<number, string>();
  readonly #online = new Map<number, boolean>();
  readonly #observers = new Set<TreeObserver>();

  /** Tells `observer` of every change from now on; the answer ends it. */
  observe(observer: TreeObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  // --- reading ---

  /** A metric as it is now; `undefined` when `id` is no metric. */
  metric(id: number): MetricNow | undefined {
    const info = this.#infos.get(id);
    if (info === undefined) return undefined;
    const receivedAt = this.#columns.receivedAt(id);
    return {
      info,
      value: this.#columns.value(id),
      quality: this.#columns.quality(id),
      reason: this.#reasons.get(id),
      timestamp: receivedAt === 0 ? undefined : this.#columns.timestamp(id),
      receivedAt: receivedAt === 0 ? undefined : receivedAt,
    };
  }

  /** Whether an edge node or device lives; `undefined` for other rows. */
  online(id: number): boolean | undefined {
    return this.#online.get(id);
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

  // --- writing, for `sessions.ts` only ---

  openRow(parent: number, kind: RowKind, name: string): number {
    const { id, added } = this.rows.open(parent, kind, name);
    if (!added) return id;
    if (kind === "metric") this.#count(id, { metrics: 1, bad: 0, stale: 0 });
    for (const observer of this.#observers) observer.rowAdded(id);
    return id;
  }

  /** The row of a metric below its edge node or device; `/` in its name makes folders. */
  openMetricRow(memberRow: number, name: string): number {
    const parts = name.split("/", MAX_DEPTH + 1);
    if (parts.length > MAX_DEPTH) return this.openRow(memberRow, "metric", name);
    const leaf = parts.pop() ?? name;
    let parent = memberRow;
    for (const part of parts) parent = this.openRow(parent, "folder", part);
    return this.openRow(parent, "metric", leaf);
  }

  describe(info: MetricInfo): void {
    const before = this.#infos.get(info.id);
    this.#infos.set(info.id, info);
    const same =
      before?.unit === info.unit &&
      before?.datatypeCode === info.datatypeCode &&
      before?.writable === info.writable;
    if (!same) this.#tellRow(info.id);
  }

  setOnline(id: number, online: boolean): void {
    if (this.#online.get(id) === online) return;
    this.#online.set(id, online);
    this.#tellRow(id);
  }

  setReading(id: number, reading: TreeReading): void {
    this.#columns.setValue(id, reading.value);
    this.#columns.setTimes(id, reading.timestamp, reading.receivedAt);
    this.#setQuality(id, reading.quality, reading.reason);
    this.#tellMetric(id);
  }

  /** Keeps value and times, changes what they are worth. */
  downgrade(id: number, quality: TreeQuality, reason: string): void {
    this.#setQuality(id, quality, reason);
    this.#tellMetric(id);
  }

  #setQuality(id: number, quality: TreeQuality, reason: string | undefined): void {
    const before = this.#columns.quality(id);
    if (reason === undefined) this.#reasons.delete(id);
    else this.#reasons.set(id, reason);
    if (before === quality) return;
    this.#columns.setQuality(id, quality);
    this.#count(id, difference(before, quality));
  }

  #count(id: number, change: Counts): void {
    if (change.metrics === 0 && change.bad === 0 && change.stale === 0) return;
    this.rows.count(id, change);
    for (const observer of this.#observers) observer.countsChanged(id);
  }

  #tellMetric(id: number): void {
    for (const observer of this.#observers) observer.metricChanged(id);
  }

  #tellRow(id: number): void {
    for (const observer of this.#observers) observer.rowChanged(id);
  }
}

/** What a change of quality adds to the counts above. */
function difference(before: TreeQuality, after: TreeQuality): Counts {
  return {
    metrics: 0,
    bad: Number(after === "bad") - Number(before === "bad"),
    stale: Number(after === "stale") - Number(before === "stale"),
  };
}
