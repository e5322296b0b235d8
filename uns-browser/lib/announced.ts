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

const MOST_GROUPS = 32;
/** What other lenses show of a plant that changes is asked for again at most this often. */
const LOOK_AGAIN_MS = 2000;
/** Topics are not announced; while they are shown, the hub is asked again this often. */
const TOPICS_AGAIN_MS = 5000;
/** A plant of very many topics is asked more seldom: the pause is so many times what the last look took. */
const PAUSE_PER_LOOK = 10;

const NONE: Required<RowCounts> = { metrics: 0, bad: 0, stale: 0, silent: 0 };

export class Announced {
  /** Metrics below all groups that this person sees. */
  readonly totals = createSignal<Required<RowCounts>>(NONE);
  readonly #world: AnnouncedWorld;
  #cancel = nothingToStop;
  #isPlanned = false;
  /** Whose groups are there. */
  #epoch: string | null = null;
  #cancelTopics = nothingToStop;
  #isStopped = false;

  constructor(world: AnnouncedWorld) {
    this.#world = world;
  }

  hear(message: NamesMessage): void {
    const { add, cnt, sil } = message;
    const { filter } = this.#world;
    const { loader, tree } = this.#cut;
    this.#announce(message);
    this.total();
    // The hub announces rows only below those we watch; counts reach further and tell what was missed.
    void loader.heal(cnt.filter((_, at) => at % STRIDE === 0));
    // Among the hits only what is there already changes; new hits come with the next search.
    filter.tree.announce(add);
    filter.tree.count(cnt, sil);
    if (tree.order.get().length > 0 && loader.top.get() === "empty") void loader.arrived();
  }

  /** Rows to watch for the sake of the totals; those on screen need their room, too. */
  get groups(): readonly number[] {
    return this.#world.cuts.sparkplug.tree.childrenOf(null).slice(0, MOST_GROUPS);
  }

  /** The totals are those of the groups, whichever lens is looked through in this run of the hub. */
  async begin(epoch: string): Promise<void> {
    const { cuts, lens } = this.#world;
    const isThere = lens() === "sparkplug" || this.#epoch === epoch;
    this.#epoch = epoch;
    if (!isThere) await cuts.sparkplug.begin(epoch);
    if (!this.#isStopped) this.total();
  }

  /** Adds the groups up. */
  total(): void {
    const sum = { ...NONE };
    const { tree } = this.#world.cuts.sparkplug;
    for (const id of tree.childrenOf(null)) {
      const counts = tree.get(id)?.row.counts ?? NONE;
      sum.metrics += counts.metrics;
      sum.bad += counts.bad;
      sum.stale += counts.stale;
      sum.silent += counts.silent ?? 0;
    }
    const { metrics, bad, stale, silent } = this.totals.get();
    const isSame = metrics === sum.metrics && bad === sum.bad && stale === sum.stale;
    if (!isSame || silent !== sum.silent) this.totals.set(sum);
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
  #announce({ add, cnt, sil }: NamesMessage): void {
    const { sparkplug, ...others } = this.#world.cuts;
    sparkplug.tree.announce(add);
    sparkplug.tree.count(cnt, sil);
    let isNew = false;
    for (const { lens, tree } of Object.values(others)) {
      const known = add.flatMap((row) => {
        const own = tree.get(row.id)?.row;
        return own === undefined ? [] : [{ ...row, name: own.name, parent: own.parent }];
      });
      tree.announce(known);
      tree.count(cnt, sil);
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
