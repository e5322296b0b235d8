/** A value of the feed as a person reads it in a terminal, and as a program reads it. */

/** `value`: a `WireValue`, as it came over HTTP. */
export function shownValue(value: unknown, datatype: string | undefined): string {
  if (datatype === "DateTime" && typeof value === "number") return new Date(value).toISOString();
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return shortNumber(value);
  if (typeof value !== "object" || value === null) return String(value);
  if ("i64" in value) return String(value.i64);
  if ("f" in value) return String(value.f);
  if ("b" in value) return `${String(value.b)} bytes`;
  return "o" in value ? String(value.o) : JSON.stringify(value);
}

/**
 * The same for programs: exact, numbers as numbers, times as RFC 3339. What JSON cannot say is `null` (NaN), and bytes and
 * structures are told in words.
 */
export function jsonValue(value: unknown, datatype: string | undefined): unknown {
  if (typeof value !== "object" || value === null)
    return datatype === "DateTime" && typeof value === "number"
      ? shownValue(value, datatype)
      : value;
  if ("i64" in value) return JSON.rawJSON(String(value.i64));
  return "f" in value ? null : shownValue(value, datatype);
}

/** A line for programs. Integers beyond 2^53 stay exact. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint" ? JSON.rawJSON(String(part)) : part,
  );
}

/** As the hub numbers them on the wire. */
const QUALITIES = [
  "bad",
  "stale",
  "good",
  "none",
  "offline",
  "uncertain",
  "last known",
  "silent",
] as const;

/** The word for a quality on the wire. */
export function qualityWord(quality: unknown): string | undefined {
  return QUALITIES[Number(quality)];
}

/** A float without the digits that its register never had. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}
