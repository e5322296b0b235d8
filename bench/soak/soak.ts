/**
 * `npm run bench -- soak`: the whole hub with history, plain topics and open pages under 50 000 values/s for ten minutes.
 * Whether its memory grows, whether anything is missing at the end, and what a message has to wait meanwhile.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "../broker/load/client.ts";
import { cpuSeconds, hasProc } from "../broker/proc.ts";
import { runRound } from "../broker/round.ts";
import type { RoundResult, Scenario } from "../broker/scenario.ts";
import { freePort, startServer, type Server } from "../broker/servers/start.ts";
import { keep } from "../measure.ts";
import {
  atMost,
  figure,
  printModbus as print,
  progress,
  type ModbusFigure as Line,
} from "../modbus/figures.ts";
import { numberIn, Told } from "../modbus/told.ts";
import { MemoryWatch, type Fit } from "./memory.ts";
import { Page } from "./page.ts";
import { DEVICES_PER_NODE, devicesFor, GROUP } from "./plant.ts";
import { wrongInLog, wrongOnPages, wrongPlainTopics, type Said, type Wrong } from "./verify.ts";

const PAGES = 4;
/** Each look stops the hub for some 60 ms: oftener, these pauses alone would be the p99 of the latency. */
const LOOK_EVERY_MS = 15_000;
const TELL_EVERY_LOOKS = 2;
const ALL_DATA = `spBv1.0/${GROUP}/DDATA/#`;
/** In less time there is nothing to judge but whether everything is there. */
const LONG_SECONDS = 300;
const P99_MS_AT_MOST = 20;
/** MB/min. */
const GROWTH_AT_MOST = 1;
/** Blocks of a million values are joined and the pools of the engine settle; before, memory grows in any case. */
const WARM_UP_MINUTES = 3;

/** Plain messages beside the plant, in a process of their own. */
const PROBE: Scenario = {
  name: "probe",
  says: "",
  routing: "pairs",
  qos: 0,
  persistent: false,
  target: undefined,
  publishers: 10,
  subscribers: 10,
  payload: { kind: "plain", bytes: 200 },
  load: { kind: "paced", perSecondEach: 10 },
};

interface Wishes {
  readonly seconds: number;
  readonly rate: number;
  readonly profileFolder: string | undefined;
}

/** Ends with exit code 1 when something is missing or memory grows. @throws {TypeError} for arguments it does not know. */
export async function soak(args: readonly string[]): Promise<void> {
  if (!hasProc) throw new Error("This bench reads CPU time and memory from /proc: it needs Linux.");
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "600" },
      rate: { type: "string", default: "50000" },
      profile: { type: "string" },
      keep: { type: "boolean", default: false },
    },
  });
  const wishes = {
    seconds: Number(values.seconds),
    rate: Number(values.rate),
    profileFolder: values.profile,
  };
  const { lines, samples } = await soaked(wishes);
  print(lines);
  if (values.keep) console.log(`\nkept in ${keep("soak", [...lines, { samples }])}`);
  if (lines.some(({ reached }) => reached === false)) process.exitCode = 1;
}

interface Hub {
  readonly server: Server;
  readonly http: number;
  readonly metrics: number;
  readonly inspector: number;
}

/** On a machine that stood still the plant says at once what it could not say: more than a subscriber may be behind. */
const ROOM_FOR_BURSTS = "mqtt: { limits: { outgoingSoftSize: 64MiB, outgoingHardSize: 256MiB } }";

async function startHub(profileFolder: string | undefined): Promise<Hub> {
  const [http, metrics, inspector] = [await freePort(), await freePort(), await freePort()];
  const server = await startServer("hub", "defaults", profileFolder, () => ({
    config: `history: {}\nuns: { projection: {} }\n${ROOM_FOR_BURSTS}\n`,
    listeners: `http: { port: ${http} }, metrics: { port: ${metrics} }`,
    files: new Map(),
    nodeOptions: [`--inspect=127.0.0.1:${inspector}`],
  }));
  return { server, http, metrics, inspector };
}

async function soaked(wishes: Wishes) {
  const { seconds, rate, profileFolder } = wishes;
  const since = Date.now();
  await using stack = new AsyncDisposableStack();
  const hub = await startHub(profileFolder);
  const { server, http } = hub;
  stack.defer(() => server.stop());
  const generator = stack.use(
    await Told.start([
      process.execPath,
      join(import.meta.dirname, "generator.ts"),
      ...[server.port, rate, seconds].map(String),
    ]),
  );
  const host = await Client.open({ port: server.port, clientId: "host", clean: true });
  await host.subscribe(ALL_DATA, 0);
  stack.defer(() => host.close());
  const pages = await openPages(http, devicesFor(rate));
  stack.defer(() => {
    for (const { page } of pages) page.close();
  });

  const watch = await MemoryWatch.open(server.pid, hub.inspector);
  stack.defer(() => watch.close());
  const cpu = cpuSeconds(server.pid);
  const watching = watched(watch, seconds);
  const probing = runRound({
    scenario: PROBE,
    port: server.port,
    serverPid: server.pid,
    warmUpSeconds: 2,
    seconds: Math.max(1, seconds - 4),
    number: 1,
  });
  const [sent, lane] = await Promise.all([generator.ask("run"), probing, watching]);
  const cores = (cpuSeconds(server.pid) - cpu) / numberIn(sent, "tookSeconds");
  const messages = numberIn(sent, "messages");
  await heard(host, messages);
  progress("everything is said; is it there?");
  const said = { devices: devicesFor(rate), messages, since, until: Date.now() + 1000 };
  const log = await wrongInLog(http, said);
  const lines = [
    figure("values sent", numberIn(sent, "values"), ""),
    figure("the generator was late, at most", numberIn(sent, "latestMs"), "ms"),
    atMost("rebirths asked for", numberIn(sent, "rebirths"), "", 0),
    atMost("messages missing at a subscriber", messages - host.inbox.messages, "", 0),
    figure("rows in the log, births with them", log.rows, ""),
    missing("metrics whose rows in the log are not exactly those that were said", log),
    missing("plain topics that do not hold the last value", await plainly(server, said)),
    missing("metrics that a page shows otherwise", await wrongOnPages(pages, said)),
    ...(await counted(hub)),
    ...pageLines(pages, seconds),
    ...laneLines(lane, seconds),
    figure("cores the hub takes", cores, ""),
    ...memoryLines(watch, seconds),
  ];
  return { lines, samples: watch.samples };
}

type OpenPage = { readonly page: Page; readonly devices: readonly number[] };

/** Each on the devices of an edge node of its own. */
async function openPages(port: number, devices: number): Promise<readonly OpenPage[]> {
  const nodes = devices / DEVICES_PER_NODE;
  return await Promise.all(
    Array.from({ length: PAGES }, async (_, at) => {
      const first = Math.floor((at * nodes) / PAGES) * DEVICES_PER_NODE;
      const own = Array.from({ length: DEVICES_PER_NODE }, (_each, device) => first + device);
      return { page: await Page.open(port, own), devices: own };
    }),
  );
}

async function watched(watch: MemoryWatch, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let looks = 0; performance.now() < end; looks += 1) {
    const { minutes, residentMb, heapMb } = await watch.look();
    if (looks % TELL_EVERY_LOOKS === 0) {
      const memory = `${residentMb.toFixed(0)} MB, heap ${heapMb.toFixed(0)} MB`;
      progress(`${minutes.toFixed(1)} minutes: ${memory}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Until the subscriber has all, or nothing comes any more. */
async function heard(host: Client, messages: number): Promise<void> {
  for (let before = -1; host.inbox.messages < messages && before !== host.inbox.messages;) {
    before = host.inbox.messages;
    await sleep(2000);
  }
}

/** Plain topics follow the tree in turns of their own: on a busy machine some seconds behind. */
async function plainly({ port }: Server, said: Said): Promise<Wrong> {
  let wrong = await wrongPlainTopics(port, said);
  for (let tries = 0; wrong.count > 0 && tries < 10; tries += 1) {
    await sleep(1000);
    wrong = await wrongPlainTopics(port, said);
  }
  return wrong;
}

function missing(what: string, { count, examples }: Wrong): Line {
  for (const example of examples) console.log(`  ! ${example}`);
  return atMost(what, count, "", 0);
}

/** What the hub itself says that it lost. */
async function counted({ metrics }: Hub): Promise<readonly Line[]> {
  const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return [
    atMost(
      "messages dropped, as the hub counts",
      sum(/^unshub_mqtt_messages_dropped_total{.*} (\S+)$/gm),
      "",
      0,
    ),
    figure(
      "memory of retained plain topics",
      sum(/^unshub_mqtt_retained_bytes (\S+)$/gm) / 1e6,
      "MB",
    ),
    figure("history.db", sum(/^unshub_log_bytes (\S+)$/gm) / 1e6, "MB"),
  ];
}

function pageLines(pages: readonly OpenPage[], seconds: number): readonly Line[] {
  const frames = pages.reduce((sum, { page }) => sum + page.frames, 0);
  const rows = pages.reduce((sum, { page }) => sum + page.watched, 0);
  return [
    figure("pages open; rows on each", rows / pages.length, ""),
    figure("frames a second on a page", frames / pages.length / seconds, ""),
  ];
}

function laneLines(
  { p50Ms = Number.NaN, p99Ms = Number.NaN, lost }: RoundResult,
  seconds: number,
): readonly Line[] {
  const p99 = "a plain message beside it, p99";
  return [
    figure("a plain message beside it, p50", p50Ms, "ms"),
    seconds >= LONG_SECONDS ? atMost(p99, p99Ms, "ms", P99_MS_AT_MOST) : figure(p99, p99Ms, "ms"),
    atMost("of these messages lost", lost, "", 0),
  ];
}

function memoryLines(watch: MemoryWatch, seconds: number): readonly Line[] {
  const warmUp = Math.min(WARM_UP_MINUTES, seconds / 60 / 3);
  const isLong = seconds >= LONG_SECONDS;
  const resident = watch.growth(warmUp, ({ residentMb }) => residentMb);
  const heap = watch.growth(warmUp, ({ heapMb }) => heapMb);
  const last = watch.samples.at(-1);
  return [
    figure("memory at the end, resident", last?.residentMb ?? Number.NaN, "MB"),
    ...growthLines("resident memory", resident, isLong),
    ...growthLines("heap of the main thread", heap, isLong),
  ];
}

/** Judged only where the fit is sure, and where there were minutes to look at. */
function growthLines(what: string, fit: Fit | undefined, isLong: boolean): readonly Line[] {
  if (fit === undefined) return [];
  const { perMinute, error } = fit;
  const line = figure(`${what} grows after the warm-up`, perMinute, "MB/min");
  const off = figure(`  of which the fit may be off by`, error, "MB/min");
  const target = `≤ ${GROWTH_AT_MOST}`;
  if (!isLong) return [line, off];
  if (perMinute + error <= GROWTH_AT_MOST) return [{ ...line, target, reached: true }, off];
  if (perMinute - error > GROWTH_AT_MOST) return [{ ...line, target, reached: false }, off];
  return [line, { ...off, what: `${off.what}: too much to say whether it is ${target}` }];
}
