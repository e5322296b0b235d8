/** Places by their levels, so that a path finds all that stand on the way to it. */

export interface PlaceNode {
  readonly children: Map<string, PlaceNode>;
  /** The row of the device or edge node that stands here; −1: nothing does. */
  row: number;
  /** The row of one whose metrics stand here that another one's left no room for. */
  displacedRow: number;
}

export class PlaceTree {
  readonly root = newNode();

  /** The node at a path, made when it is not there; answers the rows that stand above it too. */
  open(path: string): { readonly node: PlaceNode; readonly above: readonly number[] } {
    let node = this.root;
    const above: number[] = [];
    for (const level of path.split("/")) {
      if (node.row >= 0) above.push(node.row);
      let child = node.children.get(level);
      if (child === undefined) {
        child = newNode();
        node.children.set(level, child);
      }
      node = child;
    }
    return { node, above };
  }

  at(levels: readonly string[]): PlaceNode | undefined {
    let node: PlaceNode | undefined = this.root;
    for (const level of levels) node = node?.children.get(level);
    return node;
  }

  /** Every node on the way that somebody stands at, and how many levels lead to it. */
  *along(levels: readonly string[]): Generator<readonly [node: PlaceNode, depth: number]> {
    let node: PlaceNode | undefined = this.root;
    for (const [depth, level] of levels.entries()) {
      node = node.children.get(level);
      if (node === undefined) return;
      if (node.row >= 0 || node.displacedRow >= 0) yield [node, depth + 1];
    }
  }
}

/** The rows of those that stand below a node. */
export function* rowsBelow(node: PlaceNode): Generator<number> {
  for (const child of node.children.values()) {
    if (child.row >= 0) yield child.row;
    yield* rowsBelow(child);
  }
}

function newNode(): PlaceNode {
  return { children: new Map(), row: -1, displacedRow: -1 };
}
