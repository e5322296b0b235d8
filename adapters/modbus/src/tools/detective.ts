/**
 * `unshub modbus detective`: somebody reads a value off a display and does not know where the device keeps it. All
 * registers near a place are read as every type, order and plausible scale; those that give the value are ranked.
 * Asked again when the display shows another value, only what fitted both times stays.
 */
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { isBitTable, LAST_ADDRESS, parseAddress, type Table } from "../address.ts";
import { Asker } from "./asker.ts";
import { columns } from "./columns.ts";
import { readKept, writeKept, type KeptCase, type Look } from "./kept-case.ts";
import { runTool, ToolUsageError, wholeNumber } from "./run-tool.ts";
import { jsonValue, shownValue } from "./show-value.ts";
import { suspectsOf, type Suspect } from "./suspects.ts";
import { survey } from "./survey.ts";
import { TARGET_OPTIONS, TARGET_USAGE, targetOf, type Target } from "./target.ts";

const USAGE = `unshub modbus detective HOST[:PORT]|/dev/tty… --near hr:100-200 --value 23.5 [--tolerance 0.1] [--unit 1]
    [--keep FILE] [--max-block N] [--most N] [--timeout 1s] [--json]
unshub modbus detective HOST --keep FILE --also 24.1
  Finds where a device keeps a value that you read off its display: reads the registers and ranks every type, byte order
  and usual scale that gives it. A value of few digits fits much: keep what was read in FILE, wait until the display
  shows another value, and ask again with --also; only what fitted every time stays.
  --near       registers to look at, at most 2000
  --tolerance  how far off it may be, in the unit of the display; default 0.5 %
  --most       how many to show, default 20
${TARGET_USAGE}`;

/** More would take minutes on a serial line, and fit by chance. */
const MOST_REGISTERS = 2000;

interface Wish {
  readonly target: Target;
  /** Where and what was seen before; empty at first. */
  readonly known: KeptCase;
  readonly seen: number;
  readonly tolerance: number | undefined;
  readonly keep: string | undefined;
  readonly maxBlock: number;
  readonly most: number;
  readonly isJson: boolean;
}

export const detectiveTool: AdapterTool = {
  name: "detective",
  summary: "finds where a device keeps a value that its display shows",
  usage: USAGE,
  run: (args, context) => runTool(USAGE, context, () => investigate(wishOf(args), context)),
};

function parsed(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...TARGET_OPTIONS,
      near: { type: "string" },
      value: { type: "string" },
      also: { type: "string" },
      keep: { type: "string" },
      tolerance: { type: "string" },
      unit: { type: "string", default: "1" },
      "max-block": { type: "string", default: "100" },
      most: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
    },
  });
}

type Values = ReturnType<typeof parsed>["values"];

function wishOf(args: readonly string[]): Wish {
  const { values, positionals } = parsed(args);
  const [host, ...more] = positionals;
  if (host === undefined || more.length > 0)
    throw new ToolUsageError("name one HOST or serial port");
  const target = targetOf(host, values);
  if (typeof target === "string") throw new ToolUsageError(target);
  const { tolerance } = values;
  return {
    target,
    ...caseOf(values),
    tolerance: tolerance === undefined ? undefined : numberOf(tolerance, "--tolerance"),
    keep: values.keep,
    maxBlock: wholeNumber(values["max-block"], [1, 125], "--max-block"),
    most: wholeNumber(values.most, [1, 100_000], "--most"),
    isJson: values.json,
  };
}

/** A new case, or one that was kept and gets another look. */
function caseOf({ near, value, also, keep, unit }: Values): Pick<Wish, "known" | "seen"> {
  if (also !== undefined) {
    if (keep === undefined || value !== undefined || near !== undefined) {
      throw new ToolUsageError(
        "--also needs --keep FILE of the first time, and neither --value nor --near",
      );
    }
    const known = readKept(keep);
    if (known instanceof Error) throw new ToolUsageError(known.message);
    return { known, seen: numberOf(also, "--also") };
  }
  if (near === undefined || value === undefined) {
    throw new ToolUsageError(
      "say where to look with --near, and what the display shows with --value",
    );
  }
  const known = { ...placeOf(near), unit: wholeNumber(unit, [0, 255], "--unit"), looks: [] };
  return { known, seen: numberOf(value, "--value") };
}

function numberOf(text: string, option: string): number {
  const number = text.trim() === "" ? Number.NaN : Number(text.replace(",", "."));
  if (Number.isFinite(number)) return number;
  throw new ToolUsageError(`${option} ${text}: a number, e.g. 23.5`);
}

/** `hr:100-200`. */
function placeOf(near: string): { table: Table; first: number; last: number } {
  const [, from = "", to] = /^(.*?)(?:(?:-|\.\.)(\d+))?$/.exec(near) ?? [];
  const address = parseAddress(from);
  if (address.kind === "problem") throw new ToolUsageError(`--near ${near}: ${address.problem}`);
  const { table, start: first } = address.address;
  const last = to === undefined ? Math.min(first + 3, LAST_ADDRESS) : Number(to);
  if (isBitTable(table)) throw new ToolUsageError(`--near ${near}: numbers stand in hr or ir`);
  if (last < first || last > LAST_ADDRESS || last - first >= MOST_REGISTERS) {
    throw new ToolUsageError(
      `--near ${near}: at most ${MOST_REGISTERS} registers, e.g. hr:100-200`,
    );
  }
  return { table, first, last };
}

async function investigate(wish: Wish, context: ToolContext): Promise<number> {
  const look = await lookNow(wish, context);
  if (look.parts.length === 0) {
    context.complain("none of these registers can be read; unshub modbus scan shows what can");
    return 1;
  }
  const looks = [...wish.known.looks, look];
  const suspects = suspectsOf(looks);
  if (wish.keep !== undefined) writeKept(wish.keep, { ...wish.known, looks });
  for (const line of wish.isJson ? jsonLines(suspects, wish) : textLines(suspects, looks, wish)) {
    context.print(line);
  }
  return suspects.length > 0 ? 0 : 1;
}

async function lookNow(wish: Wish, context: ToolContext): Promise<Look> {
  const { target, seen, tolerance, known, maxBlock } = wish;
  await using asker = await Asker.open(target.link, target.timeoutMs, context);
  const { unit, table, first, last } = known;
  const place = { unit, table, first, last, maxBlock, maxRequests: 4 * MOST_REGISTERS };
  const { stretches } = await survey(asker, place);
  const parts = stretches.flatMap(({ first: start, data }) =>
    data === undefined ? [] : [{ start, data }],
  );
  return { seen, ...(tolerance !== undefined && { tolerance }), parts };
}

function textLines(
  suspects: readonly Suspect[],
  looks: readonly Look[],
  { known, most, keep }: Wish,
): readonly string[] {
  const values = looks.map(({ seen }) => seen).join(", then ");
  if (suspects.length === 0) return [`nothing near ${known.table}:${known.first} gives ${values}`];
  const rows = suspects
    .slice(0, most)
    .map(({ at, type, byteOrder, scale, decoded, value }, index) => [
      String(index + 1),
      `${known.table}:${at}`,
      type,
      byteOrder,
      scale === 1 ? "" : `scale ${scale}`,
      shownValue(decoded, type),
      String(Number(value.toPrecision(7))),
    ]);
  const rest = suspects.length - rows.length;
  return [
    ...columns([["", "address", "type", "byteOrder", "", "raw", "value"], ...rows]),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
    ...(suspects.length > 1 ? [hint(keep)] : []),
  ];
}

function hint(keep: string | undefined): string {
  return keep === undefined
    ? "To narrow it down say --keep FILE, and ask again with --also when the display shows another value."
    : `When the display shows another value: the same with --keep ${keep} --also VALUE.`;
}

function jsonLines(suspects: readonly Suspect[], { known, most }: Wish): readonly string[] {
  return suspects.slice(0, most).map(({ at, type, byteOrder, scale, decoded, error }) =>
    JSON.stringify({
      at: `${known.table}:${at}`,
      type,
      byteOrder,
      scale,
      raw: jsonValue(decoded),
      error,
    }),
  );
}
