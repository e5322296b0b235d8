/** `npm run bench -- gateway`: how soon a hub is there, and how much memory it needs with 1 000 metrics at rest. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "./broker/load/client.ts";
import { openEdgeNode } from "./broker/load/edge-node.ts";
import { residentBytes } from "./broker/proc.ts";
import { startServer } from "./broker/servers/start.ts";

const ROUNDS = 5;
const METRICS = 1000;
/** Until what the start needed has been put away. */
const SETTLE_MS = 5000;
const MEMORY_MB_AT_MOST = 120;
/** The history as it is when nothing is said. */
const DEFAULT_HISTORY = "history: {}\n";
const START_MS_AT_MOST = 1000;

export async function gateway(): Promise<void> {
  const [starts, megabytes] = await measured("", DEFAULT_HISTORY);
  print("start to first CONNACK, ms", median(starts), START_MS_AT_MOST);
  print(`memory with ${METRICS} metrics, MB`, median(megabytes), MEMORY_MB_AT_MOST);
  const [, withoutHistory] = await measured("", "history: { record: false }\n");
  print("the same without a history, MB", median(withoutHistory));
  const [, withPage] = await measured("http: { port: 0 }", DEFAULT_HISTORY);
  print("the same with the page's port open, MB", median(withPage));
}

/** Milliseconds and megabytes of some hubs, one after the other, with these listeners besides that for MQTT. */
async function measured(
  listeners: string,
  history: string,
): Promise<readonly [ms: number[], megabytes: number[]]> {
  const starts: number[] = [];
  const megabytes: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { startMs, bytes } = await measureHub(listeners, history);
    starts.push(startMs);
    megabytes.push(bytes / 1024 / 1024);
  }
  return [starts, megabytes];
}

async function measureHub(
  listeners: string,
  history: string,
): Promise<{ readonly startMs: number; readonly bytes: number }> {
  const before = performance.now();
  const extras = { config: history, listeners, files: new Map<string, string>() };
  const hub = await startServer("hub", "none", undefined, () => extras);
  const { port, pid } = hub;
  const client = await Client.open({ port, clientId: "bench-first", clean: true });
  const startMs = performance.now() - before;
  const node = await openEdgeNode({ port, index: 0, metrics: METRICS, bdSeq: 0 });
  await sleep(SETTLE_MS);
  const bytes = residentBytes(pid);
  await Promise.all([client.close(), node.client.close()]);
  await hub.stop();
  return { startMs, bytes };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function print(what: string, value: number, atMost?: number): void {
  const verdict = value <= (atMost ?? Infinity) ? "reached" : "MISSED";
  const target = atMost === undefined ? "" : `  ≤ ${atMost}: ${verdict}`;
  console.log(`${what.padEnd(40)}${value.toFixed(0).padStart(8)}${target}`);
}
