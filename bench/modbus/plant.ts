/** From the PLC to the subscriber through the whole hub: 10 000, 50 000 and 100 000 values a second, all of them changing. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, residentBytes, threadCpuSeconds } from "../broker/proc.ts";
import { freePort, startServer, type Server } from "../broker/servers/start.ts";
import {
  atLeast,
  atMost,
  figure,
  progress,
  type ModbusFigure,
  type ModbusOptions,
} from "./figures.ts";
import { FIRST_WRITABLE, STRETCH_REGISTERS, STRETCH_TAGS, TIME_REGISTERS } from "./registers.ts";
import { numberIn, Told, type Answer } from "./told.ts";

/** A link reads 10 devices of 1000 values each, once a second. An entry is a thread of the hub. */
interface Scene {
  readonly links: number;
  readonly entries: number;
}
const SCENES: readonly Scene[] = [
  { links: 1, entries: 1 },
  { links: 5, entries: 5 },
  { links: 10, entries: 10 },
  { links: 10, entries: 1 },
];
const DEVICES_PER_LINK = 10;
const TAGS_PER_DEVICE = 1000;
const GROUP = "Plant";
/** An edge node with 100 000 metrics is born with 6 MB at once: six times what a subscriber may be behind by default. */
const ROOM_FOR_BIRTHS = { limits: { outgoingSoftSize: "64MiB", outgoingHardSize: "256MiB" } };
const HEARD_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 5000;
const SETTLE_MS = 4000;
const SECONDS_PER_ROUND = 5;
const WRITES = 100;
const MEGABYTE = 1_048_576;

/** What may cost values, as the hub counts it. */
const COUNTED = new Map([
  ["samples that gave way to later ones", /_coalesced_samples_total{[^}]*} (\d+)/g],
  ["requests without an answer", /_timeouts_total{[^}]*} (\d+)/g],
  ["slots left out", /_overruns_total{[^}]*} (\d+)/g],
]);

interface Plant extends AsyncDisposable {
  readonly metricsPort: number;
  readonly hub: Server;
  readonly plc: Told;
  readonly subscriber: Told;
}

export async function plantFigures(options: ModbusOptions): Promise<readonly ModbusFigure[]> {
  const figures: ModbusFigure[] = [];
  for (const scene of SCENES) {
    const head = headOf(scene);
    progress(`${head}: starts`);
    await using plant = await startPlant(scene, options);
    progress(`${head}: runs`);
    figures.push(...(await underWay(plant, scene, options)));
    if (scene.links < 10) continue;
    progress(`${head}: ${WRITES} writes`);
    figures.push(...(await writing(plant, head)));
  }
  return figures;
}

function headOf({ links, entries }: Scene): string {
  const rate = links * DEVICES_PER_LINK * TAGS_PER_DEVICE;
  return `${rate} values/s, ${entries === 1 ? "1 thread" : `${entries} threads`}`;
}

async function startPlant(scene: Scene, { profileFolder }: ModbusOptions): Promise<Plant> {
  const stack = new AsyncDisposableStack();
  const plc = stack.use(await Told.startNode("plc.ts", []));
  const metricsPort = await freePort();
  const hub = await startServer("hub", "none", profileFolder, (folder) => ({
    listeners: `metrics: { port: ${metricsPort} }`,
    config: adaptersOf(scene, numberIn(plc.first, "port"), join(folder, "kind.yaml")),
    files: new Map([["kind.yaml", JSON.stringify(kindOfDevice())]]),
  }));
  stack.defer(() => hub.stop());
  const args = [String(hub.port), GROUP];
  const subscriber = stack.use(await Told.startNode("plant-subscriber.ts", args));
  await allHeard(subscriber, scene);
  await sleep(SETTLE_MS);
  return { hub, metricsPort, plc, subscriber, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Until every device was heard and nothing of it is unknown. */
async function allHeard(subscriber: Told, scene: Scene): Promise<void> {
  const all = scene.links * DEVICES_PER_LINK;
  const giveUpAtMs = performance.now() + HEARD_WITHIN_MS;
  let heard = 0;
  for (let looks = 1; heard < all; looks += 1) {
    await sleep(LOOK_EVERY_MS / 10);
    heard = numberIn(await subscriber.ask("heard"), "devices");
    if (looks % 10 === 0) progress(`${headOf(scene)}: ${heard} of ${all} devices are heard`);
    if (performance.now() > giveUpAtMs) throw new Error(`only ${heard} of ${all} devices came`);
  }
}

/** The entries of the hub's configuration; JSON is YAML. */
function adaptersOf({ links, entries }: Scene, port: number, template: string): string {
  const adapters = Array.from({ length: entries }, (_, entry) => ({
    name: `link${entry}`,
    protocol: "modbus",
    group: GROUP,
    edgeNode: `link${entry}`,
    links: Array.from({ length: links / entries }, (_each, link) => ({
      link: { host: "127.0.0.1", port },
      devices: Array.from({ length: DEVICES_PER_LINK }, (_one, device) => ({
        name: `plc${(entry * links) / entries + link}-${device}`,
        unit: device + 1,
        readOnly: false,
        template,
      })),
    })),
  }));
  return `mqtt: ${JSON.stringify(ROOM_FOR_BIRTHS)}\nadapters: ${JSON.stringify(adapters)}\n`;
}

function kindOfDevice(): object {
  const tags: object[] = [];
  for (let start = 0; tags.length < TAGS_PER_DEVICE; start += STRETCH_REGISTERS) {
    tags.push({ name: `T${start}`, at: `hr:${start}`, type: "uint32", group: "all" });
    for (let tag = 1; tag < STRETCH_TAGS; tag += 1) {
      const at = start + TIME_REGISTERS + tag - 1;
      tags.push({ name: `V${at}`, at: `hr:${at}`, type: "uint16", group: "all" });
    }
  }
  tags.push({
    name: "Setpoint",
    at: `hr:${FIRST_WRITABLE}`,
    type: "uint16",
    group: "all",
    access: "rw",
    // Left out, the adapter waits 50 ms before it reads back; here its own time counts.
    verifyAfter: "0ms",
  });
  return { template: "device of the bench", groups: { all: { interval: "1s" } }, tags };
}

async function underWay(
  { hub, metricsPort, subscriber, plc }: Plant,
  scene: Scene,
  { seconds }: ModbusOptions,
): Promise<readonly ModbusFigure[]> {
  const { pid } = hub;
  const countedBefore = await counted(metricsPort);
  await plc.ask("begin");
  await subscriber.ask("begin");
  const before = { cpu: cpuSeconds(pid), threads: threadCpuSeconds(pid), at: performance.now() };
  await sleep(SECONDS_PER_ROUND * seconds * 1000);
  const elapsed = (performance.now() - before.at) / 1000;
  const percent = (cpu: number): number => (cpu / elapsed) * 100;
  const total = percent(cpuSeconds(pid) - before.cpu);
  const threads = Array.from(threadCpuSeconds(pid), ([name, cpu]) => ({
    name,
    percent: percent(cpu - (before.threads.get(name) ?? 0)),
  }));
  const answer = await subscriber.ask("end");
  const slots = await plc.ask("end 1000");
  const countedAfter = await counted(metricsPort);
  const head = headOf(scene);
  return [
    ...Array.from(countedAfter, ([what, count]) =>
      figure(`${head}: ${what}`, count - (countedBefore.get(what) ?? 0), ""),
    ),
    ...judged(head, { answer, slots, elapsed, total }),
    figure(`${head}: memory of the hub`, residentBytes(pid) / MEGABYTE, "MB"),
    ...threads
      .filter((thread) => thread.percent >= 0.5)
      .map((thread) => figure(`${head}: threads ${thread.name}`, thread.percent, "% of a core")),
  ];
}

/** Of all devices together. */
async function counted(port: number): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await answer.text();
  return new Map(
    Array.from(COUNTED, ([what, pattern]) => {
      const counts = Array.from(text.matchAll(pattern), ([, count]) => Number(count));
      return [what, counts.reduce((sum, count) => sum + count, 0)];
    }),
  );
}

interface Found {
  readonly answer: Answer;
  readonly slots: Answer;
  readonly elapsed: number;
  readonly total: number;
}

function judged(head: string, { answer, slots, elapsed, total }: Found): readonly ModbusFigure[] {
  const values = numberIn(answer, "values");
  return [
    figure(`${head}: that came`, values / elapsed, "values/s"),
    atMost(`${head}: CPU of the hub, all threads`, total, "% of a core", 100),
    figure(`${head}: CPU`, (total / 100 / (values / elapsed)) * 1e6, "µs a value"),
    figure(`${head}: PLC's answer to subscriber, p50`, numberIn(answer, "p50Ms"), "ms"),
    figure(`${head}: PLC's answer to subscriber, p99`, numberIn(answer, "p99Ms"), "ms"),
    atLeast(
      `${head}: slots kept`,
      (numberIn(slots, "kept") / numberIn(slots, "slots")) * 100,
      "%",
      100,
    ),
    ...["lost", "twice", "wrong", "bad"].map((name) =>
      atMost(`${head}: ${name}`, numberIn(answer, name), "values", 0),
    ),
  ];
}

async function writing({ subscriber }: Plant, scene: string): Promise<readonly ModbusFigure[]> {
  const answer = await subscriber.ask(`write link0 plc0-0 ${WRITES}`);
  const head = `${scene}: write to value read back`;
  return [
    figure(`${head}, p50`, numberIn(answer, "p50Ms"), "ms"),
    atMost(`${head}, p95`, numberIn(answer, "p95Ms"), "ms", 50),
    atMost(`${scene}: writes without an answer`, numberIn(answer, "missing"), "writes", 0),
  ];
}
