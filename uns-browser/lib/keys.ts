/** Which key does what in the tree. Where it leads is worked out from the tree; doing it is for the page. */
import type { MetricTab } from "./metric-address.ts";
import type { Tree, VisibleRow } from "./tree.ts";

export type KeyAction =
  | { readonly kind: "go"; readonly id: number }
  | { readonly kind: "unfold"; readonly ids: readonly number[] }
  | { readonly kind: "fold"; readonly id: number; readonly all: boolean }
  | { readonly kind: "open"; readonly id: number }
  | { readonly kind: "copyPath"; readonly id: number }
  /** The menu of all that can be copied. */
  | { readonly kind: "copyMenu"; readonly id: number }
  /** The next metric in trouble, or the one before. */
  | { readonly kind: "problem"; readonly direction: 1 | -1 }
  | { readonly kind: "pin"; readonly id: number }
  /** The page of the metric. */
  | { readonly kind: "metric"; readonly id: number; readonly tab: MetricTab };

export interface KeyPress {
  readonly key: string;
  readonly shift: boolean;
}

export interface TreePosition {
  readonly tree: Tree;
  readonly selected: number | null;
  /** Rows that fit on the screen: how far a page key goes. */
  readonly pageRows: number;
}

/** @returns `null` when the key means nothing here. */
export function treeAction(press: KeyPress, position: TreePosition): KeyAction | null {
  const move = movedTo(press.key, position);
  if (move !== null) return { kind: "go", id: move };
  if (press.key === "[" || press.key === "]")
    return { kind: "problem", direction: press.key === "]" ? 1 : -1 };
  const view = position.selected === null ? null : position.tree.get(position.selected);
  if (view === null || position.tree.placeOf(view.row.id) < 0) return null;
  return press.key === "ArrowLeft" || press.key === "ArrowRight"
    ? sideways(press, position.tree, view)
    : command(press.key, position.tree, view);
}

/** Right goes down into a row, left goes out of it; a chain of levels is one row. */
function sideways(press: KeyPress, tree: Tree, view: VisibleRow): KeyAction | null {
  const { isUnfolded, above } = view;
  const { id, branch } = view.row;
  if (press.key === "ArrowRight") {
    if (!branch) return null;
    const [first] = tree.childrenOf(id);
    if (!isUnfolded) return { kind: "unfold", ids: [id] };
    return first === undefined ? null : { kind: "go", id: tree.tailOf(first) };
  }
  if (branch && (isUnfolded || press.shift)) return { kind: "fold", id, all: press.shift };
  return above === null ? null : { kind: "go", id: above };
}

function command(key: string, tree: Tree, view: VisibleRow): KeyAction | null {
  const { isUnfolded, above } = view;
  const { id, branch } = view.row;
  switch (key) {
    case "*":
      return { kind: "unfold", ids: branchesOf(tree, above) };
    case "Enter":
      if (!branch) return { kind: "metric", id, tab: "overview" };
      return isUnfolded ? { kind: "fold", id, all: false } : { kind: "unfold", ids: [id] };
    case "y":
      return { kind: "copyPath", id };
    case "Y":
      return { kind: "copyMenu", id };
    case "s":
      return { kind: "pin", id };
    case " ":
      return { kind: "open", id };
    default: {
      const tab = Object.hasOwn(METRIC_KEYS, key) ? METRIC_KEYS[key] : undefined;
      return branch || tab === undefined ? null : { kind: "metric", id, tab };
    }
  }
}

/** Letters that lead to a part of the page of a metric. */
const METRIC_KEYS: Readonly<Record<string, MetricTab>> = {
  r: "raw",
  h: "table",
  e: "explain",
};

/** How far each key goes; ends are cut off at the list's own. */
function movedTo(key: string, { tree, selected, pageRows }: TreePosition): number | null {
  const order = tree.order.get();
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -pageRows,
    PageDown: pageRows,
    Home: -order.length,
    End: order.length,
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return null;
  const from = selected === null ? -1 : tree.placeOf(selected);
  const start = from < 0 && Math.abs(step) < order.length ? 0 : from + step; // the first key press only enters the list
  return order[Math.max(0, Math.min(order.length - 1, start))] ?? null;
}

function branchesOf(tree: Tree, parent: number | null): readonly number[] {
  const rows = tree.childrenOf(parent).map((id) => tree.tailOf(id));
  return rows.filter((id) => tree.get(id)?.row.branch === true);
}

export type PageKeyAction =
  | "filter"
  | "pause"
  | "shortcuts"
  | "clearFilter"
  | "backToNow"
  | "closeDetails";

export interface PageKeyContext {
  /** The focus is in a text field: letters are text there. */
  readonly isTyping: boolean;
  readonly hasFilter: boolean;
  /** Something of the past is shown. */
  readonly hasPast: boolean;
  readonly hasSelection: boolean;
}

/** Keys that hold for the whole page. */
export function pageAction(key: string, context: PageKeyContext): PageKeyAction | null {
  if (key === "Escape") {
    if (context.hasFilter) return "clearFilter";
    if (context.hasPast) return "backToNow";
    return context.hasSelection ? "closeDetails" : null;
  }
  if (context.isTyping) return null;
  if (key === "/") return "filter";
  if (key === "p") return "pause";
  return key === "?" ? "shortcuts" : null;
}
