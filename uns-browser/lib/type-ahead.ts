/** Letters typed in the tree: they go to the next row beside the selected one whose name begins so [WAI-ARIA treegrid]. */
import type { Tree } from "./tree.ts";

/** Letters that come quicker than this are one word. */
const WORD_MS = 800;
/** What these do is in `keys.ts` and `pages.ts`; with Shift, all of them but Y are letters. */
const SHORTCUTS = new Set(["y", "Y", "s", "r", "h", "e", "p", "g"]);
const BEGINS = /^[\p{L}\p{N}]$/u;
const GOES_ON = /^[\p{L}\p{N} ._-]$/u;

export interface TypeAhead {
  /** Whether a word is under way: its next letter is no shortcut. */
  isTyping(): boolean;
  /** The word so far; `null`: this key is no part of one. `areKeys`: letters that are shortcuts begin none. */
  type(key: string, areKeys: boolean): string | null;
}

export function createTypeAhead(now: () => number): TypeAhead {
  let word = "";
  let typedAt = Number.NEGATIVE_INFINITY;
  const isTyping = (): boolean => now() - typedAt < WORD_MS;
  return {
    isTyping,
    type: (key, areKeys) => {
      const goesOn = isTyping();
      const isPart = goesOn ? GOES_ON.test(key) : BEGINS.test(key);
      if (!isPart || (!goesOn && areKeys && SHORTCUTS.has(key))) return null;
      word = goesOn ? word + key : key;
      typedAt = now();
      return word;
    },
  };
}

/**
 * The row on screen, beside the selected one, whose name begins so, whatever its case; around the end. A word of one
 * letter, however often, goes from one to the next; a longer one stays where it fits. `null`: there is none.
 */
export function rowNamed(tree: Tree, selected: number | null, word: string): number | null {
  const parent = selected === null ? null : (tree.get(selected)?.above ?? null);
  const beside = tree.childrenOf(parent).map((id) => tree.tailOf(id));
  const letters = new Set(word.toLowerCase());
  const isOneLetter = letters.size === 1;
  const wanted = isOneLetter ? word.charAt(0) : word;
  const here = selected === null ? -1 : beside.indexOf(selected);
  const from = here + (isOneLetter || here < 0 ? 1 : 0);
  const order = [...beside.slice(from), ...beside.slice(0, from)];
  return order.find((id) => begins(tree, id, wanted.toLowerCase())) ?? null;
}

/** Levels that share a row are found by the first of them, and by the last. */
function begins(tree: Tree, id: number, word: string): boolean {
  const view = tree.get(id);
  if (view === null) return false;
  return [view.chain[0], view.row.name].some((name) => name?.toLowerCase().startsWith(word));
}
