/** Between which numbers a simulated value moves: what its limits, its unit and its name let expect. */
import type { Range, Tag } from "../tag.ts";
import { integerLimits } from "../types/encode-number.ts";
import { linearOf } from "../types/linear.ts";
import { rawType } from "../types/raw-type.ts";

/** What instruments of a factory show, by the unit of the tag. */
const BY_UNIT: ReadonlyMap<string, Range> = new Map<string, Range>([
  ["V", [226, 234]],
  ["kV", [9.9, 10.1]],
  ["A", [2, 18]],
  ["mA", [4, 20]],
  ["W", [400, 9000]],
  ["kW", [0.4, 90]],
  ["MW", [0.4, 9]],
  ["var", [50, 900]],
  ["kvar", [0.05, 9]],
  ["VA", [450, 9100]],
  ["kVA", [0.45, 91]],
  ["Hz", [49.95, 50.05]],
  ["%", [20, 80]],
  ["°C", [18, 65]],
  ["K", [291, 338]],
  ["bar", [1, 8]],
  ["mbar", [950, 1050]],
  ["Pa", [95_000, 105_000]],
  ["kPa", [95, 105]],
  ["l/min", [20, 60]],
  ["m³/h", [1, 40]],
  ["rpm", [900, 1500]],
  ["1/min", [900, 1500]],
  ["mm", [0, 300]],
  ["Nm", [5, 60]],
]);

/** Where the name says more than the unit. */
const BY_NAME: readonly (readonly [unit: string, name: RegExp, range: Range])[] = [
  ["V", /L\d-L\d|L-L/, [392, 408]],
  ["V", /DC/, [540, 620]],
  ["V", /Battery/, [48, 54]],
  ["Hz", /Output|Reference|Command|Motor/i, [20, 50]],
  ["", /Factor|Cos/i, [0.92, 0.99]],
];

const USUAL: Range = [0, 100];

/** Smallest and largest value of `tag` in the simulation, both inclusive and in engineering units. */
export function plausibleRange(tag: Tag): Range {
  const { unit = "", name, euRange, writeRange } = tag;
  const told = euRange ?? writeRange;
  const named = BY_NAME.find(([of, pattern]) => of === unit && pattern.test(name))?.[2];
  const wanted =
    told === undefined ? (named ?? BY_UNIT.get(unit) ?? USUAL) : inner(ascending(told));
  return within(wanted, possibleRange(tag));
}

/** What the registers can hold and the configuration calls good. */
export function possibleRange(tag: Tag): Range {
  const ranges = [typeRange(tag), tag.validRange, tag.writeRange, tag.clamp && tag.euRange];
  return ranges.reduce<Range>(
    (all, range) => {
      if (range === undefined || range === false) return all;
      const [low, high] = ascending(range);
      return [Math.max(all[0], low), Math.min(all[1], high)];
    },
    [-Infinity, Infinity],
  );
}

function typeRange(tag: Tag): Range {
  if (tag.type === "float16") return [-60_000, 60_000];
  if (rawType(tag.type).kind !== "integer") return [-Infinity, Infinity];
  const { num, add, den } = linearOf(tag);
  const [low, high] = integerLimits(tag).map((raw) => (Number(raw) * num + add) / den);
  return ascending([low ?? 0, high ?? 0]);
}

/** `wanted` as far as it is possible; where it is not at all, the middle of what is. */
function within(wanted: Range, [low, high]: Range): Range {
  const from = Math.max(wanted[0], low);
  const to = Math.min(wanted[1], high);
  if (from <= to) return [from, to];
  if (Number.isFinite(low) && Number.isFinite(high)) return inner([low, high]);
  return Number.isFinite(low) ? [low, low + 1] : [high - 1, high];
}

/** Without the outer fifths. */
function inner([low, high]: Range): Range {
  const fifth = (high - low) / 5;
  return [low + fifth, high - fifth];
}

function ascending([a, b]: Range): Range {
  return a <= b ? [a, b] : [b, a];
}
