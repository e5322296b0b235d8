/** Texts and values of devices as an assistant reads them: data, bounded, never a word of ours. */

/** Letters of a text of a device. */
const MAX_LETTERS = 1024;
/** Letters of a value as JSON: lists and tables may be long. */
const MAX_JSON = 4096;

/** A text of a device, cut. In JSON it stands between quotes. */
export function cut(text: string): string {
  return text.length > MAX_LETTERS ? `${text.slice(0, MAX_LETTERS)}…` : text;
}

/** Between quotes of its own, for sentences: nobody takes it for a word of ours. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text));
}

/** A value as `valueJson` made it, with what is too long cut. */
export function cutValue(value: unknown): unknown {
  if (typeof value === "string") return cut(value);
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > MAX_JSON
    ? { cut: `${text.slice(0, MAX_LETTERS)}…`, letters: text.length }
    : value;
}

/** Every text in an answer of another room, cut. */
export function cutTexts(value: unknown): unknown {
  if (typeof value === "string") return cut(value);
  if (Array.isArray(value)) return value.map(cutTexts);
  if (typeof value !== "object" || value === null || isRaw(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cutTexts(part)]));
}

/** An integer beyond 2^53 that is written as it is. */
function isRaw(value: object): boolean {
  return "rawJSON" in value && Object.isFrozen(value);
}
