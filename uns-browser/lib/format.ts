/**
 * How values look. In the table a number is short and its digits do not jump; in the panel and in copies it is whole.
 * NaN, the infinities, null, an empty string and "nothing yet" look different from each other.
 */
import type { WireValue } from "@unshub/hub/feed";
import { texts } from "./texts.ts";
import { INVISIBLE } from "./visible.ts";

/** U+2009: groups of three digits. */
const THIN_SPACE = "\u2009";

type ValueKind = "number" | "word" | "text" | "null" | "summary";

export interface ShownValue {
  readonly text: string;
  readonly kind: ValueKind;
  /** Characters after the integer part, point included; the table aligns numbers by it. */
  readonly fraction: number;
}

/** For the table. */
export function formatValue(value: WireValue, datatype?: string): ShownValue {
  return format(value, datatype, shortNumber);
}

/** For the panel: every digit the value has. */
export function formatFullValue(value: WireValue, datatype?: string): ShownValue {
  return format(value, datatype, fullNumber);
}

/** For the clipboard: no quotes, no groups, a point as the decimal sign. */
export function formatForCopy(value: WireValue, datatype?: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return plainNumber(value, datatype);
  if (value !== null && typeof value === "object" && "i64" in value) return value.i64;
  return formatFullValue(value, datatype).text;
}

type NumberFormat = (value: number, datatype: string | undefined) => string;

function format(value: WireValue, datatype: string | undefined, number: NumberFormat): ShownValue {
  if (value === null) return shown("null", "null");
  if (typeof value === "boolean") return shown(String(value), "word");
  if (typeof value === "string") return shown(quoted(value), "text");
  if (typeof value === "number") {
    if (datatype === "DateTime") return shown(formatDateTime(value), "word");
    return shownNumber(number(value, datatype));
  }
  if ("i64" in value) return shownNumber(groupDigits(value.i64));
  if ("f" in value) return shown(value.f === "Infinity" ? "+Infinity" : value.f, "word");
  if ("b" in value) return shown(`bytes ${groupDigits(String(value.b))}`, "summary");
  return shown(value.o, "summary");
}

function shown(text: string, kind: ValueKind): ShownValue {
  return { text, kind, fraction: 0 };
}

function shownNumber(text: string): ShownValue {
  const point = text.search(/[.e]/);
  return { text, kind: "number", fraction: point < 0 ? 0 : text.length - point };
}

/** Control characters, and those that turn text around, become visible, so that a string is always one line and never looks empty when it is not. */
function quoted(text: string): string {
  // JSON leaves U+007F to U+009F, the line separators and the bidi controls alone.
  const visible = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return `"${visible.replace(INVISIBLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

/** Most decimals in the table: two say what a person can read at a glance; a fraction of one needs more to say anything. */
const MOST_DECIMALS = 2;
const MOST_DECIMALS_BELOW_ONE = 4;
/** Of a number written with an exponent. */
const MOST_MANTISSA_DECIMALS = 3;

/** At most that many decimals, and never more than the value has: 8.9, not 8.900. */
function shortNumber(value: number, datatype: string | undefined): string {
  const own = Number(plainNumber(value, datatype));
  const size = Math.abs(own);
  if (size !== 0 && (size < 1e-3 || size >= 1e12)) {
    return own.toExponential(Math.min(MOST_MANTISSA_DECIMALS, decimalsOf(own.toExponential())));
  }
  const most = size < 1 ? MOST_DECIMALS_BELOW_ONE : MOST_DECIMALS;
  return groupDigits(own.toFixed(Math.min(most, decimalsOf(String(own)))));
}

/** Digits between the point and the exponent, if any. */
function decimalsOf(plain: string): number {
  return /\.(\d+)/.exec(plain)?.[1]?.length ?? 0;
}

function fullNumber(value: number, datatype: string | undefined): string {
  return groupDigits(plainNumber(value, datatype));
}

/** A 32-bit float carries some seven digits; the rest of the 64-bit number it became is noise: 66.4, not 66.4000015. */
function plainNumber(value: number, datatype: string | undefined): string {
  if (Object.is(value, -0)) return "-0";
  if (datatype !== "Float" || Math.fround(value) !== value) return String(value);
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

/** Thin spaces in the integer part: 1204 becomes 1 204. */
function groupDigits(plain: string): string {
  return plain.replace(/^(-?)(\d{4,})/, (_, sign: string, digits: string) => {
    return sign + digits.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  });
}

/** `HH:mm:ss` in the browser's time zone. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/** `YYYY-MM-DD HH:mm:ss.SSS` in the browser's time zone. */
export function formatDateTime(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return texts.noTime;
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${formatClock(ms)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** `YYYY-MM-DD HH:mm:ss` in the browser's time zone. */
export function formatTime(ms: number): string {
  return Number.isNaN(ms) ? texts.noTime : formatDateTime(ms).slice(0, -4);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Clocks of one plant differ by so much without anybody being wrong. */
const CLOCKS_MAY_DIFFER_MS = 2000;

/** Whether a value of this age comes from a source whose clock is ahead of the hub's; then its age is not known. */
export function isClockAhead(ageMs: number): boolean {
  return ageMs < -CLOCKS_MAY_DIFFER_MS;
}

/** How old: `0.3 s`, `41 s`, `12 min`, `4 h`, `9 d`. Never negative: ask `isClockAhead` first. */
export function formatAge(ms: number): string {
  return formatSpan(Math.max(0, ms));
}

/** How long, in one unit: `0.3 s` to `365 d`. */
export function formatSpan(ms: number): string {
  const seconds = ms / 1000;
  const { spans } = texts;
  if (seconds < 9.95) return spans.seconds(seconds.toFixed(1));
  if (seconds < 99.5) return spans.seconds(String(Math.round(seconds)));
  if (seconds < 99.5 * 60) return spans.minutes(String(Math.round(seconds / 60)));
  if (seconds < 47.5 * 3600) return spans.hours(String(Math.round(seconds / 3600)));
  return spans.days(groupDigits(String(Math.round(seconds / 86_400))));
}

/** `Infinity` and NaN cannot come: rates are counted by the hub. */
export function formatRate(perSecond: number): string {
  return groupDigits(String(Math.round(perSecond)));
}

/** Small rates with a decimal, which is what tells a slow one from none: `0.2`, `12`. */
export function formatPerSecond(rate: number): string {
  return rate > 0 && rate < 9.95 ? rate.toFixed(1) : formatRate(rate);
}

/** Milliseconds as they are, longer times as people say them. */
export function formatDelay(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : formatSpan(ms);
}

/** Whole numbers for counts: 12 000. */
export function formatCount(count: number): string {
  return groupDigits(String(count));
}
