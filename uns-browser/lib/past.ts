/**
 * The past on the Namespace page: the tree as it was at an instant (`at`), what was otherwise at an instant (`since`), and
 * the list of metrics that differ between the two, or between then and now. Nothing of it is live: it is asked of the
 * history for the rows on screen, and stands still.
 */
import type { TreeRow } from "@unshub/hub/feed";
import type { FetchLike } from "./api.ts";
import { createPastApi, PastError, type PastApi, type PastValues } from "./past-api.ts";
import { createSignal, type Signal } from "./signal.ts";
import { createValueStore, type Reading, type ValueStore } from "./store.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";
import { createTree, type Tree } from "./tree.ts";

/** Milliseconds since 1970 UTC; `null`: not asked for. */
export interface Moments {
  readonly at: number | null;
  readonly since: number | null;
}

export type Changes =
  | { readonly kind: "off" }
  /** What was found before stays meanwhile. */
  | { readonly kind: "asking" }
  /** `to`: until when, by the hub's clock. */
  | {
      readonly kind: "ready";
      readonly hits: number;
      readonly shown: number;
      readonly to: number;
    }
  | { readonly kind: "failed"; readonly because: string };

export interface Past {
  readonly moments: Signal<Moments>;
  /** What rows were worth at `at`. */
  readonly values: ValueStore;
  /** What they were worth at `since`. */
  readonly before: ValueStore;
  /** What those of the list were worth at its end. */
  readonly after: ValueStore;
  readonly changes: Signal<Changes>;
  /** What differs, with everything above it, all unfolded. */
  readonly tree: Tree;
  /** Why values of the past are missing; `null`: they are there, or on their way. */
  readonly fault: Signal<string | null>;
  set(moments: Moments): void;
  /** The rows that are drawn. */
  watch(ids: readonly number[]): void;
  /** Lists what differs, as far as it fits the filter; also again. */
  list(filter: string): void;
  endList(): void;
  /** Ids of another epoch mean other rows. */
  begin(epoch: string): void;
  stop(): void;
}

export const NOW: Moments = { at: null, since: null };

/** Whether anything but the present is shown. */
export function isPast({ at, since }: Moments): boolean {
  return at !== null || since !== null;
}

/** Whether a metric was worth something else before; as long as that is not known, it was not. */
export function isOtherwise(before: Reading | null, now: Reading | null): boolean {
  if (before === null || now === null) return false;
  if (before.wireQuality !== now.wireQuality) return true;
  return JSON.stringify(before.value) !== JSON.stringify(now.value);
}

/** Why these moments cannot be shown, as a sentence; `null`: they can. */
export function faultOfMoments({ at, since }: Moments, now: number): string | null {
  const { past } = texts;
  if (at === null && since === null) return past.noMoment;
  if ((at ?? now) > now || (since ?? now) > now) return past.future;
  return since !== null && at !== null && since >= at ? past.backwards : null;
}

/** A row as far as it is the same at all times: states and counts are of now. */
export function withoutNow({ state: _state, counts: _counts, ...row }: TreeRow): TreeRow {
  return row;
}

const ASK_AFTER_MS = 60;
/** After a question that was not answered. */
const ASK_AGAIN_MS = 5000;
const MOST_IDS = 400;

export function createPast(fetchLike: FetchLike, timer: StartTimer): Past {
  return new PastOfPage(createPastApi(fetchLike), timer);
}

class PastOfPage implements Past {
  readonly moments = createSignal(NOW);
  readonly after = createValueStore();
  readonly changes = createSignal<Changes>({ kind: "off" });
  readonly tree = createTree({ isWhole: true });
  readonly fault = createSignal<string | null>(null);
  readonly #api: PastApi;
  readonly #timer: StartTimer;
  readonly #at: ValuesAt;
  readonly #since: ValuesAt;
  #epoch: string | null = null;
  #ids: readonly number[] = [];
  #cancel = nothingToStop;
  #cancelAgain = nothingToStop;
  #listing = new AbortController();

  constructor(api: PastApi, timer: StartTimer) {
    this.#api = api;
    this.#timer = timer;
    const answered = (): void => this.#sayFault();
    this.#at = new ValuesAt(api, answered);
    this.#since = new ValuesAt(api, answered);
  }

  get values(): ValueStore {
    return this.#at.store;
  }

  get before(): ValueStore {
    return this.#since.store;
  }

  set(moments: Moments): void {
    const now = this.moments.get();
    if (now.at === moments.at && now.since === moments.since) return;
    this.#at.begin(moments.at);
    this.#since.begin(moments.since);
    this.#sayFault();
    this.moments.set(moments);
    this.endList();
    this.#ask();
  }

  watch(ids: readonly number[]): void {
    this.#ids = ids;
    this.#cancel();
    const { at, since } = this.moments.get();
    if (at === null && since === null) return;
    this.#cancel = this.#timer(ASK_AFTER_MS, () => this.#ask());
  }

  list(filter: string): void {
    void this.#list(filter);
  }

  endList(): void {
    if (this.changes.get().kind === "off") return;
    this.#listing.abort();
    this.tree.clear();
    this.after.clear();
    this.changes.set({ kind: "off" });
  }

  begin(epoch: string): void {
    this.#epoch = epoch;
    const { at, since } = this.moments.get();
    this.#at.begin(at);
    this.#since.begin(since);
    this.#sayFault();
    this.#ids = [];
    this.endList();
  }

  stop(): void {
    this.#cancel();
    this.#cancelAgain();
    this.#listing.abort();
    this.#at.begin(null);
    this.#since.begin(null);
  }

  #ask(): void {
    void this.#at.fetch(this.#ids);
    void this.#since.fetch(this.#ids);
  }

  /** What was not answered is asked again by itself. */
  #sayFault(): void {
    const fault = this.#at.fault ?? this.#since.fault;
    this.fault.set(fault);
    this.#cancelAgain();
    if (fault !== null) this.#cancelAgain = this.#timer(ASK_AGAIN_MS, () => this.#ask());
  }

  async #list(filter: string): Promise<void> {
    const { at, since } = this.moments.get();
    if (since === null) return;
    this.#listing.abort();
    const { signal } = (this.#listing = new AbortController());
    this.changes.set({ kind: "asking" });
    try {
      const found = await this.#api.difference({ from: since, to: at, filter }, signal);
      // An answer of another epoch speaks of other ids; the socket notices the new epoch by itself, and it is listed anew.
      if (signal.aborted || found.epoch !== this.#epoch) return;
      this.tree.clear();
      this.tree.put(found.rows);
      const branches = found.rows.filter(({ kind }) => kind !== "metric").map(({ id }) => id);
      this.tree.unfold(branches);
      this.#since.take(found.before);
      this.after.clear();
      this.after.apply(frameOf(found.after), "live");
      const shown = found.rows.length - branches.length;
      this.changes.set({ kind: "ready", hits: found.hits, shown, to: found.after.t });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PastError)) throw error;
      this.changes.set({ kind: "failed", because: error.message });
    }
  }
}

/** What rows were worth at one instant; each is asked for once. */
class ValuesAt {
  readonly store = createValueStore();
  /** Why the last question was not answered. */
  fault: string | null = null;
  readonly #api: PastApi;
  readonly #answered: () => void;
  readonly #asked = new Set<number>();
  #at: number | null = null;
  #run = new AbortController();

  constructor(api: PastApi, answered: () => void) {
    this.#api = api;
    this.#answered = answered;
  }

  begin(at: number | null): void {
    this.#run.abort();
    this.#run = new AbortController();
    this.#at = at;
    this.fault = null;
    this.#asked.clear();
    this.store.clear();
  }

  take(values: PastValues): void {
    this.store.apply(frameOf(values), "live");
  }

  async fetch(ids: readonly number[]): Promise<void> {
    const at = this.#at;
    const wanted = ids.filter((id) => id >= 0 && !this.#asked.has(id)).slice(0, MOST_IDS);
    if (at === null || wanted.length === 0) return;
    for (const id of wanted) this.#asked.add(id);
    const { signal } = this.#run;
    try {
      const values = await this.#api.at(at, wanted, signal);
      if (signal.aborted) return;
      this.take(values);
      this.fault = null;
    } catch (error) {
      if (signal.aborted) return;
      for (const id of wanted) this.#asked.delete(id);
      if (!(error instanceof PastError)) throw error;
      this.fault = error.message;
    }
    this.#answered();
  }
}

function frameOf({ t, u }: PastValues) {
  return { op: "d", s: 0, g: 0, t, u } as const;
}
