/** What the panel shows beside the live value: everything the hub knows of the selected metric, kept up to date. */
import type { ValueAnswer } from "@unshub/hub/feed";
import { ApiError, type NamespaceApi } from "./api.ts";
import { createSignal, type Signal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";
import type { ValueStore } from "./store.ts";

export type DetailsState =
  | { readonly kind: "none" }
  | { readonly kind: "loading"; readonly id: number }
  | { readonly kind: "ready"; readonly id: number; readonly answer: ValueAnswer }
  | { readonly kind: "failed"; readonly id: number; readonly isGone: boolean };

export interface Details {
  readonly state: Signal<DetailsState>;
  /** @param id a metric, or `null` for nothing */
  show(id: number | null): void;
  /** Asks again now: the person pressed "try again", or the link is back. */
  refresh(): void;
}

/** While the value changes, the rest (reason, times) is asked again at most this often. */
const ASK_AGAIN_MS = 1000;

export function createDetails(api: NamespaceApi, store: ValueStore, timer: StartTimer): Details {
  const state = createSignal<DetailsState>({ kind: "none" });
  let current: number | null = null;
  let isPlanned = false;
  let cancel = nothingToStop;
  let unsubscribe = nothingToStop;
  let question = new AbortController();

  const ask = async (id: number): Promise<void> => {
    isPlanned = false;
    const mine = (question = new AbortController());
    try {
      const answer = await api.value(id, mine.signal);
      if (!mine.signal.aborted) state.set({ kind: "ready", id, answer });
    } catch (error) {
      if (mine.signal.aborted || state.get().kind === "ready") return; // the last answer stays; the pill says the rest
      state.set({
        kind: "failed",
        id,
        isGone: error instanceof ApiError && error.code === "NOT_FOUND",
      });
    }
  };
  const plan = (afterMs: number): void => {
    const id = current;
    if (isPlanned || id === null) return;
    isPlanned = true;
    cancel = timer(afterMs, () => void ask(id));
  };
  const forget = (): void => {
    cancel();
    unsubscribe();
    question.abort();
    isPlanned = false;
  };

  return {
    state,
    show(id) {
      if (id === current) return;
      forget();
      current = id;
      state.set(id === null ? { kind: "none" } : { kind: "loading", id });
      if (id === null) return;
      unsubscribe = store.subscribe(id, () => plan(ASK_AGAIN_MS));
      plan(0);
    },
    refresh() {
      question.abort();
      cancel();
      isPlanned = false;
      plan(0);
    },
  };
}
