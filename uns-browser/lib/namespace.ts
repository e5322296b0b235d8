/**
 * The Namespace page without its screen: it holds tree, values, filter, selection and link together and says what is
 * to be seen as signals. Everything of the browser (timers, WebSocket, fetch, address bar) is handed in.
 */
import type { NamesMessage, RowCounts, WelcomeMessage } from "@unshub/hub/feed";
import { AddressBar } from "./address-bar.ts";
import { Announced } from "./announced.ts";
import { createApi } from "./api.ts";
import { createHubClock, type HubClock, type ShownClock } from "./clock.ts";
import { createDetails, type Details } from "./details.ts";
import { createFilter, type Filter } from "./filter.ts";
import { HubNews } from "./hub-news.ts";
import { createLive, type Live } from "./live.ts";
import { createCuts, type Cut } from "./cuts.ts";
import { memberOfTopic } from "./lens-api.ts";
import { Marks } from "./marks.ts";
import { createPast, faultOfMoments, type Moments, NOW, type Past } from "./past.ts";
import { encodePath, type Lens } from "./path.ts";
import { drawable } from "./chart-data.ts";
import { createResting } from "./resting.ts";
import { Seeker } from "./seeker.ts";
import type { Namespace, NamespaceWorld, Selection } from "./namespace-contract.ts";
import { createSignal, type Signal } from "./signal.ts";
import { createValueStore, type ValueStore } from "./store.ts";
import type { Tree } from "./tree.ts";
import { createTrends } from "./trends.ts";
import type { TreeLoader } from "./tree-loader.ts";
import { Watched } from "./watched.ts";

export type { Namespace, NamespaceWorld } from "./namespace-contract.ts";

export function createNamespace(world: NamespaceWorld): Namespace {
  return new NamespacePage(world);
}

class NamespacePage implements Namespace {
  readonly past: Past;
  readonly trends = createTrends();
  readonly live: Live;
  readonly lens: Signal<Lens>;
  readonly filter: Filter;
  readonly details: Details;
  readonly shown: Signal<Tree>;
  readonly selection = createSignal<Selection | null>(null);
  readonly looked: Namespace["looked"];
  readonly missingPath: Signal<string | null>;
  readonly unansweredPath: Signal<string | null>;
  readonly marked: Signal<ReadonlySet<number>>;
  readonly totals: Signal<Required<RowCounts>>;
  readonly hub: Namespace["hub"];
  readonly isRestarted: Signal<boolean>;
  readonly hasOtherRights: Signal<boolean>;
  readonly isOutdated: Signal<boolean>;

  readonly #world: NamespaceWorld;
  readonly #clock: HubClock;
  readonly #values = createValueStore((id, changes) => this.#noteTrend(id, changes));
  readonly #cuts: Readonly<Record<Lens, Cut>>;
  readonly #bar: AddressBar;
  readonly #seeker: Seeker;
  readonly #announced: Announced;
  readonly #marks = new Marks();
  readonly #news: HubNews;
  readonly #watched: Watched;
  /** The filter by which changes were listed last. */
  #listed = "";
  /** The last metric whose details were read: its path and its topic. */
  #lastDetails: { readonly path: string; readonly topic: string } | null = null;

  constructor(world: NamespaceWorld) {
    const api = createApi(world.fetch);
    const { timer } = world.socket;
    this.#world = world;
    this.#bar = new AddressBar({ ...world, timer });
    this.#clock = createHubClock(world.localNow);
    this.#cuts = createCuts(world.fetch);
    this.lens = createSignal<Lens>(this.#bar.get().lens);
    this.filter = createFilter(api, timer);
    this.looked = createResting(this.selection, timer);
    this.details = createDetails(api, this.#values, timer);
    this.past = createPast(world.fetch, timer);
    this.shown = createSignal<Tree>(this.#tree);
    this.#seeker = this.#newSeeker();
    this.missingPath = this.#seeker.missingPath;
    this.unansweredPath = this.#seeker.unansweredPath;
    this.#announced = new Announced({
      cuts: this.#cuts,
      lens: () => this.lens.get(),
      filter: this.filter,
      timer: world.timerWhileSeen,
      localNow: world.localNow,
      isLive: () => this.live.link.get().kind === "live" && this.live.pausedAt.get() === null,
      looked: () => this.#seeker.seekAgain(),
    });
    this.totals = this.#announced.totals;
    this.#watched = this.#newWatched();
    this.#news = new HubNews(timer);
    ({
      hub: this.hub,
      isRestarted: this.isRestarted,
      hasOtherRights: this.hasOtherRights,
      isOutdated: this.isOutdated,
    } = this.#news);
    this.marked = this.#marks.ids;
    this.#follow();
    this.live = createLive({
      socket: world.socket,
      clock: this.#clock,
      store: this.#values,
      ui: world.ui,
      events: {
        welcomed: (welcome, epoch) => this.#welcomed(welcome, epoch),
        namesChanged: (message) => this.#namesChanged(message),
      },
    });
  }

  #newSeeker(): Seeker {
    return new Seeker({
      tree: () => this.#tree,
      loader: () => this.loader,
      wanted: () => this.#bar.get().path,
      found: (id) => this.#found(id),
      missing: () => this.#watched.again(),
      timer: this.#world.socket.timer,
    });
  }

  #newWatched(): Watched {
    return new Watched({
      tree: () => this.shown.get(),
      panel: () => {
        const selected = this.selection.get();
        return selected === null ? this.#seeker.aboveMissing() : [selected.id];
      },
      totals: () => this.#announced.groups,
      tell: (rows) => {
        this.live.watch(rows);
        this.past.watch(rows);
      },
    });
  }

  /** What is shown follows from what its parts say. */
  #follow(): void {
    this.looked.subscribe(() => this.details.show(this.#lookedMetric()));
    this.details.state.subscribe(() => {
      const state = this.details.state.get();
      if (state.kind === "ready") this.#lastDetails = state.answer;
    });
    this.filter.state.subscribe(() => {
      this.#chooseTree();
      const isListing = this.past.changes.get().kind !== "off";
      const isAsked = this.filter.state.get().kind === "searching";
      if (isListing && !isAsked && this.filter.text.get().trim() !== this.#listed)
        this.listChanges();
    });
    this.past.changes.subscribe(() => this.#chooseTree());
    this.filter.text.subscribe(() => this.#bar.moveTo({ filter: this.filter.text.get() }));
  }

  get clock(): ShownClock {
    const { at } = this.past.moments.get();
    return at === null ? this.#clock : { now: () => at, tick: this.#clock.tick };
  }

  get store(): ValueStore {
    return this.past.moments.get().at === null ? this.#values : this.past.values;
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
    const { path } = this.#bar.get();
    this.#bar.moveTo({ lens, path: path === null ? null : this.#pathThrough(path, before, lens) });
    this.#lookThrough(lens);
  }

  /** As the address bar says already. */
  #lookThrough(lens: Lens): void {
    const epoch = this.hub.get()?.epoch;
    this.clearMarks();
    this.lens.set(lens);
    this.selection.set(null);
    this.#seeker.forget();
    if (this.filter.text.get() === "") this.shown.set(this.#tree);
    this.past.endList(); // what is shown then follows the address, which has the other lens already
    if (epoch !== undefined) void this.#load(epoch);
  }

  /** What is selected, as the other lens calls it. Of a topic only its device is known elsewhere. */
  #pathThrough(path: string, before: Lens, lens: Lens): string | null {
    if (before === "topic") return memberOfTopic(path);
    if (lens !== "topic") return path;
    const state = this.#lastDetails;
    return state !== null && state.path === path ? encodePath(state.topic.split("/")) : null;
  }

  look(moments: Moments, list?: "list"): void {
    this.#bar.moveTo(moments);
    this.past.set(moments);
    if (list !== undefined) this.listChanges();
  }

  listChanges(): void {
    this.#listed = this.filter.text.get().trim();
    this.past.list(this.#listed);
  }

  now(): number {
    return this.#clock.now();
  }

  clockAhead(): number {
    return this.#clock.now() - this.#world.localNow();
  }

  watch(ids: readonly number[]): void {
    this.#watched.draw(ids);
  }

  watchAlso(ids: readonly number[]): void {
    this.#watched.also(ids);
  }

  mark(id: number, mode: "one" | "range"): void {
    const [tree, selected] = [this.shown.get(), this.selection.get()?.id];
    this.#marks.mark(id, mode, { tree, selected });
  }

  clearMarks(): void {
    this.#marks.clear();
  }

  goTo(path: string): void {
    this.filter.set("", "now");
    this.#bar.moveTo({ path, filter: "" });
    void this.#seeker.seek(path);
  }

  select(id: number | null, scroll: Selection["scroll"] = "show"): void {
    const row = id === null ? null : this.shown.get().get(id);
    this.selection.set(row === null ? null : { id: row.row.id, scroll });
    this.#seeker.forget();
    this.#bar.moveTo({ path: row === null ? null : this.pathOf(row.row.id) });
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
    this.#bar.read();
    void this.#goToAddress();
    this.#listWhatWasLinked();
  }

  retry(): void {
    if (this.live.link.get().kind !== "live") return this.live.retry();
    const welcome = this.hub.get();
    if (welcome !== null) void this.#load(welcome.epoch);
  }

  stop(): void {
    this.#bar.stop();
    this.#news.stop();
    this.#seeker.stop();
    this.#announced.stop();
    this.past.stop();
    this.selection.set(null);
    for (const { loader } of Object.values(this.#cuts)) loader.stop();
    this.live.stop();
  }

  #welcomed(welcome: WelcomeMessage, epoch: "first" | "same" | "new"): void {
    this.#news.welcomed(welcome, epoch);
    if (epoch === "same") {
      void this.loader.refresh();
      this.#seeker.seekAgain(); // it may have been born while there was no link
      return this.details.refresh();
    }
    this.#watched.forget();
    this.past.begin(welcome.epoch);
    this.trends.clear();
    this.clearMarks();
    this.selection.set(null);
    void this.#load(welcome.epoch);
  }

  async #load(epoch: string): Promise<void> {
    await this.#cut.begin(epoch);
    void this.#announced.begin(epoch);
    this.#announced.planTopics();
    this.filter.refresh();
    await this.#goToAddress();
    this.#listWhatWasLinked();
  }

  /** Who follows a link to a comparison wants to see what differs. */
  #listWhatWasLinked(): void {
    const { since } = this.past.moments.get();
    if (since !== null && this.past.changes.get().kind === "off") this.listChanges();
  }

  async #goToAddress(): Promise<void> {
    const { path, filter, lens } = this.#bar.get();
    if (lens !== this.lens.get()) return this.#lookThrough(lens); // somebody went back
    this.filter.set(filter, "now");
    this.past.set(this.#linkedMoments());
    if (path !== null) await this.#seeker.seek(path);
  }

  /** Of the address bar; a time that has not come shows nothing. */
  #linkedMoments(): Moments {
    const { at, since } = this.#bar.get();
    const isShown =
      this.#world.hasPast === true && faultOfMoments({ at, since }, this.now()) === null;
    return isShown ? { at, since } : NOW;
  }

  #found(id: number): void {
    this.selection.set({ id, scroll: "show" });
  }

  #lookedMetric(): number | null {
    const { id } = this.looked.get() ?? { id: null };
    return id !== null && this.shown.get().get(id)?.row.kind === "metric" ? id : null;
  }

  #namesChanged(message: NamesMessage): void {
    this.#seeker.namesChanged();
    this.#announced.hear(message);
  }

  #noteTrend(id: number, changes: number): void {
    const reading = this.#values.read(id);
    const isGood = reading?.quality === "good" || reading?.quality === "uncertain";
    const value = isGood ? drawable(reading.value) : null;
    this.trends.hear(id, { value, changes }, this.#world.localNow());
  }

  /** What differs before what the filter found, and that before everything. */
  #chooseTree(): void {
    const filter = this.filter.state.get().kind;
    const changes = this.past.changes.get().kind;
    if (changes === "ready") return this.shown.set(this.past.tree);
    if (changes !== "off") return; // what was there stays until the answer comes
    if (filter === "off" && this.shown.get() !== this.#tree) {
      this.shown.set(this.#tree);
      void this.#goToAddress(); // what was found is shown where it stands
    }
    if (filter === "found" || filter === "none") this.shown.set(this.filter.tree);
  }
}
