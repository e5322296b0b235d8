/**
 * `npm run bench -- opcua`: the whole hub, from an OPC UA server to an MQTT subscriber, against a program that has the same
 * subscription with `node-opcua-client` alone. Both take turns at one server in the same run.
 */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, residentBytes } from "../broker/proc.ts";
import {
  atLeast,
  atMost,
  figure,
  median,
  type ModbusFigure,
  type ModbusOptions,
} from "../modbus/figures.ts";
import { numberIn } from "../modbus/told.ts";
import { runParts, type PartedSuite } from "../parts.ts";
import { Load, startHub, type Mode } from "./plant.ts";
import { troubleFigures } from "./trouble.ts";

/** Of all values together, a second. node-opcua's own server does about 7000. */
const RATES = [1_000, 5_000];
const MANY = 10_000;
const SETTLE_MS = 3_000;
/** Below it V8 is still compiling where values are few: at 1000 values/s the hub then takes twice what it takes later; a gateway runs for months. */
const WARM_MS = 60_000;
const KILOBYTE = 1_024;

const PARTS: PartedSuite["parts"] = new Map([
  ["flow", ["every value changes once a second", flowFigures]],
  ["secure", ["the same hub with SignAndEncrypt (Basic256Sha256)", secureFigures]],
  ["start", [`${MANY} tags from nothing to the first birth`, startFigures]],
  ["memory", ["what an item costs", memoryFigures]],
  ["trouble", ["a black hole, and a node that vanishes", troubleFigures]],
]);

/** @throws {TypeError} for arguments it does not know. */
export async function opcua(args: readonly string[]): Promise<void> {
  console.log("load server: node-opcua-server, in a process of its own\n");
  await runParts({ name: "opcua", parts: PARTS, rounds: 3, seconds: 10 }, args);
}

/** What came in a round, and what it cost. */
interface Flow {
  readonly perSecond: number;
  readonly usPerValue: number;
}

async function flowFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  const figures: ModbusFigure[] = [];
  for (const rate of RATES) {
    await using load = await Load.start(rate, 1_000);
    const plain: Flow[] = [];
    const ours: Flow[] = [];
    let missing = 0;
    for (let round = 0; round < options.rounds; round += 1) {
      plain.push(await plainFlow(load, options));
      const found = await hubFlow(load, options, "None");
      ours.push(found.flow);
      missing += found.missing;
    }
    const head = `${rate} values/s`;
    const [theirs, own] = [middle(plain), middle(ours)];
    figures.push(
      figure(`${head}: plain client`, theirs.perSecond, "values/s"),
      figure(`${head}: plain client, CPU`, theirs.usPerValue, "µs a value"),
      figure(`${head}: hub to MQTT subscriber`, own.perSecond, "values/s"),
      figure(`${head}: hub, CPU of all threads`, own.usPerValue, "µs a value"),
      atLeast(`${head}: delivered`, (own.perSecond / theirs.perSecond) * 100, "% of plain", 99),
      atMost(`${head}: CPU`, own.usPerValue / theirs.usPerValue, "× plain", 1.6),
      atMost(`${head}: lost on the way to the subscriber`, missing, "values", 0),
    );
  }
  return figures;
}

async function plainFlow(load: Load, { seconds }: ModbusOptions): Promise<Flow> {
  await using plain = await load.startPlain("None");
  await sleep(WARM_MS);
  const found = await plain.ask(`watch ${seconds}`);
  const values = numberIn(found, "values");
  return {
    perSecond: values / numberIn(found, "seconds"),
    usPerValue: (numberIn(found, "cpuSeconds") / values) * 1e6,
  };
}

async function hubFlow(
  load: Load,
  options: ModbusOptions,
  mode: Mode,
): Promise<{ readonly flow: Flow; readonly missing: number }> {
  await using side = await startHub(load, options, { mode });
  const { hub, subscriber } = side;
  await sleep(WARM_MS);
  await subscriber.ask("rest"); // waiting for the burst to end is not measured
  const before = cpuSeconds(hub.pid);
  const found = await subscriber.ask(`watch ${options.seconds}`);
  const [values, seconds] = [numberIn(found, "values"), numberIn(found, "seconds")];
  const usPerValue = ((cpuSeconds(hub.pid) - before) / values) * 1e6;
  const missing = numberIn(await subscriber.ask("missing"), "missing");
  return { flow: { perSecond: values / seconds, usPerValue }, missing };
}

function middle(flows: readonly Flow[]): Flow {
  return {
    perSecond: median(flows.map(({ perSecond }) => perSecond)),
    usPerValue: median(flows.map(({ usPerValue }) => usPerValue)),
  };
}

async function secureFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  const [, rate = 0] = RATES;
  await using load = await Load.start(rate, 1_000);
  const flows: Record<Mode, Flow[]> = { None: [], SignAndEncrypt: [] };
  for (let round = 0; round < options.rounds; round += 1) {
    for (const mode of ["None", "SignAndEncrypt"] as const) {
      flows[mode].push((await hubFlow(load, options, mode)).flow);
    }
  }
  const [plain, secure] = [middle(flows.None), middle(flows.SignAndEncrypt)];
  return [
    figure("None", plain.usPerValue, "µs a value"),
    figure("SignAndEncrypt", secure.usPerValue, "µs a value"),
    atMost("SignAndEncrypt, CPU", secure.usPerValue / plain.usPerValue, "× None", 1.35),
  ];
}

async function startFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  await using load = await Load.start(MANY, 0);
  await using folder = await mkdtempDisposable(join(tmpdir(), "unshub-bench-"));
  // The first start of a hub makes its certificate, once in its life; the plain client has its own from former runs, too.
  await (await load.startAdapter(options, folder.path))[Symbol.asyncDispose]();
  const plainMs: number[] = [];
  const oursMs: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    await using plain = await load.startPlain("None");
    plainMs.push(numberIn(plain.first, "readyMs"));
    await plain[Symbol.asyncDispose]();
    await using adapter = await load.startAdapter(options, folder.path);
    oursMs.push(numberIn(adapter.first, "readyMs"));
  }
  const [theirs, own] = [median(plainMs), median(oursMs)];
  return [
    figure("plain client: everything created in parts of 100", theirs, "ms"),
    figure("adapter: types read, everything created, born", own, "ms"),
    atMost("time to the first birth", own / theirs, "× plain", 1.5),
  ];
}

async function memoryFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  const few = await memoryOf(MANY / 10, options);
  const many = await memoryOf(MANY, options);
  const items = MANY - MANY / 10;
  return [
    figure("plain client", (many.plain - few.plain) / items / KILOBYTE, "KB an item"),
    figure("hub, tree and births included", (many.hub - few.hub) / items / KILOBYTE, "KB an item"),
  ];
}

/** Bytes that are resident while so many numbers change every 5 s. */
async function memoryOf(
  count: number,
  options: ModbusOptions,
): Promise<{ readonly plain: number; readonly hub: number }> {
  await using load = await Load.start(count, 5_000);
  await using plain = await load.startPlain("None");
  await sleep(2 * SETTLE_MS);
  const plainBytes = residentBytes(plain.pid);
  await plain[Symbol.asyncDispose]();
  await using side = await startHub(load, options);
  await sleep(2 * SETTLE_MS);
  return { plain: plainBytes, hub: residentBytes(side.hub.pid) };
}
