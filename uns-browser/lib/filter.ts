/** The filter: asks the hub over the whole namespace and keeps the hits as a tree of their own, all unfolded. */
import type { NamespaceApi } from "./api.ts";
import { createSignal, type Signal } from "./signal.ts";
import { nothingToStop, type StartTimer } from "./timer.ts";
import { createTree, type Tree } from "./tree.ts";

export type FilterState =
  | { readonly kind: "off" }
  /** The hits of the filter before, if any, stay on screen meanwhile. */
  | { readonly kind: "searching" }
  | { readonly kind: "found"; readonly hits: number; readonly shown: number }
  | { readonly kind: "none"; readonly filter: string }
  | { readonly kind: "failed" };

export interface Filter {
  readonly text: Signal<string>;
  readonly state: Signal<FilterState>;
  /** What is to be marked in names. */
  readonly marks: Signal<readonly string[]>;
  /** What of the text was not understood, with the hub's reason. */
  readonly faults: Signal<readonly FilterFault[]>;
  /** The hits with everything above them. */
  readonly tree: Tree;
  /** @param when `now` skips the wait for the next letter */
  set(text: string, when?: "now"): void;
  /** Asks again: the ids of the hits are those of an epoch that is over, or the link was gone. */
  refresh(): void;
}

interface FilterFault {
  readonly part: string;
  readonly says: string;
}

const NO_MARKS: readonly string[] = [];
const NO_FAULTS: readonly FilterFault[] = [];

/** After the last letter; long enough that a word is one question. */
const ASK_AFTER_MS = 120;

export function createFilter(api: NamespaceApi, timer: StartTimer): Filter {
  const text = createSignal("");
  const state = createSignal<FilterState>({ kind: "off" });
  const marks = createSignal(NO_MARKS);
  const faults = createSignal(NO_FAULTS);
  const tree = createTree({ isWhole: true });
  let cancel = nothingToStop;
  let question = new AbortController();

  const ask = async (): Promise<void> => {
    const mine = (question = new AbortController());
    const filter = text.get().trim();
    try {
      const found = await api.find(filter, mine.signal);
      if (mine.signal.aborted) return;
      const { hits, rows } = found;
      marks.set(found.marks);
      faults.set(
        found.faults.map(({ at, length, says }) => ({ part: filter.slice(at, at + length), says })),
      );
      tree.clear();
      tree.put(rows);
      tree.unfold(rows.filter((row) => row.kind !== "metric").map((row) => row.id));
      const shown = rows.filter((row) => row.kind === "metric").length;
      state.set(hits === 0 ? { kind: "none", filter } : { kind: "found", hits, shown });
    } catch {
      // Whatever failed, the person sees it said and may change a letter to ask again.
      if (!mine.signal.aborted) state.set({ kind: "failed" });
    }
  };
  const plan = (afterMs: number): void => {
    cancel();
    question.abort();
    if (text.get().trim() === "") {
      tree.clear();
      marks.set(NO_MARKS);
      faults.set(NO_FAULTS);
      return state.set({ kind: "off" });
    }
    state.set({ kind: "searching" });
    cancel = timer(afterMs, () => void ask());
  };

  return {
    text,
    state,
    marks,
    faults,
    tree,
    set(next, when) {
      if (next === text.get()) return;
      text.set(next);
      plan(when === "now" ? 0 : ASK_AFTER_MS);
    },
    refresh: () => plan(0),
  };
}

/** `text` cut at every place where one of the words stands, any case, for marking. */
export function markedParts(
  text: string,
  marks: readonly string[],
): readonly { readonly text: string; readonly isHit: boolean }[] {
  const words = marks.map((word) => word.toLowerCase()).filter((word) => word !== "");
  const lower = text.toLowerCase();
  // Lower case may have another length (İ); then nothing is marked rather than the wrong letters.
  if (words.length === 0 || lower.length !== text.length) return [{ text, isHit: false }];
  const hit = new Uint8Array(text.length);
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
      hit.fill(1, at, at + word.length);
    }
  }
  return runsOf(text, hit);
}

function runsOf(text: string, hit: Uint8Array): readonly { text: string; isHit: boolean }[] {
  const runs: { text: string; isHit: boolean }[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at += 1) {
    if (at < text.length && hit[at] === hit[from]) continue;
    runs.push({ text: text.slice(from, at), isHit: hit[from] === 1 });
    from = at;
  }
  return runs;
}
