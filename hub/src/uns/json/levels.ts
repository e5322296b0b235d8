/** Levels of the plant, above the devices: each has `_violations` with what is wrong with all that stands below it. */
import type { UnsPaths } from "../paths.ts";
import { rowsBelow, type PlaceNode } from "../place-tree.ts";
import type { Messages } from "./messages.ts";
import type { Topics } from "./topics.ts";

export interface LevelsOptions {
  readonly paths: UnsPaths;
  readonly topics: Pick<Topics, "isMemberPublished">;
  readonly messages: Pick<Messages, "has">;
}

export class Levels {
  readonly #options: LevelsOptions;

  constructor(options: LevelsOptions) {
    this.#options = options;
  }

  /** The paths on the way to a path, from the top, but for those at which a device or edge node stands. */
  above(path: string): readonly string[] {
    const names = path.split("/");
    const levels: string[] = [];
    let node: PlaceNode | undefined = this.#options.paths.places.root;
    for (const [depth, name] of names.slice(0, -1).entries()) {
      node = node?.children.get(name);
      if (node === undefined) break;
      if (node.row < 0) levels.push(names.slice(0, depth + 1).join("/"));
    }
    return levels;
  }

  /** Whether a path is a level with something below it that is published. */
  has(path: string): boolean {
    const node = this.#options.paths.places.at(path.split("/"));
    return node !== undefined && this.#isLevel(node);
  }

  /** All of them. `undefined` between them: others may have their turn. */
  *all(): Generator<string | undefined> {
    yield* this.#below(this.#options.paths.places.root, "");
  }

  *#below({ children }: PlaceNode, top: string): Generator<string | undefined> {
    for (const [name, child] of children) {
      if (child.children.size === 0) continue;
      const path = `${top}${name}`;
      yield this.#isLevel(child) ? path : undefined;
      yield* this.#below(child, `${path}/`);
    }
  }

  #isLevel(node: PlaceNode): boolean {
    const { paths, topics, messages } = this.#options;
    if (node.row >= 0) return false;
    for (const row of rowsBelow(node)) {
      const place = paths.place(row);
      if (place !== undefined && topics.isMemberPublished(place) && messages.has(place))
        return true;
    }
    return false;
  }
}
