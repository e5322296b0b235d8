/** Which values are exported, and how that is asked of the hub. */
import type { TimeSpan } from "./range.ts";

export const EXPORT_FORMATS = ["csv", "jsonl"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What is in the file. */
export type ExportScope =
  | { readonly kind: "chosen"; readonly paths: readonly string[] }
  | { readonly kind: "filter"; readonly filter: string }
  | { readonly kind: "row"; readonly path: string }
  | { readonly kind: "all" };

/** Servers take no longer address. */
const MOST_LETTERS = 12_000;
/** The hub takes no more paths at once. */
const MOST_PATHS = 500;

/** The address of the file; `null`: more is chosen than can be asked for at once. */
export function exportAddress(
  scope: ExportScope,
  { from, to }: TimeSpan,
  format: ExportFormat,
): string | null {
  if (scope.kind === "chosen" && scope.paths.length > MOST_PATHS) return null;
  const query = [`from=${Math.floor(from)}`, `to=${Math.ceil(to)}`, `format=${format}`];
  const url = `/api/history/export?${[...scopeOf(scope), ...query].join("&")}`;
  return url.length > MOST_LETTERS ? null : url;
}

function scopeOf(scope: ExportScope): readonly string[] {
  switch (scope.kind) {
    case "chosen":
      return scope.paths.map((path) => `path=${encodeURIComponent(path)}`);
    case "filter":
      return [`f=${encodeURIComponent(scope.filter)}`];
    case "row":
      return [`path=${encodeURIComponent(scope.path)}`];
    case "all":
      return [];
  }
}
