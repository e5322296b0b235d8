/**
 * The values the page has heard, in columns: one local index per metric, typed arrays for what fits into them, a map
 * for the few values that do not. A row on screen listens to its own metric only.
 */
import type { DeltaMessage, WireQuality, WireValue } from "@unshub/hub/feed";
import { isWireValue, STRIDE } from "./messages.ts";
import { isWireQuality, type Quality, shownQuality, WIRE_NONE } from "./quality.ts";
import { createRowVersions, type RowVersions } from "./signal.ts";

/** One metric as a row shows it. */
export interface Reading {
  readonly value: WireValue;
  readonly wireQuality: WireQuality;
  readonly quality: Quality;
  /** Source time, milliseconds since 1970 UTC; `null` when never heard. */
  readonly sourceTime: number | null;
}

export interface ValueStore extends Pick<RowVersions, "subscribe" | "version"> {
  /** @returns `null` when nothing was heard of this metric yet. */
  read(id: number): Reading | null;
  /** Writes a frame. Paused, rows whose picture is still true keep it, and only the others are filled in. */
  apply(frame: DeltaMessage, mode: "live" | "paused"): void;
  /** The rows the hub keeps up to date from now on; all others become last known. */
  watch(ids: readonly number[]): void;
  /** No link: every value is only what was last known. */
  markAllLastKnown(): void;
  /** Ids of another epoch mean other metrics: forgets everything. */
  clear(): void;
}

const FIRST_CAPACITY = 1024;
const NEVER = Number.NaN;

/** The value stands in `numbers` (numbers and booleans) or in `others`. */
const NUMBER = 0;
const BOOLEAN = 1;
const OTHER = 2;

interface Columns {
  numbers: Float64Array;
  kinds: Uint8Array;
  qualities: Uint8Array;
  sourceTimes: Float64Array;
  fresh: Uint8Array;
}

/** @param heard told of each metric that came in a frame; `changes`: how many were merged into it */
export function createValueStore(heard?: (id: number, changes: number) => void): ValueStore {
  const versions = createRowVersions();
  const indexes = new Map<number, number>();
  const others = new Map<number, WireValue>();
  let columns = createColumns(FIRST_CAPACITY);
  /** Those whose picture is true now; of all that were ever seen there may be a million. */
  const fresh = new Set<number>();

  const indexFor = (id: number): number => {
    const known = indexes.get(id);
    if (known !== undefined) return known;
    const index = indexes.size;
    indexes.set(id, index);
    if (index >= columns.kinds.length) columns = grown(columns);
    return index;
  };

  return {
    subscribe: versions.subscribe,
    version: versions.version,
    read(id) {
      const index = indexes.get(id);
      return index === undefined ? null : readingAt(columns, others, index);
    },
    apply(frame, mode) {
      for (const change of changesOf(frame)) {
        const index = indexFor(change.id);
        if (mode === "paused" && columns.fresh[index] === 1) continue;
        write(columns, others, index, change);
        fresh.add(change.id);
        versions.bump(change.id);
        heard?.(change.id, change.changes);
      }
    },
    watch(ids) {
      const watched = new Set(ids);
      for (const id of fresh) {
        if (watched.has(id)) continue;
        columns.fresh[indexFor(id)] = 0;
        fresh.delete(id);
      }
    },
    markAllLastKnown() {
      columns.fresh.fill(0);
      fresh.clear();
      versions.bumpAll();
    },
    clear() {
      indexes.clear();
      others.clear();
      fresh.clear();
      columns = createColumns(FIRST_CAPACITY);
      versions.bumpAll();
    },
  };
}

interface Change {
  readonly id: number;
  readonly value: WireValue;
  readonly quality: WireQuality;
  readonly sourceTime: number;
  readonly changes: number;
}

/** The rows of a frame. An entry that is not what the protocol says is left out; the others stand. */
function* changesOf(frame: DeltaMessage): Generator<Change> {
  for (let at = 0; at + STRIDE <= frame.u.length; at += STRIDE) {
    const [id, value, quality, age, merged] = frame.u.slice(at, at + STRIDE);
    if (typeof id !== "number" || !isWireValue(value) || !isWireQuality(quality)) continue;
    const sourceTime = typeof age === "number" ? frame.t + age : NEVER;
    yield { id, value, quality, sourceTime, changes: typeof merged === "number" ? merged : 0 };
  }
}

function write(
  columns: Columns,
  others: Map<number, WireValue>,
  index: number,
  change: Change,
): void {
  const { value } = change;
  const isPlain = typeof value === "number" || typeof value === "boolean";
  columns.kinds[index] =
    typeof value === "number" ? NUMBER : typeof value === "boolean" ? BOOLEAN : OTHER;
  columns.numbers[index] = isPlain ? Number(value) : 0;
  if (isPlain) others.delete(index);
  if (!isPlain) others.set(index, value);
  columns.qualities[index] = change.quality;
  columns.sourceTimes[index] = change.sourceTime;
  columns.fresh[index] = 1;
}

function readingAt(
  columns: Columns,
  others: ReadonlyMap<number, WireValue>,
  index: number,
): Reading {
  const wireQuality = columns.qualities[index];
  const time = columns.sourceTimes[index] ?? NEVER;
  const known = isWireQuality(wireQuality) ? wireQuality : WIRE_NONE;
  return {
    value: valueAt(columns, others, index),
    wireQuality: known,
    quality: shownQuality(known, columns.fresh[index] === 1),
    sourceTime: Number.isNaN(time) ? null : time,
  };
}

function valueAt(
  columns: Columns,
  others: ReadonlyMap<number, WireValue>,
  index: number,
): WireValue {
  const number = columns.numbers[index] ?? 0;
  if (columns.kinds[index] === NUMBER) return number;
  if (columns.kinds[index] === BOOLEAN) return number === 1;
  return others.get(index) ?? null;
}

function createColumns(capacity: number): Columns {
  return {
    numbers: new Float64Array(capacity),
    kinds: new Uint8Array(capacity),
    qualities: new Uint8Array(capacity),
    sourceTimes: new Float64Array(capacity),
    fresh: new Uint8Array(capacity),
  };
}

/** Twice as much room, same contents. */
function grown(from: Columns): Columns {
  const to = createColumns(from.kinds.length * 2);
  to.numbers.set(from.numbers);
  to.kinds.set(from.kinds);
  to.qualities.set(from.qualities);
  to.sourceTimes.set(from.sourceTimes);
  to.fresh.set(from.fresh);
  return to;
}
