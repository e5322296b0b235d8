/** Finds the row of a path; one that is missing is said to be, and sought again whenever the names of the plant change. */
import { ApiError } from "./api.ts";
import { createSignal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";
import type { Tree } from "./tree.ts";
import type { TreeLoader } from "./tree-loader.ts";

export interface SeekerWorld {
  readonly tree: () => Tree;
  readonly loader: () => Pick<TreeLoader, "reveal">;
  /** The path at which the person wants to be now. */
  readonly wanted: () => string | null;
  readonly found: (id: number) => void;
  readonly missing: () => void;
  readonly timer: StartTimer;
}

/** A birth announces many names; the path that is waited for is asked for once in this time, not once per name. */
const SEEK_AGAIN_MS = 300;
/** After a question that was not answered. */
const ASK_AGAIN_MS = 3000;

export class Seeker {
  /** A path from the address bar that the namespace does not have. */
  readonly missingPath = createSignal<string | null>(null);
  /** A path of which the hub has not said yet whether it is there. */
  readonly unansweredPath = createSignal<string | null>(null);
  readonly #world: SeekerWorld;
  #cancel = nothingToStop;
  #isPlanned = false;
  #isStopped = false;
  /** Grows with every announcement; tells a search that its answer may be older than the last one. */
  #namesHeard = 0;

  constructor(world: SeekerWorld) {
    this.#world = world;
  }

  async seek(path: string): Promise<void> {
    const namesBefore = this.#namesHeard;
    const loader = this.#world.loader();
    const id = await loader.reveal(path).catch((error: unknown) => {
      if (error instanceof ApiError) return "unanswered" as const;
      throw error;
    });
    // The person has gone elsewhere meanwhile, or looks in another way.
    if (this.#world.wanted() !== path || this.#world.loader() !== loader) return;
    this.missingPath.set(id === null ? path : null);
    this.unansweredPath.set(id === "unanswered" ? path : null);
    if (id === "unanswered") return this.#plan(ASK_AGAIN_MS);
    if (id !== null) return this.#world.found(id);
    if (namesBefore !== this.#namesHeard) this.seekAgain();
    this.#world.missing();
  }

  /** Somebody chose something else. */
  forget(): void {
    this.#cancel();
    this.#isPlanned = false;
    this.missingPath.set(null);
    this.unansweredPath.set(null);
  }

  /** Names were announced: the missing one may be among them. */
  namesChanged(): void {
    this.#namesHeard += 1;
    this.seekAgain();
  }

  /** In a while, when something is missing. */
  seekAgain(): void {
    if (this.missingPath.get() !== null) this.#plan(SEEK_AGAIN_MS);
  }

  #plan(afterMs: number): void {
    if (this.#isPlanned || this.#isStopped) return;
    this.#isPlanned = true;
    this.#cancel = this.#world.timer(afterMs, () => {
      this.#isPlanned = false;
      const path = this.missingPath.get() ?? this.unansweredPath.get();
      if (path !== null) void this.seek(path);
    });
  }

  /** The row for which a missing path is waited for: the deepest that is known above it. Its counts tell of a birth. */
  aboveMissing(): readonly number[] {
    const missing = this.missingPath.get();
    if (missing === null) return [];
    const tree = this.#world.tree();
    const nextOf = (parent: number | null): number | undefined =>
      tree.childrenOf(parent).find((id) => missing.startsWith(`${tree.pathOf(id)}/`));
    let deepest = nextOf(null);
    if (deepest === undefined) return []; // new groups are announced to every page
    for (let next = nextOf(deepest); next !== undefined; next = nextOf(next)) deepest = next;
    return [deepest];
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }
}
