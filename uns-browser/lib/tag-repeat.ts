/** Tags of one machine, made again for as many machines as there are: names counted on, addresses shifted. */
import { countedOn } from "./tag-cells.ts";
import { freeName, nameIn } from "./tag-rows.ts";
import { cellText, type TagFields } from "./tags.ts";

export interface RepeatWish {
  /** In names, nodes and descriptions: `Motor 1` is `Motor 2` in the next one. */
  readonly counted: string;
  /** How many machines besides the first. */
  readonly times: number;
  /** Registers, or bits, from one machine to the next; nodes have none. */
  readonly addressStep: number;
}

export const MOST_TIMES = 500;
const MOST_REPEATED = 20_000;
/** What is not counted on, whatever stands in it. */
const APART = new Set(["at", "type", "group", "unit", "byteOrder", "access", "sampling"]);

/** Why it cannot be done; `null`: it can. */
export function repeatFault(
  { times, addressStep }: RepeatWish,
  tags: number,
): "times" | "step" | "many" | null {
  if (!(times >= 1 && times <= MOST_TIMES)) return "times";
  if (Number.isNaN(addressStep)) return "step";
  return tags * times > MOST_REPEATED ? "many" : null;
}

export function repeated(
  tags: readonly TagFields[],
  wish: RepeatWish,
  /** Names that are there already. */
  taken: ReadonlySet<string>,
): readonly TagFields[] {
  const used = new Set(taken);
  return Array.from({ length: wish.times }, (_, at) => at + 1).flatMap((turn) =>
    tags.map((tag) => {
      const next = repeatedOnce(tag, wish, turn);
      const name = freeName(nameIn(next), used);
      used.add(name);
      return { ...next, name };
    }),
  );
}

function repeatedOnce(
  tag: TagFields,
  { counted, addressStep }: RepeatWish,
  turn: number,
): TagFields {
  const next = countedOn(counted, turn);
  return Object.fromEntries(
    Object.entries(tag).map(([key, value]) => {
      if (key === "at") return [key, shiftedAddress(cellText(value), addressStep * turn)];
      if (typeof value !== "string" || APART.has(key) || counted === "") return [key, value];
      return [key, value.replaceAll(counted, () => next)];
    }),
  );
}

/** `hr:100` 10 on is `hr:110`; `hr:0x1F`, `400101` and `hr:5.3` (a bit of it) likewise. What has no number stays. */
export function shiftedAddress(at: string, by: number): string {
  const found = /^(?<before>\D*)(?<number>0x[0-9a-f]+|\d+)(?<after>.*)$/is.exec(at)?.groups;
  const { before = "", number, after = "" } = found ?? {};
  if (number === undefined) return at;
  const next = Number(number) + by;
  const isHex = /^0x/i.test(number);
  const text = isHex ? `0x${next.toString(16).toUpperCase()}` : String(next);
  return `${before}${isHex ? text : text.padStart(number.length, "0")}${after}`;
}

/** What the names have in common up to a number: the machine, most likely. */
export function likelyCounted(names: readonly string[]): string {
  const [first = "", ...others] = names;
  const length = others.reduce((most, name) => sharedLength(first, name, most), first.length);
  return /^.*\d/s.exec(first.slice(0, length))?.[0] ?? "";
}

function sharedLength(a: string, b: string, most: number): number {
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return length;
}

const REGISTERS: ReadonlyMap<string, number> = new Map([
  ["32", 2],
  ["64", 4],
]);

/** So far that the next machine begins behind the last register of this one. */
export function likelyStep(tags: readonly TagFields[]): number {
  const places = tags.flatMap((tag) => {
    const number = /0x[0-9a-f]+|\d+/i.exec(cellText(tag["at"]))?.[0];
    if (number === undefined) return [];
    const width = /32|64/.exec(cellText(tag["type"]))?.[0] ?? "";
    return [{ start: Number(number), length: REGISTERS.get(width) ?? 1 }];
  });
  if (places.length === 0) return 0;
  const end = Math.max(...places.map(({ start, length }) => start + length));
  return end - Math.min(...places.map(({ start }) => start));
}
