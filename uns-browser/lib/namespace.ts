/**
 * The Namespace page without its screen: it holds tree, values, filter, selection and link together and says what is
 * to be seen as signals. Everything of the browser (timers, WebSocket, fetch, address bar) is handed in.
 */
import type { NamesMessage, RowCounts, WelcomeMessage } from "@unshub/hub/feed";
import { ApiError, createApi, type FetchLike } from "./api.ts";
import { createHubClock, type HubClock } from "./clock.ts";
import { createDetails, type Details } from "./details.ts";
import { createFilter, type Filter } from "./filter.ts";
import { createLive, type Live } from "./live.ts";
import { createCuts, type Cut } from "./cuts.ts";
import { memberOfTopic } from "./lens-api.ts";
import { encodePath, type Lens, type PageAddress, readAddress, writeAddress } from "./path.ts";
import { drawable } from "./chart-data.ts";
import { STRIDE } from "./messages.ts";
import { createSignal, type Signal } from "./signal.ts";
import type { SocketWorld } from "./socket.ts";
import { createValueStore, type ValueStore } from "./store.ts";
import { nothingToStop } from "./timer.ts";
import type { Tree } from "./tree.ts";
import { createTrends, type Trends } from "./trends.ts";
import type { TreeLoader } from "./tree-loader.ts";

export interface NamespaceWorld {
  readonly socket: SocketWorld;
  readonly fetch: FetchLike;
  readonly localNow: () => number;
  /** The query string of the address bar. */
  readonly readSearch: () => string;
  readonly replaceSearch: (search: string) => void;
  /** The build of this page. */
  readonly ui: string;
}

interface Selection {
  readonly id: number;
  /** `show`: the list scrolls so that the row can be seen. */
  readonly scroll: "show" | "stay";
}

export interface Namespace {
  readonly clock: HubClock;
  readonly store: ValueStore;
  readonly trends: Trends;
  readonly live: Live;
  /** Of the lens that is looked through. */
  readonly loader: TreeLoader;
  readonly lens: Signal<Lens>;
  readonly filter: Filter;
  readonly details: Details;
  /** The tree on screen: the plant, or the hits of the filter. */
  readonly shown: Signal<Tree>;
  readonly selection: Signal<Selection | null>;
  /** A path from the address bar that the namespace does not have. */
  readonly missingPath: Signal<string | null>;
  /** Rows that were chosen together, to be compared, copied or pinned. */
  readonly marked: Signal<ReadonlySet<number>>;
  /** Metrics below all groups that this person sees. */
  readonly totals: Signal<RowCounts>;
  readonly hub: Signal<WelcomeMessage | null>;
  /** For a while after the hub came back as another epoch. */
  readonly isRestarted: Signal<boolean>;
  /** For a while after somebody has changed what this person may see. */
  readonly hasOtherRights: Signal<boolean>;
  /** The hub has another build of the page than it had when this one was opened. */
  readonly isOutdated: Signal<boolean>;
  /** The rows that are drawn now; the hub is asked to keep them up to date. */
  watch(ids: readonly number[]): void;
  /** Rows that are wanted besides those that are drawn. */
  watchAlso(ids: readonly number[]): void;
  /** `one`: that row more, or no longer; `range`: all from the selected row to it. */
  mark(id: number, mode: "one" | "range"): void;
  clearMarks(): void;
  /** Looks at the plant in another way; what is selected stays selected where it is there, too. */
  setLens(lens: Lens): void;
  /** The path of a row in the address bar. */
  pathOf(id: number): string;
  /** Goes to a path, as if its link was followed. */
  goTo(path: string): void;
  select(id: number | null, scroll?: Selection["scroll"]): void;
  unfold(ids: readonly number[]): void;
  fold(id: number, all: boolean): void;
  /** Reads the address bar again: somebody went back. */
  followAddress(): void;
  retry(): void;
  stop(): void;
}

const WRITE_ADDRESS_AFTER_MS = 200;
const RESTART_IS_NEWS_MS = 6000;
/** Rows may have gone, and nobody was told who did it: longer. */
const RIGHTS_ARE_NEWS_MS = 30_000;
/** What other lenses show of a plant that changes is asked for again at most this often. */
const LOOK_AGAIN_MS = 2000;
/** A birth announces many names; the path that is waited for is asked for once in this time, not once per name. */
const SEEK_AGAIN_MS = 300;

export function createNamespace(world: NamespaceWorld): Namespace {
  return new NamespacePage(world);
}

class NamespacePage implements Namespace {
  readonly clock: HubClock;
  readonly trends = createTrends();
  readonly store = createValueStore((id, changes) => this.#noteTrend(id, changes));
  readonly live: Live;
  readonly lens: Signal<Lens>;
  readonly filter: Filter;
  readonly details: Details;
  readonly shown: Signal<Tree>;
  readonly selection = createSignal<Selection | null>(null);
  readonly missingPath = createSignal<string | null>(null);
  readonly marked = createSignal<ReadonlySet<number>>(new Set());
  readonly totals = createSignal<RowCounts>({ metrics: 0, bad: 0, stale: 0 });
  readonly hub = createSignal<WelcomeMessage | null>(null);
  readonly isRestarted = createSignal(false);
  readonly hasOtherRights = createSignal(false);
  readonly isOutdated = createSignal(false);

  readonly #world: NamespaceWorld;
  readonly #cuts: Readonly<Record<Lens, Cut>>;
  /** Where the person is; outlives ids, which end with their epoch. */
  #address: PageAddress;
  #cancelWrite = nothingToStop;
  #cancelNews = nothingToStop;
  #cancelSeek = nothingToStop;
  #cancelAgain = nothingToStop;
  /** The last metric whose details were read: its path and its topic. */
  #lastDetails: { readonly path: string; readonly topic: string } | null = null;
  #isSeekPlanned = false;
  /** Grows with every announcement; tells a search that its answer may be older than the last one. */
  #namesHeard = 0;
  #isAgainPlanned = false;
  /** The rows that are drawn, as told to `watch`. */
  #drawn: readonly number[] = [];
  /** As told to `watchAlso`. */
  #besides: readonly number[] = [];

  constructor(world: NamespaceWorld) {
    const api = createApi(world.fetch);
    this.#world = world;
    this.#address = readAddress(world.readSearch());
    this.clock = createHubClock(world.localNow);
    this.#cuts = createCuts(world.fetch);
    this.lens = createSignal<Lens>(this.#address.lens);
    this.filter = createFilter(api, world.socket.timer);
    this.details = createDetails(api, this.store, world.socket.timer);
    this.shown = createSignal<Tree>(this.#tree);
    this.details.state.subscribe(() => {
      const state = this.details.state.get();
      if (state.kind === "ready") this.#lastDetails = state.answer;
    });
    this.filter.state.subscribe(() => this.#chooseTree());
    this.filter.text.subscribe(() => this.#moveTo({ filter: this.filter.text.get() }));
    this.live = createLive({
      socket: world.socket,
      clock: this.clock,
      store: this.store,
      ui: world.ui,
      events: {
        welcomed: (welcome, epoch) => this.#welcomed(welcome, epoch),
        namesChanged: (message) => this.#namesChanged(message),
      },
    });
  }

  get loader(): TreeLoader {
    return this.#cut.loader;
  }

  get #cut(): Cut {
    return this.#cuts[this.lens.get()];
  }

  get #tree(): Tree {
    return this.#cut.tree;
  }

  pathOf(id: number): string {
    return this.shown.get() === this.#tree ? this.#cut.pathOf(id) : this.shown.get().pathOf(id);
  }

  setLens(lens: Lens): void {
    const before = this.lens.get();
    if (lens === before) return;
    const { path } = this.#address;
    const epoch = this.hub.get()?.epoch;
    this.clearMarks();
    this.lens.set(lens);
    this.selection.set(null);
    this.details.show(null);
    this.missingPath.set(null);
    if (this.filter.text.get() === "") this.shown.set(this.#tree);
    this.#moveTo({ lens, path: path === null ? null : this.#pathThrough(path, before, lens) });
    if (epoch !== undefined) void this.#load(epoch);
  }

  /** What is selected, as the other lens calls it. Of a topic only its device is known elsewhere. */
  #pathThrough(path: string, before: Lens, lens: Lens): string | null {
    if (before === "topic") return memberOfTopic(path);
    if (lens !== "topic") return path;
    const state = this.#lastDetails;
    return state !== null && state.path === path ? encodePath(state.topic.split("/")) : null;
  }

  watch(ids: readonly number[]): void {
    this.#drawn = ids;
    const tree = this.shown.get();
    const selected = this.selection.get();
    // All above, because new rows and deaths are announced to those who watch the row above; and what the panel shows.
    const above = ids.flatMap((id) => tree.lineOf(id).slice(0, -1));
    const panel = selected === null ? this.#aboveMissing() : [selected.id];
    const all = new Set([...panel, ...ids, ...this.#besides, ...above]);
    this.live.watch([...all].filter((id) => id >= 0)); // levels of other lenses are no rows of the hub
  }

  watchAlso(ids: readonly number[]): void {
    if (ids.length === 0 && this.#besides.length === 0) return;
    this.#besides = ids;
    this.watch(this.#drawn);
  }

  mark(id: number, mode: "one" | "range"): void {
    const marks = new Set(this.marked.get());
    const tree = this.shown.get();
    const selected = this.selection.get()?.id;
    if (marks.size === 0 && selected !== undefined) marks.add(selected);
    if (mode === "range") {
      const [a, b] = [tree.placeOf(selected ?? id), tree.placeOf(id)];
      for (const row of tree.order.get().subarray(Math.min(a, b), Math.max(a, b) + 1))
        marks.add(row);
    } else if (!marks.delete(id)) marks.add(id);
    this.marked.set(marks);
  }

  clearMarks(): void {
    if (this.marked.get().size > 0) this.marked.set(new Set());
  }

  goTo(path: string): void {
    this.filter.set("", "now");
    this.#moveTo({ path, filter: "" });
    void this.#seek(path);
  }

  select(id: number | null, scroll: Selection["scroll"] = "show"): void {
    const row = id === null ? null : this.shown.get().get(id);
    this.selection.set(row === null ? null : { id: row.row.id, scroll });
    this.missingPath.set(null);
    this.details.show(row?.row.kind === "metric" ? row.row.id : null);
    this.#moveTo({ path: row === null ? null : this.pathOf(row.row.id) });
  }

  unfold(ids: readonly number[]): void {
    if (this.shown.get() === this.#tree) void this.loader.unfold(ids);
    else this.shown.get().unfold(ids); // hits come with everything above them: nothing to fetch
  }

  fold(id: number, all: boolean): void {
    const tree = this.shown.get();
    tree.fold(id, all ? "all" : undefined);
    const selected = this.selection.get();
    // Folded away, the selection moves up to the row that was folded.
    if (selected !== null && tree.placeOf(selected.id) < 0) this.select(id, "stay");
  }

  followAddress(): void {
    this.#address = readAddress(this.#world.readSearch());
    void this.#goToAddress();
  }

  retry(): void {
    if (this.live.link.get().kind !== "live") return this.live.retry();
    const welcome = this.hub.get();
    if (welcome !== null) void this.#load(welcome.epoch);
  }

  stop(): void {
    this.#cancelWrite();
    this.#cancelNews();
    this.#cancelSeek();
    this.#cancelAgain();
    this.details.show(null);
    for (const { loader } of Object.values(this.#cuts)) loader.stop();
    this.live.stop();
  }

  #welcomed(welcome: WelcomeMessage, epoch: "first" | "same" | "new"): void {
    const before = this.hub.get();
    this.hub.set(welcome);
    if (before !== null && before.build !== welcome.build) this.isOutdated.set(true);
    if (epoch === "same") {
      void this.loader.refresh();
      this.#planSeek(); // it may have been born while there was no link
      return this.details.refresh();
    }
    if (epoch === "new" && before !== null) {
      const isSameRun = runOf(before) === runOf(welcome);
      this.#sayForAWhile(isSameRun ? this.hasOtherRights : this.isRestarted);
    }
    this.#drawn = []; // ids of another epoch
    this.#besides = [];
    this.trends.clear();
    this.clearMarks();
    this.selection.set(null);
    this.details.show(null);
    void this.#load(welcome.epoch);
  }

  async #load(epoch: string): Promise<void> {
    await this.#cut.begin(epoch);
    this.#total();
    this.filter.refresh();
    await this.#goToAddress();
  }

  #sayForAWhile(news: Signal<boolean>): void {
    this.#cancelNews();
    for (const one of [this.isRestarted, this.hasOtherRights]) one.set(one === news);
    const forMs = news === this.isRestarted ? RESTART_IS_NEWS_MS : RIGHTS_ARE_NEWS_MS;
    this.#cancelNews = this.#world.socket.timer(forMs, () => news.set(false));
  }

  async #goToAddress(): Promise<void> {
    const { path, filter, lens } = this.#address;
    if (lens !== this.lens.get()) return this.setLens(lens); // somebody went back
    this.filter.set(filter, "now");
    if (path !== null) await this.#seek(path);
  }

  /** Selects the row of `path`, or says that it is missing; then it is sought again whenever names change. */
  async #seek(path: string): Promise<void> {
    const namesBefore = this.#namesHeard;
    const id = await this.loader.reveal(path).catch((error: unknown) => {
      if (error instanceof ApiError) return null; // said below as "not there"; the link says the rest
      throw error;
    });
    if (this.#address.path !== path) return; // the person has gone elsewhere meanwhile
    if (id === null) {
      this.missingPath.set(path);
      if (namesBefore !== this.#namesHeard) this.#planSeek();
      return this.watch(this.#drawn);
    }
    this.selection.set({ id, scroll: "show" });
    this.missingPath.set(null);
    this.details.show(this.#tree.get(id)?.row.kind === "metric" ? id : null);
  }

  /** The row for which a missing path is waited for: the deepest that is known above it. Its counts tell of a birth. */
  #aboveMissing(): readonly number[] {
    const missing = this.missingPath.get();
    if (missing === null) return [];
    const nextOf = (parent: number | null): number | undefined =>
      this.#tree.childrenOf(parent).find((id) => missing.startsWith(`${this.#tree.pathOf(id)}/`));
    let deepest = nextOf(null);
    if (deepest === undefined) return []; // new groups are announced to every page
    for (let next = nextOf(deepest); next !== undefined; next = nextOf(next)) deepest = next;
    return [deepest];
  }

  #planSeek(): void {
    if (this.missingPath.get() === null || this.#isSeekPlanned) return;
    this.#isSeekPlanned = true;
    this.#cancelSeek = this.#world.socket.timer(SEEK_AGAIN_MS, () => {
      this.#isSeekPlanned = false;
      const missing = this.missingPath.get();
      if (missing !== null) void this.#seek(missing);
    });
  }

  #namesChanged({ add, cnt }: NamesMessage): void {
    this.#namesHeard += 1;
    this.#planSeek();
    this.#announce(add, cnt);
    this.#total();
    // The hub announces rows only below those we watch; counts reach further and tell what was missed.
    void this.loader.heal(cnt.filter((_, at) => at % STRIDE === 0));
    // Among the hits only what is there already changes; new hits come with the next search.
    this.filter.tree.announce(add);
    this.filter.tree.count(cnt);
    if (this.#tree.order.get().length > 0 && this.loader.top.get() === "empty") {
      void this.loader.arrived();
    }
  }

  /** Rows are announced below their parents in the hub's tree; other lenses have other parents and look again. */
  #announce(add: NamesMessage["add"], cnt: NamesMessage["cnt"]): void {
    const { sparkplug, ...others } = this.#cuts;
    sparkplug.tree.announce(add);
    sparkplug.tree.count(cnt);
    let isNew = false;
    for (const { lens, tree } of Object.values(others)) {
      const known = add.flatMap((row) => {
        const own = tree.get(row.id)?.row;
        return own === undefined ? [] : [{ ...row, name: own.name, parent: own.parent }];
      });
      tree.announce(known);
      tree.count(cnt);
      if (lens === this.lens.get()) isNew = known.length < add.length;
    }
    if (isNew) this.#planAgain();
  }

  #planAgain(): void {
    if (this.#isAgainPlanned) return;
    this.#isAgainPlanned = true;
    this.#cancelAgain = this.#world.socket.timer(LOOK_AGAIN_MS, () => {
      this.#isAgainPlanned = false;
      void this.loader.refresh();
    });
  }

  #total(): void {
    const sum = { metrics: 0, bad: 0, stale: 0 };
    const { tree } = this.#cuts.sparkplug;
    for (const id of tree.childrenOf(null)) {
      const { metrics, bad, stale } = tree.get(id)?.row.counts ?? {
        metrics: 0,
        bad: 0,
        stale: 0,
      };
      sum.metrics += metrics;
      sum.bad += bad;
      sum.stale += stale;
    }
    const before = this.totals.get();
    const isSame =
      before.metrics === sum.metrics && before.bad === sum.bad && before.stale === sum.stale;
    if (!isSame) this.totals.set(sum);
  }

  #noteTrend(id: number, changes: number): void {
    const reading = this.store.read(id);
    const isGood = reading?.quality === "good" || reading?.quality === "uncertain";
    const value = isGood ? drawable(reading.value) : null;
    this.trends.hear(id, { value, changes }, this.#world.localNow());
  }

  #chooseTree(): void {
    const { kind } = this.filter.state.get();
    if (kind === "off" && this.shown.get() !== this.#tree) {
      this.shown.set(this.#tree);
      void this.#goToAddress(); // what was found is shown where it stands
    }
    if (kind === "found" || kind === "none") this.shown.set(this.filter.tree);
  }

  #moveTo(change: Partial<PageAddress>): void {
    this.#address = { ...this.#address, ...change };
    this.#cancelWrite();
    this.#cancelWrite = this.#world.socket.timer(WRITE_ADDRESS_AFTER_MS, () => {
      this.#world.replaceSearch(writeAddress(this.#world.readSearch(), this.#address));
    });
  }
}

/** The run of the hub; what follows the dot names what this person may see, and changes with his rights. */
function runOf({ epoch }: WelcomeMessage): string {
  return epoch.split(".")[0] ?? epoch;
}
