/**
 * `npm run bench -- modbus`: our Modbus adapter against libmodbus and `modbus-serial`, and from the PLC to the subscriber.
 * What is compared runs in the same minute against the same server.
 */
import { parseArgs } from "node:util";
import { hasProc } from "../broker/proc.ts";
import { hostileFigures } from "./hostile.ts";
import { lineFigures } from "./line.ts";
import { keep } from "../measure.ts";
import { libmodbusVersion } from "./c/compile.ts";
import { fleetFigures } from "./fleet.ts";
import { printModbus, type ModbusFigure, type ModbusOptions } from "./figures.ts";
import { plantFigures } from "./plant.ts";
import { speedFigures } from "./speed.ts";
import { troubleFigures } from "./trouble.ts";

type Part = (options: ModbusOptions) => Promise<readonly ModbusFigure[]>;

const PARTS: ReadonlyMap<string, readonly [says: string, Part]> = new Map([
  ["speed", ["one connection, as fast as it goes", speedFigures]],
  ["fleet", ["500 devices on 500 connections, 5 blocks of each a second", fleetFigures]],
  ["plant", ["PLC to MQTT subscriber through the whole hub, every value changing", plantFigures]],
  ["trouble", ["what the others feel of a device's trouble", troubleFigures]],
  ["line", ["RTU over two pseudo-terminals", lineFigures]],
  ["hostile", ["wrong values taken for right ones", hostileFigures]],
]);

const USAGE = `npm run bench -- modbus [--only NAME,…] [--rounds N] [--seconds N] [--profile FOLDER] [--keep]
  --only     ${[...PARTS.keys()].join(", ")}
  --profile  folder for CPU profiles of our processes
  --keep     writes bench/results/modbus-<date>.json`;

/** @throws {TypeError} for arguments it does not know. */
export async function modbus(args: readonly string[]): Promise<void> {
  if (!hasProc) throw new Error("This bench reads CPU time and memory from /proc: it needs Linux.");
  const { only, isKept, ...options } = readOptions(args);
  const rows: (ModbusFigure & { readonly part: string })[] = [];
  for (const [name, [says, part]] of PARTS) {
    if (only !== undefined && !only.includes(name)) continue;
    console.log(`${name}: ${says}`);
    const figures = await part(options);
    printModbus(figures);
    rows.push(...figures.map((found) => ({ part: name, ...found })));
  }
  if (isKept) console.log(`\nkept in ${keep("modbus", rows, { libmodbus: libmodbusVersion() })}`);
}

interface Wishes extends ModbusOptions {
  readonly only: readonly string[] | undefined;
  readonly isKept: boolean;
}

function readOptions(args: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1" },
      keep: { type: "boolean", default: false },
      profile: { type: "string" },
    },
  });
  const only = values.only?.split(",");
  if (only?.some((name) => !PARTS.has(name)) === true) throw new TypeError(USAGE);
  return {
    only,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    isKept: values.keep,
    profileFolder: values.profile,
  };
}
