/**
 * `npm run bench -- i3x`: the whole model of a plant of 100 000 metrics as one answer, packed anew, kept, and after one device was
 * born anew; all its values; and how long the hub did nothing else meanwhile. The hub is the real one, the plant comes over
 * MQTT, the client is in a thread of its own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { parseConfig } from "../../hub/src/config/index.ts";
import { startHub } from "../../hub/src/hub.ts";
import type { Figure } from "../measure.ts";
import { ALL_METRICS, openPlant, rebear } from "../projection/plant.ts";
import type { BenchAnswer, BenchAsk } from "./client-worker.ts";

const ROUNDS = 5;
const SETTLE_MS = 500;
const LOG = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const GZIP = { "accept-encoding": "gzip", accept: "application/json" };
const ONE_TYPE = "/objects?typeElementId=type:spb.EdgeNode";
const ALL = "/objects?includeMetadata=true";

function nothing(): undefined {}

/** An answer, and how long the event loop of the hub stood still at most. */
interface Taken extends BenchAnswer {
  readonly stallMs: number;
  /** Of the thread of the hub, and of its longest turn: what a busy machine changes little. */
  readonly cpuMs: number;
  readonly turnMs: number;
}

export async function i3x(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-bench-"));
  const text = `
hub: { dataDir: ${folder} }
listeners: { mqtt: { port: 0 }, http: { port: 0 } }
mqtt: { durability: memory }
history: { record: false }
i3x: { maxObjects: 200000 }
`;
  const config = await parseConfig(text, {
    file: "bench.yaml",
    checkAdapter: async () => undefined,
  });
  const hub = await startHub({ config, log: LOG, pageFolder: folder });
  const port = (kind: string): number =>
    hub.addresses.find((address) => address.kind === kind)?.port ?? 0;
  const worker = new Worker(new URL("client-worker.ts", import.meta.url));
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const ask = async (path: string, more: Partial<BenchAsk> = {}): Promise<Taken> => {
    await sleep(SETTLE_MS);
    loop.reset();
    loop.enable();
    const url = `http://127.0.0.1:${port("http")}/i3x/v1${path}`;
    worker.postMessage({ url, method: "GET", headers: GZIP, body: undefined, ...more });
    const turns = watchTurns();
    const answer = await nextAnswer(worker);
    loop.disable();
    return { ...answer, stallMs: loop.max / 1e6, ...turns() };
  };
  try {
    const nodes = await openPlant(port("mqtt"), async (births) => {
      while (hub.tree.rows.counts(0).metrics < births * 100) await sleep(20);
    });
    const found = [
      ...(await first(ask)),
      ...(await again(ask, () => {
        for (const node of nodes.slice(0, 1)) rebear(node);
      })),
      ...(await values(ask)),
    ];
    await Promise.all(nodes.map(({ client }) => client.close()));
    return found;
  } finally {
    await worker.terminate();
    await hub.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Of this thread, since it began; milliseconds. */
function cpu(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** CPU of this thread, and of its longest turn, until the answer is called; milliseconds. */
function watchTurns(): () => Pick<Taken, "cpuMs" | "turnMs"> {
  const began = cpu();
  let last = began;
  let turnMs = 0;
  let isOver = false;
  const look = (): void => {
    const now = cpu();
    turnMs = Math.max(turnMs, now - last);
    last = now;
    if (!isOver) setTimeout(look, 1);
  };
  setTimeout(look, 1);
  return () => {
    isOver = true;
    return { cpuMs: cpu() - began, turnMs };
  };
}

function nextAnswer(worker: Worker): Promise<BenchAnswer> {
  return new Promise((resolve) => {
    worker.once("message", (answer: BenchAnswer) => resolve(answer));
  });
}

type Ask = (path: string, more?: Partial<BenchAsk>) => Promise<Taken>;

/** With everything cold, and code that was never run. */
async function first(ask: Ask): Promise<readonly Figure[]> {
  const bare = await ask("/objects");
  const full = await ask(ALL);
  return [
    ...figures(`the first GET /objects of ${ALL_METRICS} metrics`, [bare]),
    ...figures("the first with metadata", [full]),
    { what: "with metadata: packed", unit: "MB", value: full.bytes / 1e6 },
  ];
}

async function again(ask: Ask, bear: () => void): Promise<readonly Figure[]> {
  const kept: Taken[] = [];
  const known: Taken[] = [];
  const changed: Taken[] = [];
  const plain: Taken[] = [];
  const ofType: Taken[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const taken = await ask(ALL);
    kept.push(taken);
    known.push(await ask(ALL, { headers: { ...GZIP, "if-none-match": taken.etag } }));
    plain.push(await ask(ALL, { headers: { accept: "application/json" } }));
    ofType.push(await ask(ONE_TYPE));
    bear();
    changed.push(await ask(ALL));
  }
  return [
    ...figures("again, kept", kept),
    ...figures("again, by If-None-Match", known),
    ...figures("after the birth of one device", changed),
    ...figures("for who takes no gzip", plain),
    ...figures("of one type, 20 among all", ofType),
  ];
}

async function values(ask: Ask): Promise<readonly Figure[]> {
  const elementIds = Array.from(
    { length: 1000 },
    (_, at) => `bench/node-${Math.floor(at / 50)}/device-${at % 50}`,
  );
  const body = JSON.stringify({ elementIds, maxDepth: 0 });
  const headers = { ...GZIP, "content-type": "application/json" };
  const taken: Taken[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    taken.push(await ask("/objects/value", { method: "POST", headers, body }));
  return figures("POST /objects/value of 1000 devices with all components", taken);
}

/** The median of the times, the worst of the stalls. */
function figures(what: string, taken: readonly Taken[]): readonly Figure[] {
  const median = (of: (one: Taken) => number): number =>
    taken.map(of).toSorted((a, b) => a - b)[taken.length >> 1] ?? 0;
  return [
    { what, unit: "ms", value: median(({ ms }) => ms) },
    { what: `${what}: CPU of the hub's thread`, unit: "ms", value: median(({ cpuMs }) => cpuMs) },
    {
      what: `${what}: CPU of its longest turn`,
      unit: "ms",
      value: Math.max(...taken.map(({ turnMs }) => turnMs)),
    },
    {
      what: `${what}: longest stall of the event loop`,
      unit: "ms",
      value: Math.max(...taken.map(({ stallMs }) => stallMs)),
    },
  ];
}
