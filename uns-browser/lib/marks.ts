/** Rows that were chosen together, to be compared, copied or pinned. */
import { createSignal } from "./signal.ts";
import type { Tree } from "./tree.ts";

const NONE: ReadonlySet<number> = new Set();

export class Marks {
  readonly ids = createSignal(NONE);

  /** `one`: that row more, or no longer; `range`: all from the selected row to it. */
  mark(id: number, mode: "one" | "range", { tree, selected }: MarkPlace): void {
    const marks = new Set(this.ids.get());
    if (marks.size === 0 && selected !== undefined) marks.add(selected);
    if (mode === "range") {
      const [a, b] = [tree.placeOf(selected ?? id), tree.placeOf(id)];
      const between = tree.order.get().subarray(Math.min(a, b), Math.max(a, b) + 1);
      for (const row of between) marks.add(row);
    } else if (!marks.delete(id)) marks.add(id);
    this.ids.set(marks);
  }

  clear(): void {
    if (this.ids.get().size > 0) this.ids.set(NONE);
  }
}

interface MarkPlace {
  readonly tree: Tree;
  readonly selected: number | undefined;
}
