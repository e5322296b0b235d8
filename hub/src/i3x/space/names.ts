/**
 * Names of metrics, and how they are written in a path. Most of them are made of few words that come again and again, and
 * the tree keeps texts as bytes: what was read of it once is kept for a while.
 */
import type { UnsTree } from "../../tree/index.ts";
import { levelsOfName } from "../../uns/index.ts";

interface Written {
  readonly name: string;
  /** As it stands in a path. */
  readonly level: string;
}

const MOST_KEPT = 20_000;

export class Names {
  readonly #tree: Pick<UnsTree, "rows">;
  /** By the number of the text in the tree. */
  readonly #words = new Map<number, Written>();
  /** What stands before the last word, with its slash; by the row of the folder. */
  readonly #folders = new Map<number, Written>();

  constructor(tree: Pick<UnsTree, "rows">) {
    this.#tree = tree;
  }

  /** The name of a metric in its device or edge node. */
  name(memberRow: number, id: number): string {
    const word = this.#word(id);
    const parent = this.#tree.rows.parent(id);
    return parent === memberRow ? word.name : this.#folder(memberRow, parent).name + word.name;
  }

  /** The same as the end of a path. */
  level(memberRow: number, id: number): string {
    const word = this.#word(id);
    const parent = this.#tree.rows.parent(id);
    return parent === memberRow ? word.level : this.#folder(memberRow, parent).level + word.level;
  }

  #word(row: number): Written {
    const { rows } = this.#tree;
    const text = rows.nameId(row);
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    const name = rows.name(row);
    return keep(this.#words, text, { name, level: levelsOfName(name) });
  }

  #folder(memberRow: number, row: number): Written {
    const known = this.#folders.get(row);
    if (known !== undefined) return known;
    const { name, level } = this.#word(row);
    const parent = this.#tree.rows.parent(row);
    const above = parent === memberRow ? { name: "", level: "" } : this.#folder(memberRow, parent);
    const written = { name: `${above.name}${name}/`, level: `${above.level}${level}/` };
    return keep(this.#folders, row, written);
  }
}

function keep(kept: Map<number, Written>, key: number, written: Written): Written {
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, written);
  return written;
}
