import type { KeyboardEvent, MouseEvent } from "react";
import { type KeyAction, treeAction } from "../lib/keys.ts";
import { metricHref } from "../lib/metric-address.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { copyText } from "./copy-text.ts";
import { pins } from "./kept.ts";
import { say } from "./toast-text.ts";

export interface TreeInput {
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: (event: MouseEvent) => void;
  readonly onDoubleClick: (event: MouseEvent) => void;
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
      const action = treeAction({ key: event.key, shift: event.shiftKey }, options);
      if (action === null) return;
      event.preventDefault();
      run(action, options);
    },
    onClick: (event) => click(event, options),
    onDoubleClick(event) {
      const row = rowUnder(event);
      if (row === null || isNarrow || tree.get(row.id)?.row.kind !== "metric") return;
      go(metricHref(page.pathOf(row.id)));
    },
  };
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

function run(action: KeyAction, { page, onOpen, go }: TreeInputOptions): void {
  switch (action.kind) {
    case "go":
      return page.select(action.id);
    case "unfold":
      return page.unfold(action.ids);
    case "fold":
      return page.fold(action.id, action.all);
    case "copyPath":
      return void copyAndSay(page.pathOf(action.id));
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

async function copyAndSay(path: string): Promise<void> {
  say((await copyText(path)) ? texts.copiedPath(path) : texts.notCopied);
}

function toggle(page: Namespace, tree: Tree, id: number): void {
  if (tree.isUnfolded(id)) page.fold(id, false);
  else page.unfold([id]);
}
