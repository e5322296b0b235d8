/**
 * Fetches the parts of the tree that somebody looks at: the groups at once, the children of a row when it is
 * unfolded, page by page; and again what may have changed while there was no link.
 */
import type { ChildrenAnswer, PathAnswer, TreeRow } from "@unshub/hub/feed";
import { ApiError, type NamespaceApi } from "./api.ts";
import { createSignal, type Signal } from "./signal.ts";
import type { Tree } from "./tree.ts";

/** A plant up to this size is shown unfolded. */
const SMALL_PLANT_ROWS = 200;

/** Requests under way at a time when much is fetched again; the hub has other work as well. */
const PARALLEL = 4;

export type TopState = "loading" | "empty" | "ready" | { readonly failed: ApiError };

export interface TreeLoader {
  /** How the list as a whole stands. */
  readonly top: Signal<TopState>;
  /** Rows whose children are on their way, for the sign beside their name. */
  readonly loading: Signal<ReadonlySet<number>>;
  /** Begins anew for this epoch; rows that were unfolded before are unfolded again, found by their path. */
  start(epoch: string): Promise<void>;
  /** The first rows came into an empty tree: unfolds them as `start` would have. */
  arrived(): Promise<void>;
  /** Asks again for all that is unfolded: after a link was lost, announcements are missing. */
  refresh(): Promise<void>;
  /** Fetches again what is below these rows where their counts say that something is missing. */
  heal(ids: readonly number[]): Promise<void>;
  /** Unfolds rows, and fetches what is below them where it is not known. */
  unfold(ids: readonly number[]): Promise<void>;
  /** Unfolds all that leads to this path. @returns its id, `null` when there is no such row. */
  reveal(path: string): Promise<number | null>;
  stop(): void;
}

export function createTreeLoader(api: NamespaceApi, tree: Tree): TreeLoader {
  return new PagedLoader(api, tree);
}

class PagedLoader implements TreeLoader {
  readonly top = createSignal<TopState>("loading");
  readonly loading = createSignal<ReadonlySet<number>>(new Set());
  readonly #api: NamespaceApi;
  readonly #tree: Tree;
  /** Ends what is under way when another epoch begins. */
  #run = new AbortController();
  #epoch: string | null = null;
  /** Paths to unfold when the next epoch begins; `null`: there was none before. */
  #wasUnfolded: ReadonlySet<string> | null = null;
  /** For each row the count it was last checked for; a count that never adds up is not asked about twice. */
  readonly #checkedAt = new Map<number, number>();

  constructor(api: NamespaceApi, tree: Tree) {
    this.#api = api;
    this.#tree = tree;
  }

  async start(epoch: string): Promise<void> {
    this.#run.abort();
    this.#run = new AbortController();
    const { signal } = this.#run;
    // After a beginning that failed nothing is unfolded; what was before it still counts.
    if (this.#tree.isLoaded(null))
      this.#wasUnfolded = new Set(this.#tree.unfoldedIds().map((id) => this.#tree.pathOf(id)));
    this.#epoch = epoch;
    this.top.set("loading");
    this.#tree.clear();
    this.#checkedAt.clear();
    try {
      await this.#fetchBelow(null);
      if (signal.aborted) return;
      this.top.set(this.#isEmpty() ? "empty" : "ready");
      await (this.#wasUnfolded === null
        ? this.#unfoldSmallPlant()
        : this.#unfoldAgain(this.#wasUnfolded));
    } catch (error) {
      this.#report(error, signal);
    }
  }

  async arrived(): Promise<void> {
    this.top.set("ready");
    await this.#unfoldSmallPlant();
  }

  async refresh(): Promise<void> {
    const { signal } = this.#run;
    try {
      await this.#fetchTop();
      // Of levels in a chain the row above tells, whose children are fetched.
      const own = this.#tree.unfoldedIds().filter((id) => !this.#tree.isJoined(id));
      const onScreen = own.filter((id) => this.#tree.placeOf(id) >= 0);
      await eachOf(onScreen, (id) => this.#fetchBelow(id));
    } catch (error) {
      this.#report(error, signal);
    }
  }

  async heal(ids: readonly number[]): Promise<void> {
    const changed = ids.filter(
      (id) => this.#tree.isLoaded(id) && this.#checkedAt.get(id) !== this.#metricsBelow(id),
    );
    for (const id of changed) this.#checkedAt.set(id, this.#metricsBelow(id));
    const worth = changed.filter((id) => !this.#tree.isComplete(id));
    const { signal } = this.#run;
    try {
      await eachOf(worth, (id) => this.#fetchBelow(id));
    } catch (error) {
      this.#report(error, signal);
    }
  }

  async unfold(ids: readonly number[]): Promise<void> {
    const unknown = ids.filter((id) => !this.#tree.isLoaded(id));
    await this.#unfoldEach(ids);
    // What was to be seen below a row is below the chain that it has become.
    const tails = unknown.map((id) => this.#tree.tailOf(id)).filter((id) => !ids.includes(id));
    if (tails.length > 0) await this.#unfoldEach(tails);
  }

  async reveal(path: string): Promise<number | null> {
    const answer = await findPath(this.#api, path);
    const target = answer?.rows.at(-1);
    if (answer === null || target === undefined || answer.epoch !== this.#epoch) return null;
    if (!this.#tree.isLoaded(null)) await this.#fetchTop();
    this.#tree.put(answer.rows);
    const [fault] = await this.#unfoldEach(answer.rows.slice(0, -1).map((row) => row.id));
    if (fault !== undefined) throw fault; // below a level that did not come the row would not be seen
    return target.id;
  }

  stop(): void {
    this.#run.abort();
  }

  /** @returns why some of them did not come */
  async #unfoldEach(ids: readonly number[]): Promise<readonly ApiError[]> {
    this.#tree.unfold(ids);
    void this.heal(ids);
    const faults: ApiError[] = [];
    const unknown = ids.filter((id) => !this.#tree.isLoaded(id));
    await eachOf(unknown, async (id) => {
      const fault = await this.#loadBelow(id);
      if (fault !== null) faults.push(fault);
    });
    return faults;
  }

  /** @returns why it did not come; it is folded then. */
  async #loadBelow(id: number): Promise<ApiError | null> {
    if (this.loading.get().has(id)) return null;
    const { signal } = this.#run;
    this.loading.set(new Set([...this.loading.get(), id]));
    try {
      await this.#fetchBelow(id);
      return null;
    } catch (error) {
      if (!signal.aborted) this.#tree.fold(id); // a row that shows nothing below must not look unfolded
      return this.#report(error, signal);
    } finally {
      this.loading.set(new Set([...this.loading.get()].filter((other) => other !== id)));
    }
  }

  async #fetchTop(): Promise<void> {
    await this.#fetchBelow(null);
    if (this.#tree.isLoaded(null)) this.top.set(this.#isEmpty() ? "empty" : "ready");
  }

  async #fetchBelow(parent: number | null): Promise<void> {
    const { signal } = this.#run;
    const found = new Set<number>();
    for (let after: number | null = null; ;) {
      const answer: ChildrenAnswer = await this.#api.children(parent, after, signal);
      // An answer of another epoch speaks of other ids; the socket notices the new epoch by itself.
      if (signal.aborted || answer.epoch !== this.#epoch) return;
      this.#tree.put(answer.rows);
      for (const { id } of answer.rows) found.add(id);
      await this.#chain(answer);
      if (signal.aborted) return;
      after = answer.rows.at(-1)?.id ?? null;
      if (!answer.more || after === null) break;
    }
    this.#tree.keepOnly(parent, found);
    this.#tree.markLoaded(parent);
  }

  /** Puts the chains that an answer tells; where one has ended, what is there now is fetched. */
  async #chain({ rows, only = [] }: ChildrenAnswer): Promise<void> {
    this.#tree.putAlone(only);
    const alone = new Set(only.map(({ parent }) => parent));
    const ended = [...rows, ...only].filter(({ id }) => !alone.has(id) && this.#tree.isJoined(id));
    for (const { id } of ended) await this.#fetchBelow(id);
  }

  async #unfoldSmallPlant(): Promise<void> {
    let level = this.#branchesAmong(this.#tree.childrenOf(null));
    const metrics = level.reduce((sum, row) => sum + (row.counts?.metrics ?? 0), 0);
    if (metrics > SMALL_PLANT_ROWS) return;
    while (level.length > 0 && this.#tree.order.get().length <= SMALL_PLANT_ROWS) {
      const ids = level.map((row) => row.id);
      await this.unfold(ids);
      level = ids.flatMap((id) => this.#branchesAmong(this.#tree.childrenOf(id)));
    }
  }

  async #unfoldAgain(paths: ReadonlySet<string>): Promise<void> {
    let level = this.#tree.childrenOf(null);
    while (level.length > 0) {
      const ids = level.filter((id) => paths.has(this.#tree.pathOf(id)));
      await this.unfold(ids);
      level = ids.flatMap((id) => this.#tree.childrenOf(id));
    }
  }

  #branchesAmong(ids: readonly number[]): readonly TreeRow[] {
    const rows = ids.flatMap((id) => this.#tree.get(id)?.row ?? []);
    return rows.filter((row) => row.branch);
  }

  #metricsBelow(id: number): number {
    return this.#tree.get(id)?.row.counts?.metrics ?? 0;
  }

  #isEmpty(): boolean {
    return this.#tree.order.get().length === 0;
  }

  /** What the hub did not answer is said where the tree would be; rows that are there stay. */
  #report(error: unknown, { aborted }: AbortSignal): ApiError {
    if (!(error instanceof ApiError)) throw error;
    if (!aborted && this.#isEmpty()) this.top.set({ failed: error });
    return error;
  }
}

/** A path may come from elsewhere with a metric's own slashes encoded; the tree has folders there. */
async function findPath(api: NamespaceApi, path: string): Promise<PathAnswer | null> {
  const spellings = new Set([path, path.replaceAll(/%2F/gi, "/")]);
  for (const spelling of spellings) {
    try {
      return await api.path(spelling);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "NOT_FOUND")) throw error;
    }
  }
  return null;
}

/** Runs `work` on each, a few at a time, and waits for all. */
async function eachOf(ids: readonly number[], work: (id: number) => Promise<void>): Promise<void> {
  const rest = ids.values();
  const worker = async (): Promise<void> => {
    for (const id of rest) await work(id);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, ids.length) }, worker));
}
