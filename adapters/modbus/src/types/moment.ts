/**
 * Dates in registers: `dt_iec870` (four registers, as meters send it) and `date_fields` (one field after the other, in
 * any order). Moments are milliseconds since 1970 UTC. A date that no calendar has is `undefined`.
 */
import type { DateField, DateLayout, Tag } from "../tag.ts";
import { swapsBytes } from "./byte-order.ts";
import { word } from "./wire-bits.ts";

const MINUTE_MS = 60_000;

interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** How many registers a date of this layout takes. */
export function dateRegisters({ fields, size = "register" }: DateLayout): number {
  return size === "register" ? fields.length : Math.ceil(fields.length / 2);
}

/** The moment in the registers of `tag`. */
export function decodeMoment(registers: Uint8Array, tag: Tag): number | undefined {
  const parts = tag.type === "dt_iec870" ? iec870Parts(registers, tag) : fieldParts(registers, tag);
  return parts === undefined ? undefined : momentOf(parts, tag.utcOffsetMinutes ?? 0);
}

/** The registers that hold `moment`; `undefined` when they cannot hold it exactly. */
export function encodeMoment(moment: number, tag: Tag): Uint8Array | undefined {
  const date = new Date(moment + (tag.utcOffsetMinutes ?? 0) * MINUTE_MS);
  if (Number.isNaN(date.getTime())) return undefined;
  const registers =
    tag.type === "dt_iec870" ? iec870Registers(date, tag) : fieldRegisters(date, tag);
  // Read again, so that nothing is written that would come back as another moment.
  return registers !== undefined && decodeMoment(registers, tag) === moment ? registers : undefined;
}

/**
 * Year (7 bits, from 2000); month and day; hour and minute; milliseconds of the minute. The highest bit of the minute
 * says that the clock is wrong, that of the hour that it is summer, which the offset has to know.
 */
function iec870Parts(registers: Uint8Array, tag: Tag): DateParts | undefined {
  const mask = swapsBytes(tag.byteOrder) ? 1 : 0;
  const year = word(registers, 0, mask);
  const date = word(registers, 2, mask);
  const time = word(registers, 4, mask);
  const milliseconds = word(registers, 6, mask);
  if ((time & 0x80) !== 0 || milliseconds > 59_999) return undefined;
  return {
    year: 2000 + (year & 0x7f),
    month: (date >> 8) & 0x0f,
    day: date & 0x1f,
    hour: (time >> 8) & 0x1f,
    minute: time & 0x3f,
    second: Math.floor(milliseconds / 1000),
    millisecond: milliseconds % 1000,
  };
}

function iec870Registers(date: Date, tag: Tag): Uint8Array | undefined {
  const year = date.getUTCFullYear() - 2000;
  if (year < 0 || year > 127) return undefined;
  const weekday = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
  return bytesOfWords(
    [
      year,
      ((date.getUTCMonth() + 1) << 8) | (weekday << 5) | date.getUTCDate(),
      (date.getUTCHours() << 8) | date.getUTCMinutes(),
      date.getUTCSeconds() * 1000 + date.getUTCMilliseconds(),
    ],
    swapsBytes(tag.byteOrder),
  );
}

function fieldParts(registers: Uint8Array, tag: Tag): DateParts | undefined {
  if (tag.date === undefined || registers.length < 2 * dateRegisters(tag.date)) return undefined;
  const parts = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, millisecond: 0 };
  for (const [index, field] of tag.date.fields.entries()) {
    if (field === "skip") continue;
    const value = fieldAt(registers, index, tag);
    if (value === undefined) return undefined;
    parts[field] = field === "year" && value < 100 ? 2000 + value : value;
  }
  return parts;
}

function fieldAt(registers: Uint8Array, index: number, tag: Tag): number | undefined {
  const { size = "register", digits = "binary" }: Partial<DateLayout> = tag.date ?? {};
  const mask = swapsBytes(tag.byteOrder) ? 1 : 0;
  const raw =
    size === "register" ? word(registers, 2 * index, mask) : (registers[index ^ mask] ?? 0);
  if (digits === "binary") return raw;
  const text = raw.toString(16);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function fieldRegisters(date: Date, tag: Tag): Uint8Array | undefined {
  const { fields = [], size = "register", digits = "binary" }: Partial<DateLayout> = tag.date ?? {};
  const isSwapped = swapsBytes(tag.byteOrder);
  const values = fields.map((field) => {
    const value = fieldOf(date, field, size);
    return digits === "bcd" ? Number.parseInt(String(value), 16) : value;
  });
  if (size === "register") return bytesOfWords(values, isSwapped);
  if (values.some((value) => value > 0xff)) return undefined;
  const bytes = new Uint8Array(2 * tag.length);
  for (const [index, value] of values.entries()) bytes[isSwapped ? index ^ 1 : index] = value;
  return bytes;
}

function fieldOf(date: Date, field: DateField, size: "register" | "byte"): number {
  const { year, ...rest } = partsOf(date);
  if (field === "skip") return 0;
  if (field !== "year") return rest[field];
  return size === "byte" ? year - 2000 : year;
}

function partsOf(date: Date): DateParts {
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
}

/** The calendar turns the 31st of February into the 3rd of March; here it is no date at all. */
function momentOf(parts: DateParts, utcOffsetMinutes: number): number | undefined {
  const { year, month, day, hour, minute, second, millisecond } = parts;
  const moment = Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
  const date = new Date(moment);
  const again = partsOf(date);
  const isReal =
    year >= 1000 &&
    again.year === year &&
    again.month === month &&
    again.day === day &&
    again.hour === hour &&
    again.minute === minute &&
    again.second === second &&
    again.millisecond === millisecond;
  return isReal ? moment - utcOffsetMinutes * MINUTE_MS : undefined;
}

function bytesOfWords(words: readonly number[], isSwapped: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * words.length);
  for (const [index, value] of words.entries()) {
    bytes[2 * index + (isSwapped ? 1 : 0)] = value >> 8;
    bytes[2 * index + (isSwapped ? 0 : 1)] = value & 0xff;
  }
  return bytes;
}
