/** What a page keeps in the address bar besides what others keep there. */
import { pairsOf } from "./path.ts";

/** By key, decoded; of a key that stands there twice the last one. */
export function readSearch(search: string): ReadonlyMap<string, string> {
  return new Map(pairsOf(search).map(([key, value]) => [key, decoded(value)]));
}

/** With these in it; `null` and "" leave one out. What else stands in `before` stays. */
export function searchWith(own: Readonly<Record<string, string | null>>, before: string): string {
  const parts = [
    ...Object.entries(own).flatMap(([key, value]) =>
      value === null || value === "" ? [] : [`${key}=${encodeURIComponent(value.toWellFormed())}`],
    ),
    ...pairsOf(before).flatMap(([key, value]) =>
      Object.hasOwn(own, key) ? [] : [`${key}=${value}`],
    ),
  ];
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
