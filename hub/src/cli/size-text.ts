/** Bytes as people read them. */

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** @example sizeText(1_234_567) → "1.23 MB" */
export function sizeText(bytes: number): string {
  const power = Math.min(
    UNITS.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)),
  );
  const digits = power === 0 ? String(bytes) : (bytes / 1000 ** power).toPrecision(3);
  return `${digits} ${UNITS[power] ?? ""}`;
}
