/** A value of the feed as text: what a person reads in a terminal. */

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

/** A float without the digits that its register never had. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}
