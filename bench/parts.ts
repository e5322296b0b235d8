/** Suites that are made of parts, each a table of its own: `--only` takes some of them. */
import { parseArgs } from "node:util";
import { hasProc } from "./broker/proc.ts";
import { keep, keptToday } from "./measure.ts";
import { printModbus, type ModbusFigure, type ModbusOptions } from "./modbus/figures.ts";

type Part = (options: ModbusOptions) => Promise<readonly ModbusFigure[]>;

export interface PartedSuite {
  readonly name: string;
  readonly parts: ReadonlyMap<string, readonly [says: string, Part]>;
  /** As if `--rounds` and `--seconds` were given. */
  readonly rounds: number;
  readonly seconds: number;
  /** What is kept beside the figures: versions of others. */
  readonly beside?: () => Readonly<Record<string, string | undefined>>;
}

/** Runs the parts that are asked for, prints their figures, keeps them when asked to. @throws {TypeError} for arguments it does not know. */
export async function runParts(suite: PartedSuite, args: readonly string[]): Promise<void> {
  if (!hasProc) throw new Error("This bench reads CPU time and memory from /proc: it needs Linux.");
  const { name: suiteName, parts, beside } = suite;
  const { only, isKept, ...options } = readOptions(suite, args);
  const rows: (ModbusFigure & { readonly part: string; readonly date: string })[] = [];
  for (const [name, [says, part]] of parts) {
    if (only !== undefined && !only.includes(name)) continue;
    console.log(`${name}: ${says}`);
    const figures = await part(options);
    printModbus(figures);
    const date = new Date().toISOString();
    rows.push(...figures.map((found) => ({ part: name, date, ...found })));
  }
  if (!isKept) return;
  const others = keptToday(suiteName).filter(({ part = "" }) => only?.includes(part) === false);
  console.log(`\nkept in ${keep(suiteName, [...rows, ...others], beside?.())}`);
}

interface Wishes extends ModbusOptions {
  readonly only: readonly string[] | undefined;
  readonly isKept: boolean;
}

function readOptions(
  { name, parts, rounds, seconds }: PartedSuite,
  args: readonly string[],
): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rounds: { type: "string", default: String(rounds) },
      seconds: { type: "string", default: String(seconds) },
      keep: { type: "boolean", default: false },
      profile: { type: "string" },
    },
  });
  const only = values.only?.split(",");
  if (only?.some((part) => !parts.has(part)) === true) throw new TypeError(usageOf(name, parts));
  return {
    only,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    isKept: values.keep,
    profileFolder: values.profile,
  };
}

function usageOf(name: string, parts: PartedSuite["parts"]): string {
  return `npm run bench -- ${name} [--only NAME,…] [--rounds N] [--seconds N] [--profile FOLDER] [--keep]
  --only     ${[...parts.keys()].join(", ")}
  --profile  folder for CPU profiles of our processes
  --keep     writes bench/results/${name}-<date>.json; parts that were kept earlier that day stay`;
}
