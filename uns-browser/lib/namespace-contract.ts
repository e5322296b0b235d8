/** What the Namespace page is to its screen, and what it needs of the browser. */
import type { RowCounts, WelcomeMessage } from "@unshub/hub/feed";
import type { FetchLike } from "./api.ts";
import type { ShownClock } from "./clock.ts";
import type { Details } from "./details.ts";
import type { Filter } from "./filter.ts";
import type { Live } from "./live.ts";
import type { Moments, Past } from "./past.ts";
import type { Lens } from "./path.ts";
import type { Signal } from "./signal.ts";
import type { SocketWorld } from "./socket.ts";
import type { ValueStore } from "./store.ts";
import type { StartTimer } from "./timer.ts";
import type { Tree } from "./tree.ts";
import type { TreeLoader } from "./tree-loader.ts";
import type { Trends } from "./trends.ts";

export interface NamespaceWorld {
  readonly socket: SocketWorld;
  /** For what only matters to somebody who looks. */
  readonly timerWhileSeen: StartTimer;
  readonly fetch: FetchLike;
  readonly localNow: () => number;
  /** The query string of the address bar. */
  readonly readSearch: () => string;
  readonly replaceSearch: (search: string) => void;
  /** The build of this page. */
  readonly ui: string;
  /** Whether this page can show the past instead of now; left out, it is always live. */
  readonly hasPast?: boolean;
}

export interface Selection {
  readonly id: number;
  /** `show`: the list scrolls so that the row can be seen. */
  readonly scroll: "show" | "stay";
}

export interface Namespace {
  /** Ages are counted by it: the hub's, or the instant that is shown. */
  readonly clock: ShownClock;
  /** The values that are shown, of now or of then. */
  readonly store: ValueStore;
  readonly past: Past;
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
  /** The selection of which all is shown; rows that an arrow key only passes are left out. */
  readonly looked: Pick<Signal<Selection | null>, "get" | "subscribe">;
  /** A path from the address bar that the namespace does not have. */
  readonly missingPath: Signal<string | null>;
  /** A path from the address bar of which the hub has not said yet whether it is there; it is asked again. */
  readonly unansweredPath: Signal<string | null>;
  /** Rows that were chosen together, to be compared, copied or pinned. */
  readonly marked: Signal<ReadonlySet<number>>;
  /** Metrics below all groups that this person sees. */
  readonly totals: Signal<Required<RowCounts>>;
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
  /** Shows the plant at an instant, or what is otherwise than at one. */
  look(moments: Moments, list?: "list"): void;
  /** Lists what differs, by the filter of now. */
  listChanges(): void;
  /** By the hub's clock, whatever is shown: milliseconds since 1970 UTC. */
  now(): number;
  /** Looks at the plant in another way; what is selected stays selected where it is there, too. */
  setLens(lens: Lens): void;
  /** So far the hub's clock is ahead of that of this computer, milliseconds. */
  clockAhead(): number;
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
