/** Requests under full load: our link, libmodbus and `modbus-serial` at one server, in rounds that alternate. */
import { compilePrograms } from "./c/compile.ts";
import {
  atLeast,
  atMost,
  figure,
  median,
  profiling,
  type ModbusFigure,
  type ModbusOptions,
} from "./figures.ts";
import { numberIn, Told } from "./told.ts";

/** A few values, and a whole block of the planner. */
const REGISTERS = [10, 120];
const WINDOW = 8;

const CONTENDERS = [
  { name: "ours", program: "ours", window: 1 },
  { name: "libmodbus", program: "libmodbus", window: 1 },
  { name: "modbus-serial", program: "library", window: 1 },
  { name: "ours, window 8", program: "ours", window: WINDOW },
  { name: "modbus-serial, window 8", program: "library", window: WINDOW },
] as const;

type Name = (typeof CONTENDERS)[number]["name"];

/** The median of the rounds. */
interface Speed {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

interface Round extends Speed {
  readonly name: Name;
}

export async function speedFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  using programs = compilePrograms();
  for (const sentence of programs.missing) console.log(`  ${sentence}`);
  await using plc = await (programs.plc === undefined
    ? Told.startNode("plc.ts", [])
    : Told.start([programs.plc]));
  const port = String(numberIn(plc.first, "port"));
  await using ours = await Told.startNode("speed-ours.ts", [port], profiling(options));
  await using library = await Told.startNode("speed-library.ts", [port]);
  await using libmodbus =
    programs.client === undefined ? undefined : await Told.start([programs.client, port]);
  const running = { ours, library, libmodbus };
  const figures: ModbusFigure[] = [];
  for (const registers of REGISTERS) {
    figures.push(...figuresOf(registers, await roundsOf(running, registers, options)));
  }
  return figures;
}

async function roundsOf(
  running: Readonly<Record<"ours" | "library" | "libmodbus", Told | undefined>>,
  registers: number,
  { rounds, seconds }: ModbusOptions,
): Promise<ReadonlyMap<Name, Speed>> {
  const found: Round[] = [];
  // The first round lets the compilers of Node do their work.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, program, window } of CONTENDERS) {
      const speed = await roundOf(running[program], `${seconds} ${registers} ${window}`);
      if (speed !== undefined && round > 0) found.push({ name, ...speed });
    }
  }
  const byName = Map.groupBy(found, ({ name }) => name);
  return new Map(Array.from(byName, ([name, own]) => [name, middle(own)]));
}

async function roundOf(program: Told | undefined, line: string): Promise<Speed | undefined> {
  if (program === undefined) return undefined;
  const answer = await program.ask(line);
  const requests = numberIn(answer, "requests");
  if (numberIn(answer, "wrong") > 0) throw new Error("a client read wrong values");
  return {
    perSecond: requests / numberIn(answer, "seconds"),
    cpuMicroseconds: (numberIn(answer, "cpuSeconds") / requests) * 1e6,
  };
}

function middle(rounds: readonly Speed[]): Speed {
  return {
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: median(rounds.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  };
}

function figuresOf(registers: number, speeds: ReadonlyMap<Name, Speed>): readonly ModbusFigure[] {
  const head = `${registers} registers`;
  const absolute = Array.from(speeds, ([name, { perSecond, cpuMicroseconds }]) => [
    figure(`${head}: ${name}`, perSecond, "requests/s"),
    figure(`${head}: ${name}, CPU`, cpuMicroseconds, "µs a request"),
    figure(`${head}: ${name}, CPU`, (cpuMicroseconds / registers) * 1000, "ns a tag"),
  ]).flat();
  const ours = speeds.get("ours");
  const windowed = speeds.get("ours, window 8");
  const libmodbus = speeds.get("libmodbus");
  const library = speeds.get("modbus-serial");
  const libraryWindowed = speeds.get("modbus-serial, window 8");
  return [
    ...absolute,
    ...ratiosTo(`${head}: ours to libmodbus`, ours, libmodbus, [
      ["requests/s", 0.7],
      ["CPU a request", 1.6],
    ]),
    ...ratiosTo(`${head}: window 8 to libmodbus`, windowed, libmodbus, [["requests/s", 3]]),
    ...ratiosTo(`${head}: window 8 to modbus-serial`, windowed, library, [["requests/s", 5]]),
    ...ratiosTo(`${head}: window 8 to its window 8`, windowed, libraryWindowed, [
      ["requests/s", undefined],
    ]),
  ];
}

/** What is compared, and what to reach. */
type Limit = readonly ["requests/s" | "CPU a request", number | undefined];

function ratiosTo(
  what: string,
  ours: Speed | undefined,
  peer: Speed | undefined,
  limits: readonly Limit[],
): readonly ModbusFigure[] {
  if (ours === undefined || peer === undefined) return [];
  return limits.map(([kind, limit]) => {
    const isSpeed = kind === "requests/s";
    const ratio = isSpeed
      ? ours.perSecond / peer.perSecond
      : ours.cpuMicroseconds / peer.cpuMicroseconds;
    if (limit === undefined) return figure(`${what}, ${kind}`, ratio, "×");
    return (isSpeed ? atLeast : atMost)(`${what}, ${kind}`, ratio, "×", limit);
  });
}
