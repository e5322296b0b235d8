/**
 * The tags of a device of which a person sees a few at a time: only those on screen are asked for, again and again, so that
 * ten thousand of them cost no more than fifty.
 */
import { askHub, sentenceOf, type SendLike } from "./hub-request.ts";
import { createSignal, type Signal } from "./signal.ts";
import { parseTags, tagsUrl, type Tag } from "./tags.ts";
import { texts } from "./texts.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";

export interface TagWindowWorld {
  readonly send: SendLike;
  readonly timer: StartTimer;
}

export type TagWindowState =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly because: string }
  | {
      readonly kind: "ready";
      /** How many fit the filter. */
      readonly total: number;
      /** The place of the first of `tags`. */
      readonly from: number;
      readonly tags: readonly Tag[];
      /** The hub did not answer the last time. */
      readonly isOld: boolean;
      /** Of the answer, by the hub's clock. */
      readonly now: number;
    };

interface TagFilter {
  readonly text: string;
  readonly notGood: boolean;
}

export interface TagWindow {
  readonly state: Signal<TagWindowState>;
  /** Which places are on screen. */
  look(first: number, end: number): void;
  filter(next: TagFilter): void;
  refresh(): Promise<void>;
  stop(): void;
}

const EVERY_MS = 1500;
/** While somebody scrolls or types: then it is asked once, not at each step. */
const SOON_MS = 60;
const SPARE = 40;
const FIRST_ROWS = 60;
const MOST_ROWS = 400;

export function createTagWindow(
  world: TagWindowWorld,
  { adapter, device }: { readonly adapter: string; readonly device: string },
): TagWindow {
  return new Window(world, adapter, device);
}

class Window implements TagWindow {
  readonly state = createSignal<TagWindowState>({ kind: "asking" });
  readonly #world: TagWindowWorld;
  readonly #adapter: string;
  readonly #device: string;
  #seen = { first: 0, end: FIRST_ROWS };
  #filter: TagFilter = { text: "", notGood: false };
  #cancel = nothingToStop;
  #asked = 0;
  #isOpen = true;

  constructor(world: TagWindowWorld, adapter: string, device: string) {
    this.#world = world;
    this.#adapter = adapter;
    this.#device = device;
    void this.refresh();
  }

  look(first: number, end: number): void {
    if (first === this.#seen.first && end === this.#seen.end) return;
    this.#seen = { first, end };
    const state = this.state.get();
    if (state.kind !== "ready") return;
    const last = Math.min(end, state.total);
    const isThere = first >= state.from && last <= state.from + state.tags.length;
    if (!isThere) this.#soon();
  }

  filter(next: TagFilter): void {
    if (next.text === this.#filter.text && next.notGood === this.#filter.notGood) return;
    this.#filter = next;
    this.#seen = { first: 0, end: FIRST_ROWS };
    this.#soon();
  }

  async refresh(): Promise<void> {
    this.#cancel();
    const mine = (this.#asked += 1);
    const from = Math.max(0, this.#seen.first - SPARE);
    const limit = Math.min(MOST_ROWS, this.#seen.end - from + SPARE);
    const url = tagsUrl(this.#adapter, { device: this.#device, ...this.#filter, from, limit });
    const answer = await askHub(this.#world.send, "GET", url);
    if (!this.#isOpen || mine !== this.#asked) return; // another question is under way
    this.state.set(this.#after(answer, from));
    this.#again(EVERY_MS);
  }

  stop(): void {
    this.#isOpen = false;
    this.#cancel();
  }

  #after(answer: Awaited<ReturnType<typeof askHub>>, from: number): TagWindowState {
    const before = this.state.get();
    if (answer.kind === "done") {
      const page = parseTags(answer.value);
      if (page === null) return { kind: "failed", because: texts.notUnderstood };
      return { kind: "ready", ...page, from, isOld: false };
    }
    if (answer.kind === "unreachable" && before.kind === "ready") return { ...before, isOld: true };
    return { kind: "failed", because: sentenceOf(answer) };
  }

  #soon(): void {
    this.#asked += 1; // what is under way is no longer wanted
    this.#again(SOON_MS);
  }

  #again(afterMs: number): void {
    this.#cancel();
    this.#cancel = this.#world.timer(afterMs, () => void this.refresh());
  }
}
