/**
 * One open page: which rows it watches, what changed of them, and how much it has not acknowledged yet. Pure: it is
 * told what happened and asked for frames; sockets and timers are `feed.ts`'s.
 */
import type { UnsTree } from "../tree/index.ts";
import type { ClientMessage, DeltaMessage, HubMessage, NamesMessage } from "./protocol.ts";
import type { Sight } from "./sight.ts";
import { countEntries, treeRow, valueEntries } from "./tree-view.ts";

/** Most rows one page may watch. */
export const MAX_VIEW_ROWS = 400;

/** Frames on the way that the page has not acknowledged; no more are made until it does. */
const MAX_UNACKNOWLEDGED = 3;

/** New or changed rows in one frame; the rest follow in the next. */
const MAX_ROWS_PER_FRAME = 500;

export class LivePage {
  readonly #sight: Sight;
  readonly #tree: UnsTree;
  #watched: ReadonlySet<number> = new Set();
  #generation = 0;
  #seq = 0;
  #acknowledged = 0;
  /** What was acknowledged when that was last asked. */
  #acknowledgedBefore = 0;
  #paused = false;
  /** Changes of the whole plant of which this page was told. */
  #changesTold: number;
  /** Those before somebody paused. */
  #changesAtPause = 0;
  /** It went on since that was last asked: a frozen picture takes in what it shows anew, and its pause is the same. */
  #hasResumed = false;
  #hidden = false;
  /** Watched metrics that changed, with how often. */
  readonly #dirty = new Map<number, number>();
  /** Watched branches whose counts may have changed. */
  readonly #counts = new Set<number>();
  readonly #names = new Set<number>();
  /** Watched metrics that were told to be silent. */
  readonly #silent = new Set<number>();
  #shown = 0;

  constructor(sight: Sight) {
    this.#sight = sight;
    this.#tree = sight.tree;
    this.#changesTold = sight.tree.changes.count;
  }

  get watched(): ReadonlySet<number> {
    return this.#watched;
  }

  get isHidden(): boolean {
    return this.#hidden;
  }

  /** Takes a message of the page other than `hello`. */
  obey(message: Exclude<ClientMessage, { op: "hello" }>): void {
    switch (message.op) {
      case "view":
        this.#view(message.g, message.rows);
        return;
      case "ack":
        this.#acknowledged = Math.max(this.#acknowledged, Math.min(message.s, this.#seq));
        return;
      case "pause":
        this.#paused = true;
        if (!this.#hasResumed) this.#changesAtPause = this.#tree.changes.count;
        return;
      case "resume":
        this.#paused = false;
        this.#hasResumed = true;
        this.#hidden = false;
        this.#markAll();
        return;
      case "hide":
        this.#hidden = true;
    }
  }

  metricChanged(id: number): void {
    this.#dirty.set(id, (this.#dirty.get(id) ?? 0) + 1);
  }

  countsChanged(id: number): void {
    this.#counts.add(id);
  }

  /** A row is new, or its state, unit or type changed. For whom a row above was empty, that one is new as well. */
  nameChanged(id: number): void {
    if (!this.#sight.sees(id)) return;
    this.#names.add(id);
    if (this.#sight.seesAll || this.#tree.rows.isMetric(id)) return;
    for (const above of this.#tree.rows.lineage(id)) this.#names.add(above);
  }

  /** What to send now: nothing while paused, hidden or without credit; changes keep merging meanwhile. */
  frames(t: number): readonly HubMessage[] {
    if (this.#hidden || this.#seq - this.#acknowledged >= MAX_UNACKNOWLEDGED) return [];
    const frames: HubMessage[] = [];
    if (this.#names.size > 0 || this.#counts.size > 0) frames.push(this.#namesFrame());
    if (this.#dirty.size > 0 && !this.#paused) frames.push(this.#deltaFrame(t));
    return frames;
  }

  /** Looks which watched metrics fell silent: nobody tells of what does not come. They come back with their next value. */
  lookForSilence(now: number): void {
    for (const id of this.#watched) {
      const isSilent = this.#tree.isSilent(id, now);
      if (isSilent && !this.#silent.has(id)) this.#dirty.set(id, this.#dirty.get(id) ?? 0);
      if (isSilent) this.#silent.add(id);
      else this.#silent.delete(id);
    }
  }

  /** Whether all was acknowledged, or something more since this was last asked; a tab in the background need not. */
  keepsUp(): boolean {
    const hasMoved = this.#acknowledged > this.#acknowledgedBefore;
    this.#acknowledgedBefore = this.#acknowledged;
    return hasMoved || this.#hidden || this.#acknowledged === this.#seq;
  }

  /** Changes of the whole plant since this was last asked; those before somebody paused are none that he has missed. */
  takeChanges(): number {
    const from = Math.max(this.#changesTold, this.#changesAtPause);
    this.#changesTold = this.#tree.changes.count;
    this.#hasResumed = false;
    return this.#changesTold - from;
  }

  /** Rows shown since this was last asked. */
  takeShown(): number {
    const shown = this.#shown;
    this.#shown = 0;
    return shown;
  }

  #view(generation: number, rows: readonly number[]): void {
    this.#watched = new Set(rows.filter((id) => this.#sees(id)));
    this.#generation = generation;
    if (this.#hidden) this.#changesTold = this.#tree.changes.count; // a stat is of one second again
    this.#hidden = false;
    this.#dirty.clear();
    this.#silent.clear();
    this.#markAll();
  }

  #sees(id: number): boolean {
    return this.#tree.rows.has(id) && this.#sight.sees(id);
  }

  #markAll(): void {
    for (const id of this.#watched) {
      if (this.#tree.rows.kind(id) === "metric") this.#dirty.set(id, this.#dirty.get(id) ?? 0);
      else this.#counts.add(id);
    }
  }

  #deltaFrame(t: number): DeltaMessage {
    const u = [...this.#dirty].flatMap(([id, merged]) => valueEntries(this.#tree, id, t, merged));
    this.#shown += this.#dirty.size;
    this.#dirty.clear();
    this.#seq += 1;
    return { op: "d", s: this.#seq, g: this.#generation, t, u };
  }

  #namesFrame(): NamesMessage {
    const ids = [...this.#names].toSorted((a, b) => a - b).slice(0, MAX_ROWS_PER_FRAME);
    for (const id of ids) this.#names.delete(id);
    const counted = [...this.#counts];
    this.#counts.clear();
    this.#seq += 1;
    const add = ids.map((id) => treeRow(this.#sight, id));
    const cnt = counted.flatMap((id) => countEntries(this.#sight, id));
    const message = { op: "n", s: this.#seq, add, cnt } as const;
    if (!this.#tree.silences.wereSome) return message;
    const sil = counted.flatMap((id) => [id, this.#sight.counts(id).silent ?? 0]);
    return { ...message, sil };
  }
}
