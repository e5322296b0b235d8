/** What the hub announces of names and counts, brought into the trees of all lenses and the hits of the filter. */
import type { NamesMessage, RowCounts } from "@unshub/hub/feed";
import type { Cut } from "./cuts.ts";
import type { Filter } from "./filter.ts";
import { STRIDE } from "./messages.ts";
import type { Lens } from "./path.ts";
import { createSignal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface AnnouncedWorld {
  readonly cuts: Readonly<Record<Lens, Cut>>;
  readonly lens: () => Lens;
  readonly filter: Pick<Filter, "tree">;
  readonly timer: StartTimer;
  readonly localNow: () => number;
  /** Whether the page shows what comes. */
  readonly isLive: () => boolean;
  /** The lens of topics was looked at again. */
  readonly looked: () => void;
}

/** What other lenses show of a plant that changes is asked for again at most this often. */
const LOOK_AGAIN_MS = 2000;
/** Topics are not announced; while they are shown, the hub is asked again this often. */
const TOPICS_AGAIN_MS = 5000;
/** A plant of very many topics is asked more seldom: the pause is so many times what the last look took. */
const PAUSE_PER_LOOK = 10;

export class Announced {
  /** Metrics below all groups that this person sees. */
  readonly totals = createSignal<RowCounts>({ metrics: 0, bad: 0, stale: 0 });
  readonly #world: AnnouncedWorld;
  #cancel = nothingToStop;
  #isPlanned = false;
  #cancelTopics = nothingToStop;
  #isStopped = false;

  constructor(world: AnnouncedWorld) {
    this.#world = world;
  }

  hear({ add, cnt }: NamesMessage): void {
    const { filter } = this.#world;
    const { loader, tree } = this.#cut;
    this.#announce(add, cnt);
    this.total();
    // The hub announces rows only below those we watch; counts reach further and tell what was missed.
    void loader.heal(cnt.filter((_, at) => at % STRIDE === 0));
    // Among the hits only what is there already changes; new hits come with the next search.
    filter.tree.announce(add);
    filter.tree.count(cnt);
    if (tree.order.get().length > 0 && loader.top.get() === "empty") void loader.arrived();
  }

  /** Adds the groups up. */
  total(): void {
    const sum = { metrics: 0, bad: 0, stale: 0 };
    const { tree } = this.#world.cuts.sparkplug;
    for (const id of tree.childrenOf(null)) {
      const counts = tree.get(id)?.row.counts ?? { metrics: 0, bad: 0, stale: 0 };
      sum.metrics += counts.metrics;
      sum.bad += counts.bad;
      sum.stale += counts.stale;
    }
    const { metrics, bad, stale } = this.totals.get();
    const isSame = metrics === sum.metrics && bad === sum.bad && stale === sum.stale;
    if (!isSame) this.totals.set(sum);
  }

  /** Looks again at the topics for as long as they are shown. */
  planTopics(pauseMs = TOPICS_AGAIN_MS): void {
    this.#cancelTopics();
    if (this.#isStopped || this.#world.lens() !== "topic") return;
    this.#cancelTopics = this.#world.timer(pauseMs, () => void this.#lookAtTopics());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#cancelTopics();
  }

  async #lookAtTopics(): Promise<void> {
    const { isLive, localNow, looked } = this.#world;
    const from = localNow();
    if (isLive()) {
      await this.#cut.loader.refresh();
      looked();
    }
    this.planTopics(Math.max(TOPICS_AGAIN_MS, PAUSE_PER_LOOK * (localNow() - from)));
  }

  get #cut(): Cut {
    return this.#world.cuts[this.#world.lens()];
  }

  /** Rows are announced below their parents in the hub's tree; other lenses have other parents and look again. */
  #announce(add: NamesMessage["add"], cnt: NamesMessage["cnt"]): void {
    const { sparkplug, ...others } = this.#world.cuts;
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
      if (lens === this.#world.lens()) isNew = known.length < add.length;
    }
    if (isNew) this.#planAgain();
  }

  #planAgain(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#cancel = this.#world.timer(LOOK_AGAIN_MS, () => {
      this.#isPlanned = false;
      void this.#cut.loader.refresh();
    });
  }
}
