/** The text of a configuration with another value in one place; everything else stays as it stands. */
import { isMap, parseDocument } from "yaml";

/** `undefined`: without the value. */
export function withValue(text: string, path: readonly string[], value: unknown): string {
  const document = parseDocument(text);
  if (value === undefined) {
    document.deleteIn(path);
    return document.toString({ lineWidth: 0 });
  }
  for (let depth = 1; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    if (!isMap(document.getIn(above))) document.setIn(above, document.createNode({}));
  }
  document.setIn(path, value);
  return document.toString({ lineWidth: 0 });
}
