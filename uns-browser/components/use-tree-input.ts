import type { KeyboardEvent, MouseEvent } from "react";
import { ApiError, createApi } from "../lib/api.ts";
import { type KeyAction, treeAction } from "../lib/keys.ts";
import { metricHref } from "../lib/metric-address.ts";
import type { Namespace } from "../lib/namespace.ts";
import { oneAtATime } from "../lib/one-at-a-time.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { rowNamed } from "../lib/type-ahead.ts";
import { copyText } from "./copy-text.ts";
import { copying } from "./copying.ts";
import { letterKeys, pins } from "./kept.ts";
import { say } from "./toast-text.ts";
import { treeTyping } from "./tree-typing.ts";

export interface TreeInput {
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: (event: MouseEvent) => void;
  readonly onDoubleClick: (event: MouseEvent) => void;
  readonly onContextMenu: (event: MouseEvent) => void;
}

export interface TreeInputOptions {
  readonly page: Namespace;
  readonly tree: Tree;
  readonly selected: number | null;
  readonly pageRows: number;
  readonly isNarrow: boolean;
  /** Shows the details of the selected row where they are not always in view. */
  readonly onOpen: () => void;
  /** Leads to another page. */
  readonly go: (href: string) => void;
}

/** One key and one click handler for the whole grid; rows have none. */
export function useTreeInput(options: TreeInputOptions): TreeInput {
  const { page, tree, isNarrow, go } = options;
  return {
    onKeyDown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const word = treeTyping.type(event.key, letterKeys.get());
      const action =
        word === null
          ? treeAction({ key: event.key, shift: event.shiftKey }, options)
          : typedAction(word, options);
      if (word !== null) event.stopPropagation(); // a letter of a name is no key of the page
      if (word !== null || action !== null) event.preventDefault(); // nor does a space in it scroll
      if (action !== null) run(action, options);
    },
    onClick: (event) => click(event, options),
    onDoubleClick(event) {
      const row = rowUnder(event);
      if (row === null || isNarrow || tree.get(row.id)?.row.kind !== "metric") return;
      go(metricHref(page.pathOf(row.id)));
    },
    onContextMenu(event) {
      const row = rowUnder(event);
      if (row === null || event.shiftKey || isNarrow) return; // Shift: the menu of the browser itself
      event.preventDefault();
      page.select(row.id, "stay");
      openCopyMenu(options, row.id);
    },
  };
}

function typedAction(word: string, { tree, selected }: TreeInputOptions): KeyAction | null {
  const id = rowNamed(tree, selected, word);
  return id === null ? null : { kind: "go", id };
}

function click(event: MouseEvent, { page, tree, isNarrow, onOpen }: TreeInputOptions): void {
  const row = rowUnder(event);
  if (row === null) return;
  const mode = markMode(event);
  if (mode !== null) return page.mark(row.id, mode);
  page.clearMarks();
  const isBranch = tree.get(row.id)?.row.branch === true;
  // On a phone the details come up from below and would cover the row.
  if (!row.isTwisty) page.select(row.id, isNarrow ? "show" : "stay");
  // On a touch screen the sign beside the name is too small to be the only way in.
  if (isBranch && (row.isTwisty || isNarrow || event.detail === 2)) toggle(page, tree, row.id);
  if (!isBranch) onOpen();
}

/** Whether a click chooses rows together. */
function markMode({ ctrlKey, metaKey, shiftKey }: MouseEvent): "one" | "range" | null {
  if (shiftKey) return "range";
  return ctrlKey || metaKey ? "one" : null;
}

/** The row an event happened on. */
export function rowUnder(event: {
  readonly target: EventTarget;
}): { readonly id: number; readonly isTwisty: boolean } | null {
  if (!(event.target instanceof Element)) return null;
  const id = event.target.closest<HTMLElement>("[data-row]")?.dataset["row"];
  if (id === undefined) return null;
  return { id: Number(id), isTwisty: event.target.closest("[data-twisty]") !== null };
}

function run(action: KeyAction, options: TreeInputOptions): void {
  const { page, onOpen, go } = options;
  switch (action.kind) {
    case "go":
      return page.select(action.id);
    case "unfold":
      return page.unfold(action.ids);
    case "fold":
      return page.fold(action.id, action.all);
    case "copyPath":
      return void copyAndSay(page.pathOf(action.id));
    case "copyMenu":
      return openCopyMenu(options, action.id);
    case "problem":
      return void goToProblem(page, action.direction);
    case "open":
      return onOpen();
    case "pin": {
      const path = page.pathOf(action.id);
      pins.toggle(path);
      return say(pins.has(path) ? texts.tools.pinned(path) : texts.tools.unpinned(path));
    }
    case "metric":
      return go(metricHref(page.pathOf(action.id), { tab: action.tab }));
  }
}

function openCopyMenu({ page, tree }: TreeInputOptions, id: number): void {
  const row = tree.get(id)?.row;
  if (row === undefined) return;
  copying.set({
    row,
    path: page.pathOf(id),
    lens: page.lens.get(),
    shown: row.kind === "metric" ? page.store.read(id)?.value : undefined,
    isNow: page.past.moments.get().at === null,
  });
}

/** Somewhere in the whole namespace: what the hub says is in trouble, not only what is unfolded. */
const goToProblem = oneAtATime(async (page: Namespace, direction: 1 | -1): Promise<void> => {
  const problems = await import("../lib/problems.ts").catch(() => null); // the hub may be away
  if (problems === null) return say(texts.partMissing);
  const selected = page.selection.get();
  const api = createApi((url, init) => fetch(url, init));
  try {
    const from = selected && page.pathOf(selected.id);
    const path = await problems.nextProblem(api, from, direction);
    if (path === null) return say(texts.tools.noProblem);
    if (page.lens.get() !== "sparkplug") page.setLens("sparkplug"); // whose paths the hub tells
    page.goTo(path);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(texts.details.failed);
  }
});

async function copyAndSay(path: string): Promise<void> {
  say((await copyText(path)) ? texts.copiedPath(path) : texts.notCopied);
}

function toggle(page: Namespace, tree: Tree, id: number): void {
  if (tree.isUnfolded(id)) page.fold(id, false);
  else page.unfold([id]);
}
