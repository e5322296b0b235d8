/**
 * Names of metrics, and how they are written in a path and in JSON text. Devices of a plant are alike, so the names below them
 * are the same again and again, and the tree keeps texts as bytes: what was written of a name once is kept for a while.
 */
import type { UnsTree } from "../../tree/index.ts";
import { levelsOfName } from "../../uns/index.ts";
import { quoted } from "../exact-json.ts";

/** What stands below a device: a metric, or a folder in names. The same for all devices that have it. */
export interface Named {
  /** From its device on. */
  readonly name: string;
  /** As the end of a path. */
  readonly level: string;
  /** Both as they stand between the quotes of JSON text. */
  readonly nameJson: string;
  readonly levelJson: string;
  /** As a metric: it belongs to the plant, not to the session of an edge node. */
  readonly isOfThePlant: boolean;
  /** By the number of their word in the tree. */
  readonly below: Map<number, Named>;
}

const OF_SESSIONS = /^(?:bdSeq$|(?:Node|Device) Control\/)/;
const MOST_KEPT = 20_000;

export class Names {
  readonly #tree: Pick<UnsTree, "rows">;
  /** Of those that stand directly below a device. */
  readonly #top = new Map<number, Named>();
  #kept = 0;

  constructor(tree: Pick<UnsTree, "rows">) {
    this.#tree = tree;
  }

  /** Of a metric of a device or edge node, or a folder in their names. */
  of(memberRow: number, row: number): Named {
    const { rows } = this.#tree;
    const parent = rows.parent(row);
    const above = parent === memberRow ? undefined : this.of(memberRow, parent);
    const siblings = above?.below ?? this.#top;
    const text = rows.nameId(row);
    const known = siblings.get(text);
    if (known !== undefined) return known;
    const named = namedBelow(above, rows.name(row));
    if (this.#kept >= MOST_KEPT) this.#forget();
    this.#kept += 1;
    siblings.set(text, named);
    return named;
  }

  /** The name of a metric in its device or edge node. */
  name(memberRow: number, id: number): string {
    return this.of(memberRow, id).name;
  }

  /** What is being written may go on with what it has. */
  #forget(): void {
    this.#top.clear();
    this.#kept = 0;
  }
}

function namedBelow(above: Named | undefined, word: string): Named {
  const name = above === undefined ? word : `${above.name}/${word}`;
  const own = levelsOfName(word);
  const level = above === undefined ? own : `${above.level}/${own}`;
  return {
    name,
    level,
    nameJson: inQuotes(name),
    levelJson: inQuotes(level),
    isOfThePlant: !OF_SESSIONS.test(name),
    below: new Map(),
  };
}

function inQuotes(text: string): string {
  return quoted(text).slice(1, -1);
}
