/**
 * The chart without its screen: which curves, which range, what was fetched, what came since, and when to fetch again.
 * The past comes over HTTP; the live tail is appended and replaced by the next fetch.
 */
import type { ShownClock } from "./clock.ts";
import {
  changesWithTail,
  drawable,
  moved,
  NO_POINTS,
  pointsOfParts,
  pointsOfValues,
  shadesOf,
  withTail,
  type Points,
  type Shade,
  type TailSample,
} from "./chart-data.ts";
import { askParts, askValues, type Past, type PastParts, type QualityChange } from "./history.ts";
import type { SendLike } from "./hub-request.ts";
import { qualityOf } from "./quality.ts";
import { type Range, spanOf, type TimeSpan } from "./range.ts";
import { createSignal, type Signal } from "./signal.ts";
import type { ValueStore } from "./store.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

/** One metric in the chart. */
export interface Curve {
  readonly path: string;
  /** Its row in the live store; `null`: only its past is shown. */
  readonly id: number | null;
  readonly name: string;
  readonly datatype: string | undefined;
  readonly unit: string | undefined;
}

export type CurveState =
  | { readonly kind: "asking" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly because: string };

export interface DrawnCurve {
  readonly curve: Curve;
  readonly points: Points;
  readonly shades: readonly Shade[];
  /** The same, so long before; `null`: not asked for. */
  readonly before: Points | null;
}

export interface Chart {
  readonly curves: Signal<readonly Curve[]>;
  readonly range: Signal<Range>;
  /** Whether yesterday at the same time is shown too. */
  readonly hasBefore: Signal<boolean>;
  /** Of each curve, in their order. */
  readonly states: Signal<readonly CurveState[]>;
  /** Changes whenever there is something else to draw. */
  readonly version: Signal<number>;
  show(curves: readonly Curve[]): void;
  setRange(range: Range): void;
  setBefore(wanted: boolean): void;
  /** The range as it is now. */
  span(): TimeSpan;
  drawn(): readonly DrawnCurve[];
  refresh(): void;
  stop(): void;
}

export interface ChartWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
  readonly clock: ShownClock;
  readonly store: Pick<ValueStore, "subscribe" | "read">;
  /** The hub's time up to which values are known now: what came last stays true until then. */
  readonly knownUntil: () => number;
  /** The width of the picture: a range is asked for in so many parts. */
  readonly parts: number;
}

export const MOST_CURVES = 8;
const DAY_MS = 86_400_000;
/** So many samples are drawn one by one; more of them in parts. */
const MOST_SAMPLES = 1500;
/** A range that moves is fetched again after this part of it; between, the tail fills it. */
const FETCH_PART = 1 / 120;
const FETCH_AT_LEAST_MS = 5000;
const FETCH_AT_MOST_MS = 300_000;
const MOST_TAIL = 20_000;

interface Loaded {
  readonly points: Points;
  readonly changes: readonly QualityChange[];
  readonly before: Points | null;
}

interface Entry {
  readonly curve: Curve;
  loaded: Loaded | null;
  tail: TailSample[];
  readonly unsubscribe: () => void;
}

export function createChart(world: ChartWorld, range: Range): Chart {
  return new HistoryChart(world, range);
}

class HistoryChart implements Chart {
  readonly curves = createSignal<readonly Curve[]>([]);
  readonly range: Signal<Range>;
  readonly hasBefore = createSignal(false);
  readonly states = createSignal<readonly CurveState[]>([]);
  readonly version = createSignal(0);
  readonly #world: ChartWorld;
  #entries: readonly Entry[] = [];
  #cancel = nothingToStop;
  /** Grows with each fetch; an answer to an older one is too late. */
  #fetch = 0;

  constructor(world: ChartWorld, range: Range) {
    this.#world = world;
    this.range = createSignal(range);
  }

  show(curves: readonly Curve[]): void {
    const wanted = curves.slice(0, MOST_CURVES);
    const known = this.#entries;
    for (const { unsubscribe } of known) unsubscribe();
    this.#entries = wanted.map((curve) => {
      const before = known.find(({ curve: { path } }) => path === curve.path);
      return this.#entryFor(curve, before);
    });
    this.states.set(this.#entries.map(({ loaded }) => stateOf(loaded)));
    this.curves.set(wanted);
    this.refresh();
  }

  setRange(range: Range): void {
    this.range.set(range);
    this.#draw();
    this.refresh();
  }

  setBefore(wanted: boolean): void {
    this.hasBefore.set(wanted);
    this.refresh();
  }

  span(): TimeSpan {
    return spanOf(this.range.get(), this.#world.clock.now());
  }

  drawn(): readonly DrawnCurve[] {
    const span = this.span();
    const isMoving = this.range.get().kind === "last";
    const until = Math.min(span.to, this.#world.knownUntil());
    return this.#entries.map(({ curve, loaded, tail }) => {
      const { points, changes, before } = loaded ?? NOTHING;
      const shown = isMoving ? withTail(points, tail, until) : points;
      const all = isMoving ? changesWithTail(changes, tail) : changes;
      return { curve, points: shown, shades: shadesOf(all, { ...span, to: until }), before };
    });
  }

  refresh(): void {
    this.#cancel();
    void this.#load();
  }

  stop(): void {
    this.#cancel();
    this.#fetch += 1;
    for (const { unsubscribe } of this.#entries) unsubscribe();
    this.#entries = [];
  }

  #entryFor(curve: Curve, before: Entry | undefined): Entry {
    const { store } = this.#world;
    const { id } = curve;
    const entry: Entry = {
      curve,
      loaded: before?.loaded ?? null,
      tail: before?.tail ?? [],
      unsubscribe: id === null ? nothingToStop : store.subscribe(id, () => this.#follow(entry)),
    };
    return entry;
  }

  /** A value came. What is only last known is no sample: nothing was heard. */
  #follow(entry: Entry): void {
    const { tail } = entry;
    const { id } = entry.curve;
    const reading = id === null ? null : this.#world.store.read(id);
    if (reading === null || reading.quality === "last-known") return;
    const seen = qualityOf(reading.wireQuality);
    const quality = seen === "silent" ? "good" : seen; // the value is what it was
    const last = tail.at(-1);
    const isSame = last !== undefined && last.quality === quality;
    const now = this.#world.clock.now();
    // A quality that changes does so now; the value's own time is that of its source.
    const time = isSame || last === undefined ? (reading.sourceTime ?? now) : now;
    if (last !== undefined && time <= last.time) return;
    tail.push({ time, value: drawable(reading.value), quality });
    if (tail.length > MOST_TAIL) tail.splice(0, tail.length - MOST_TAIL);
    this.#draw();
  }

  #draw(): void {
    this.version.set(this.version.get() + 1);
  }

  async #load(): Promise<void> {
    this.#fetch += 1;
    const fetch = this.#fetch;
    const entries = this.#entries;
    const span = this.span();
    const answers = await Promise.all(entries.map(({ curve }) => this.#ask(curve, span)));
    if (fetch !== this.#fetch) return;
    entries.forEach((entry, at) => {
      const answer = answers[at];
      if (answer?.kind !== "ready") return;
      entry.loaded = answer.value;
      const fetched = span.to;
      entry.tail = entry.tail.filter(({ time }) => time > fetched - TAIL_OVERLAP_MS);
    });
    this.states.set(
      answers.map((answer) => (answer.kind === "ready" ? { kind: "ready" } : answer)),
    );
    this.#draw();
    if (this.range.get().kind === "fixed") return;
    const again = (span.to - span.from) * FETCH_PART;
    const afterMs = Math.min(FETCH_AT_MOST_MS, Math.max(FETCH_AT_LEAST_MS, again));
    this.#cancel = this.#world.timer(afterMs, () => void this.#load());
  }

  async #ask({ path }: Curve, span: TimeSpan): Promise<Past<Loaded>> {
    const own = await this.#points(path, span);
    if (own.kind === "failed") return own;
    if (!this.hasBefore.get()) return { kind: "ready", value: { ...own.value, before: null } };
    const day = { from: span.from - DAY_MS, to: span.to - DAY_MS };
    const before = await this.#points(path, day);
    const points = before.kind === "ready" ? moved(before.value.points, DAY_MS) : NO_POINTS;
    return { kind: "ready", value: { ...own.value, before: points } };
  }

  async #points(path: string, span: TimeSpan): Promise<Past<Omit<Loaded, "before">>> {
    const { send, parts } = this.#world;
    const found = await askParts(send, path, { ...span, parts });
    if (found.kind === "failed") return found;
    const changes = found.value.spans;
    if (samplesIn(found.value) > MOST_SAMPLES)
      return { kind: "ready", value: { changes, points: pointsOfParts(found.value.buckets) } };
    const single = await askValues(send, path, { ...span, limit: 2 * MOST_SAMPLES });
    if (single.kind === "failed") return single;
    return { kind: "ready", value: { changes, points: pointsOfValues(single.value.values, span) } };
  }
}

/** The history is written a little later than the page hears: so much of the tail is kept beyond a fetch. */
const TAIL_OVERLAP_MS = 2000;

const NOTHING: Loaded = { points: NO_POINTS, changes: [], before: null };

function stateOf(loaded: Loaded | null): CurveState {
  return loaded === null ? { kind: "asking" } : { kind: "ready" };
}

function samplesIn({ buckets }: PastParts): number {
  return buckets.reduce((sum, { rows }) => sum + rows, 0);
}
