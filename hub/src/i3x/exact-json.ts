/** JSON in which large integers keep their digits, and text that is quoted fast. */
import { isDeepStrictEqual } from "node:util";

/** As `JSON.parse`; integers beyond 2^53 become `bigint`. @throws {SyntaxError} when the text is no JSON. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, exact);
}

/** The compiler does not know yet that a reviver is told how the value was written. */
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined)
    return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Whether a text says what `value` is, which was parsed exactly. */
export function isSameJson(text: string, value: unknown): boolean {
  return isDeepStrictEqual(parseExactly(text), value);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const MOST_LETTERS = 100;

/** For people: the beginning of it. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? JSON.rawJSON(String(part)) : part,
  );
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}

/** What stands otherwise in JSON than in the text. Written as what is plain: it is asked of each text. */
const ODD = /[^ !#-[\]-\uD7FF\uE000-\uFFFF]/;

export function quoted(text: string): string {
  return ODD.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Years with more than four digits are no RFC 3339. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The second that was written last: values come many at a time. */
const last = { second: Number.NaN, text: "" };

/** RFC 3339 in UTC with milliseconds; `undefined` when it has no such form. `at`: milliseconds since 1970 UTC. */
export function utc(at: number): string | undefined {
  if (!(at >= 0 && at <= LAST_TIME)) return undefined;
  const second = Math.floor(at / 1000);
  if (second !== last.second) {
    last.second = second;
    last.text = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
  }
  return `${last.text}${String(Math.floor(at) % 1000).padStart(3, "0")}Z`;
}
