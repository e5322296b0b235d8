/** Paths of the tree: segments encoded so that `/` separates only segments; a metric's folders are segments too. */

/** @example joinPath(["Plant1", "gw/1"]) → "Plant1/gw%2F1" */
export function joinPath(segments: readonly string[]): string {
  return segments.map((segment) => encodeURIComponent(segment)).join("/");
}

/** The segments of a path; `undefined` when its percent signs are broken. */
export function splitPath(path: string): readonly string[] | undefined {
  try {
    return path.split("/").map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined; // decodeURIComponent throws on nothing else
  }
}
