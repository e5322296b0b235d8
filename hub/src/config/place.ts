/** Where in a YAML file a value stands, as a person counts: line and column from 1. */
import { isMap, isNode, isScalar, type Document, type LineCounter, type Node } from "yaml";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of the value at `path`, or of its key; of the nearest parent when it is missing. */
export function placeOf(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): Place {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = keyAt(document, path.slice(0, length)) ?? nodeAt(document, path.slice(0, length));
    const offset = node?.range?.[0];
    if (offset !== undefined) return placeAt(lines, offset);
  }
  return { line: 1, column: 1 };
}

/** The place of a character. */
export function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function nodeAt(document: Document, path: readonly (string | number)[]): Node | undefined {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(found) ? found : undefined;
}

/** A key says better than its value where something is wrong: the value may be a whole block. */
function keyAt(document: Document, path: readonly (string | number)[]): Node | undefined {
  const key = path.at(-1);
  const parent = nodeAt(document, path.slice(0, -1));
  if (key === undefined || !isMap(parent)) return undefined;
  const pair = parent.items.find(
    (item) => isScalar(item.key) && String(item.key.value) === String(key),
  );
  return isNode(pair?.key) ? pair.key : undefined;
}
