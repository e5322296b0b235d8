import type { KeyboardEvent, MouseEvent } from "react";
import { type KeyAction, treeAction } from "../lib/keys.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { copyText } from "./copy-text.ts";
import { say } from "./toast-text.ts";

export interface TreeInput {
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onClick: (event: MouseEvent) => void;
}

export interface TreeInputOptions {
  readonly page: Namespace;
  readonly tree: Tree;
  readonly selected: number | null;
  readonly pageRows: number;
  readonly isNarrow: boolean;
  /** Shows the details of the selected row where they are not always in view. */
  readonly onOpen: () => void;
}

/** One key and one click handler for the whole grid; rows have none. */
export function useTreeInput(options: TreeInputOptions): TreeInput {
  const { page, tree, isNarrow, onOpen } = options;
  return {
    onKeyDown(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = treeAction({ key: event.key, shift: event.shiftKey }, options);
      if (action === null) return;
      event.preventDefault();
      run(action, options);
    },
    onClick(event) {
      const row = rowUnder(event);
      if (row === null) return;
      const isBranch = tree.get(row.id)?.row.branch === true;
      // On a phone the details come up from below and would cover the row.
      if (!row.isTwisty) page.select(row.id, isNarrow ? "show" : "stay");
      // On a touch screen the sign beside the name is too small to be the only way in.
      if (isBranch && (row.isTwisty || isNarrow || event.detail === 2)) toggle(page, tree, row.id);
      if (!isBranch) onOpen();
    },
  };
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

function run(action: KeyAction, { page, tree, onOpen }: TreeInputOptions): void {
  switch (action.kind) {
    case "go":
      return page.select(action.id);
    case "unfold":
      return page.unfold(action.ids);
    case "fold":
      return page.fold(action.id, action.all);
    case "copyPath":
      return void copyAndSay(tree.pathOf(action.id));
    case "open":
      return onOpen();
  }
}

async function copyAndSay(path: string): Promise<void> {
  say((await copyText(path)) ? texts.copiedPath(path) : texts.notCopied);
}

function toggle(page: Namespace, tree: Tree, id: number): void {
  if (tree.isUnfolded(id)) page.fold(id, false);
  else page.unfold([id]);
}
