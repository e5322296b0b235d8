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
const START_MS_AT_MOST = 1000;

export async function gateway(): Promise<void> {
  const starts: number[] = [];
  const megabytes: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { startMs, bytes } = await measureHub();
    starts.push(startMs);
    megabytes.push(bytes / 1024 / 1024);
  }
  print("start to first CONNACK, ms", median(starts), START_MS_AT_MOST);
  print(`memory with ${METRICS} metrics, MB`, median(megabytes), MEMORY_MB_AT_MOST);
}

async function measureHub(): Promise<{ readonly startMs: number; readonly bytes: number }> {
  const before = performance.now();
  const config = "history: {}\n"; // as it is when nothing is said
  const hub = await startServer("hub", "none", undefined, () => ({ config, files: new Map() }));
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

function print(what: string, value: number, atMost: number): void {
  const verdict = value <= atMost ? "reached" : "MISSED";
  console.log(`${what.padEnd(36)}${value.toFixed(0).padStart(8)}  ≤ ${atMost}: ${verdict}`);
}
