/** 500 devices on 500 connections, five blocks of each a second: our adapter, and `modbus-serial` doing the same. */
import {
  atLeast,
  atMost,
  figure,
  progress,
  profiling,
  type ModbusFigure,
  type ModbusOptions,
} from "./figures.ts";
import { numberIn, Told } from "./told.ts";

const DEVICES = 500;
const BLOCKS = 5;
const REGISTERS = 20;
const INTERVAL_MS = 1000;
/** A window is so many rounds long. */
const SECONDS_PER_ROUND = 10;
/** Until connections and compilers have come to rest. */
const SETTLE_SECONDS = 30;

interface Window {
  readonly cpuPercent: number;
  readonly keptPercent: number;
  readonly requestsPercent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  /** Requests that failed, and with ours also values that were not good and devices that died. */
  readonly failed: number;
}

export async function fleetFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  // One after the other, since two fleets at once would wait for each other; the server starts anew for each.
  progress("modbus-serial");
  const library = await windowOf(["fleet-library.ts"], options, []);
  progress("ours, one request on the wire of each connection");
  const one = await windowOf(["fleet-ours.ts", "1"], options, profiling(options));
  progress(`ours, ${BLOCKS} on the wire`);
  const all = await windowOf(["fleet-ours.ts", String(BLOCKS)], options, []);
  return [
    ...figuresOf("ours", one, library),
    ...figuresOf(`ours, ${BLOCKS} on the wire`, all, library),
    figure("modbus-serial, CPU", library.cpuPercent, "% of a core"),
    figure("modbus-serial, slots kept", library.keptPercent, "%"),
    figure("modbus-serial, lateness of a slot, p99", library.p99Ms, "ms"),
    figure("modbus-serial, memory of the process", library.rssMb, "MB"),
    figure("modbus-serial, requests that failed", library.failed, "requests"),
  ];
}

async function windowOf(
  [name, ...more]: readonly [name: string, window?: string],
  { seconds }: ModbusOptions,
  nodeOptions: readonly string[],
): Promise<Window> {
  await using plc = await Told.startNode("plc.ts", []);
  const args = [numberIn(plc.first, "port"), DEVICES, BLOCKS, REGISTERS, ...more].map(String);
  await using program = await Told.startNode(name, args, nodeOptions);
  await program.ask(String(SETTLE_SECONDS));
  await plc.ask("begin");
  const answer = await program.ask(String(SECONDS_PER_ROUND * seconds));
  const slots = await plc.ask(`end ${INTERVAL_MS}`);
  const elapsed = numberIn(answer, "seconds");
  const due = DEVICES * Math.floor((elapsed * 1000) / INTERVAL_MS);
  const expected = Math.max(due, numberIn(slots, "slots"));
  return {
    cpuPercent: (numberIn(answer, "cpuSeconds") / elapsed) * 100,
    keptPercent: (numberIn(slots, "kept") / expected) * 100,
    requestsPercent: (numberIn(slots, "requests") / (expected * BLOCKS)) * 100,
    p50Ms: numberIn(slots, "p50Ms"),
    p99Ms: numberIn(slots, "p99Ms"),
    rssMb: numberIn(answer, "rssMb"),
    failed: numberIn(answer, "bad"),
  };
}

function figuresOf(head: string, ours: Window, library: Window): readonly ModbusFigure[] {
  return [
    figure(`${head}, CPU`, ours.cpuPercent, "% of a core"),
    atMost(`${head}, CPU to modbus-serial`, ours.cpuPercent / library.cpuPercent, "×", 0.45),
    atMost(`${head}, requests that failed`, ours.failed, "requests", 0),
    atLeast(`${head}, slots kept`, ours.keptPercent, "%", 100),
    atLeast(`${head}, requests made`, ours.requestsPercent, "%", 99),
    atMost(`${head}, lateness of a slot, p99`, ours.p99Ms, "ms", 5),
    figure(`${head}, lateness of a slot, p50`, ours.p50Ms, "ms"),
    figure(`${head}, memory of the process`, ours.rssMb, "MB"),
  ];
}
