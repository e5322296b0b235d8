/** The palette: what is typed finds pages and metrics; the first of them is a key press away. */
import type { TreeRow } from "@unshub/hub/feed";
import { metricHref } from "./metric-address.ts";
import { joinPath, readablePath } from "./path.ts";

export interface PaletteEntry {
  readonly kind: "page" | "metric" | "filter";
  readonly name: string;
  readonly href: string;
}

/** Pages that one may open. */
interface PageName {
  readonly name: string;
  readonly href: string;
}

const MOST_METRICS = 20;

/** Pages whose names have the text, any case; all of them while nothing is typed. */
export function pagesFor(text: string, pages: readonly PageName[]): readonly PaletteEntry[] {
  const wanted = text.trim().toLowerCase();
  return pages
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .map(({ name, href }) => ({ kind: "page", name, href }));
}

/** Metrics among rows of an answer, in which parents come before their children. */
export function metricsIn(rows: readonly TreeRow[]): readonly PaletteEntry[] {
  return metricPaths(rows)
    .slice(0, MOST_METRICS)
    .map((path) => ({ kind: "metric", name: readablePath(path), href: metricHref(path) }));
}

/** Paths of the metrics among rows; parents come before their children. */
export function metricPaths(rows: readonly TreeRow[]): readonly string[] {
  const paths = new Map<number, string>();
  return rows.flatMap(({ id, parent, name, kind }) => {
    const path = joinPath(parent === null ? null : (paths.get(parent) ?? null), name);
    paths.set(id, path);
    return kind === "metric" ? [path] : [];
  });
}

/** Where the whole search stands. */
export function searchHref(text: string): string {
  return `/ns/?f=${encodeURIComponent(text.trim().toWellFormed())}`;
}

/** The place after a key: one up or down, and round at the ends. */
export function movedPlace(place: number, key: string, count: number): number {
  const step = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
  return count === 0 ? 0 : (place + step + count) % count;
}
