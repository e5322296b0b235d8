/** Registers of a Modbus device as they were read, in the ways in which a person looks at them, and what a display shows. */
import { listOf, numberOf, textOf } from "./json-parts.ts";
import { isRecord } from "./hub-request.ts";
import type { TagFields } from "./tags.ts";

export const TABLES = ["hr", "ir", "co", "di"] as const;
export type RegisterTable = (typeof TABLES)[number];

/** What one request may ask for. */
const MOST_REGISTERS = 125;
const LAST_ADDRESS = 65_535;

/** One way to read registers, as the hub found it. */
export interface RegisterReading {
  readonly at: string;
  readonly type: string;
  readonly byteOrder: string;
  readonly registers: number;
  /** As text; `null`: there is none, and `reason` says why. */
  readonly value: string | null;
  readonly reason: string | null;
  /** value × scale is what was seen. */
  readonly scale: number | null;
}

export interface Registers {
  readonly words: readonly number[];
  readonly readings: readonly RegisterReading[];
}

export function parseRegisters(value: unknown): Registers | null {
  if (!isRecord(value) || !Array.isArray(value["words"])) return null;
  return {
    words: value["words"].map((word) => numberOf(word) ?? 0),
    readings: listOf(value["readings"]).map((json) => ({
      at: textOf(json["at"]) ?? "",
      type: textOf(json["type"]) ?? "",
      byteOrder: textOf(json["byteOrder"]) ?? "",
      registers: numberOf(json["registers"]) ?? 1,
      value: json["value"] === undefined ? null : shownNumber(json["value"]),
      reason: textOf(json["reason"]),
      scale: numberOf(json["scale"]),
    })),
  };
}

/** A type in all byte orders comes before the others. */
export function ofTypeFirst(
  readings: readonly RegisterReading[],
  type: string,
): readonly RegisterReading[] {
  return readings.toSorted((a, b) => Number(b.type === type) - Number(a.type === type));
}

function shownNumber(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isBits(table: RegisterTable): boolean {
  return table === "co" || table === "di";
}

/** One register in every way that fits into it, and the long ones that begin with it. */
export interface RegisterRow {
  readonly address: number;
  readonly hex: string;
  readonly unsigned: number;
  readonly signed: number;
  /** The highest bit first, in fours. */
  readonly bits: string;
  /** Two characters; a dot for what is none. */
  readonly text: string;
  /** With the register after it, high word first; `null`: there is none. */
  readonly long: number | null;
  readonly float: number | null;
}

export function registerRows(start: number, words: readonly number[]): readonly RegisterRow[] {
  return words.map((word, at) => {
    const next = words[at + 1];
    return {
      address: start + at,
      hex: word.toString(16).toUpperCase().padStart(4, "0"),
      unsigned: word,
      signed: word > 0x7fff ? word - 0x1_0000 : word,
      bits: word
        .toString(2)
        .padStart(16, "0")
        .replace(/(?<=.)(?=(?:.{4})+$)/g, " "),
      text: character(word >> 8) + character(word & 0xff),
      ...(next === undefined ? { long: null, float: null } : longOnes(word, next)),
    };
  });
}

function longOnes(high: number, low: number): Pick<RegisterRow, "long" | "float"> {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, high);
  view.setUint16(2, low);
  const float = view.getFloat32(0);
  return { long: view.getInt32(0), float: Number(float.toPrecision(7)) };
}

function character(code: number): string {
  return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ".";
}

/** What somebody wants to read. */
export interface RegisterQuestion {
  readonly table: RegisterTable;
  readonly start: number;
  readonly count: number;
}

/** `null`: it cannot be asked. Counts beyond the last register are cut. */
export function questionIn(
  table: RegisterTable,
  startText: string,
  countText: string,
): RegisterQuestion | null {
  const start = whole(startText);
  const count = whole(countText);
  if (start === null || count === null || start > LAST_ADDRESS) return null;
  if (count < 1 || count > MOST_REGISTERS) return null;
  return { table, start, count: Math.min(count, LAST_ADDRESS + 1 - start) };
}

function whole(text: string): number | null {
  const trimmed = text.trim();
  return /^(?:\d{1,5}|0x[0-9a-f]{1,4})$/i.test(trimmed) ? Number(trimmed) : null;
}

/** A decimal comma is one, too; `null`: that is no number. */
export function displayedNumber(text: string): number | null {
  const trimmed = text.trim().replace(/^([+-]?\d+),(\d+)$/, "$1.$2");
  const number = Number(trimmed);
  return trimmed === "" || !Number.isFinite(number) ? null : number;
}

/** The tag that would read it in this way. */
export function tagFor(
  {
    at,
    type,
    byteOrder,
    scale,
    registers,
  }: Pick<RegisterReading, "at" | "type" | "byteOrder" | "scale" | "registers">,
  group: string | undefined,
): TagFields {
  const isPlain = byteOrder === "" || (registers === 1 && byteOrder === "ABCD");
  return {
    name: `Register ${at.replace(":", " ")}`,
    at,
    type,
    ...(group !== undefined && { group }),
    ...(!isPlain && { byteOrder }),
    ...(scale !== null && scale !== 1 && { scale }),
  };
}
