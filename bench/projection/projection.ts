/**
 * `npm run bench -- projection`: what plain topics cost the data lane. A plant of 100 000 metrics through sockets into the
 * whole hub, without plain topics and with them: while nobody listens, while one device is listened to, and all of them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../broker/load/client.ts";
import { publishFrame } from "../broker/load/frames.ts";
import { cpuSeconds, residentBytes } from "../broker/proc.ts";
import { startServer } from "../broker/servers/start.ts";
import type { Figure } from "../measure.ts";
import {
  ALL_BIRTHS,
  ALL_DATA,
  ALL_METRICS,
  ALL_TOPICS,
  BIRTHS,
  EVERYTHING,
  ONE_DEVICE,
  openPlant,
  PER_MESSAGE,
  sendData,
  type Node,
} from "./plant.ts";

const ROUNDS = 3;
/** DDATA a second while the lane is watched: 20 000 values/s. */
const PACE = 2000;
const PACED_MS = 5000;
const FLOOD_MS = 3000;
const SETTLE_MS = 2000;
const PROBE_EVERY_MS = 4;
/** DDATA that may be under way while the hub does as much as it can. */
const WINDOW = 1000;
const PROBE = "probe";

interface Variant {
  readonly what: string;
  readonly uns: string;
  readonly filter: string | undefined;
}

const ON = "uns: { projection: {} }\n";
const VARIANTS: readonly Variant[] = [
  { what: "without plain topics", uns: "", filter: undefined },
  { what: "with them, nobody listens", uns: ON, filter: undefined },
  { what: "with them, one device of 1000 is listened to", uns: ON, filter: ONE_DEVICE },
  { what: "with them, all are listened to", uns: ON, filter: EVERYTHING },
];

interface Outcome {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the hub for each value at a steady pace, microseconds. */
  readonly cpuUs: number;
  readonly valuesPerSecond: number;
  readonly valuesPerCpuSecond: number;
  /** Plain messages told in the flood, and at the steady pace. */
  readonly toldPerSecond: number;
  readonly toldAtPace: number;
  readonly megabytes: number;
  /** From SUBSCRIBE to the last retained message. */
  readonly retainedMs: number;
}

export async function projection(): Promise<readonly Figure[]> {
  const outcomes = new Map<string, Outcome[]>(VARIANTS.map(({ what }) => [what, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const variant of VARIANTS) outcomes.get(variant.what)?.push(await measured(variant));
  }
  return [...outcomes].flatMap(([what, rounds]) => figuresOf(what, rounds));
}

function figuresOf(what: string, rounds: readonly Outcome[]): readonly Figure[] {
  const figure = (name: string, unit: string, of: (outcome: Outcome) => number): Figure => ({
    what: `${what}: ${name}`,
    unit,
    value: rounds.map(of).toSorted((a, b) => a - b)[rounds.length >> 1] ?? 0,
  });
  const isHeard = rounds.some(({ retainedMs }) => retainedMs > 0);
  const pace = `${(PACE * PER_MESSAGE) / 1000} 000 values/s`;
  return [
    figure(`lane at ${pace}, p50`, "ms", ({ p50Ms }) => p50Ms),
    figure(`lane at ${pace}, p99`, "ms", ({ p99Ms }) => p99Ms),
    figure(`CPU of a value at ${pace}`, "µs", ({ cpuUs }) => cpuUs),
    figure("values/s through the lane, flooded", "1000/s", (one) => one.valuesPerSecond / 1000),
    figure("values a CPU second, flooded", "1000", (one) => one.valuesPerCpuSecond / 1000),
    figure(`memory with ${ALL_METRICS} metrics`, "MB", ({ megabytes }) => megabytes),
    ...(isHeard
      ? [
          figure(`plain messages told at ${pace}`, "1000/s", (one) => one.toldAtPace / 1000),
          figure("plain messages told, flooded", "1000/s", (one) => one.toldPerSecond / 1000),
          figure("SUBSCRIBE to the last retained", "ms", ({ retainedMs }) => retainedMs),
        ]
      : []),
  ];
}

async function measured({ what, uns, filter }: Variant): Promise<Outcome> {
  const server = await startServer("hub", "none", undefined, () => ({
    config: uns,
    files: new Map(),
  }));
  const { port, pid } = server;
  const open = (clientId: string): Promise<Client> => Client.open({ port, clientId, clean: true });
  try {
    const host = await open("host");
    await host.subscribe(ALL_BIRTHS, 0);
    const nodes = await openPlant(port, (births) =>
      until(host, () => host.inbox.messages >= births, what),
    );
    await host.subscribe(ALL_DATA, 0);
    const { reader, retainedMs } = await readerOf(filter, open);
    await sleep(SETTLE_MS);
    const told = reader?.inbox.messages ?? 0;
    const calm = await paced(port, pid, nodes);
    const toldAtPace = ((reader?.inbox.messages ?? 0) - told) / (PACED_MS / 1000);
    const flood = await flooded({ pid, nodes, host, reader });
    const megabytes = residentBytes(pid) / 1e6;
    const clients = [
      host,
      ...(reader === undefined ? [] : [reader]),
      ...nodes.map((node) => node.client),
    ];
    await Promise.all(clients.map((client) => client.close()));
    return { ...calm, ...flood, toldAtPace, megabytes, retainedMs };
  } finally {
    await server.stop();
  }
}

async function readerOf(
  filter: string | undefined,
  open: (clientId: string) => Promise<Client>,
): Promise<{ readonly reader: Client | undefined; readonly retainedMs: number }> {
  if (filter === undefined) return { reader: undefined, retainedMs: 0 };
  const reader = await open("reader");
  const from = performance.now();
  await reader.subscribe(filter, 0);
  const all = filter === EVERYTHING ? ALL_TOPICS : ALL_TOPICS / BIRTHS;
  await until(reader, () => reader.inbox.messages >= all, filter);
  return { reader, retainedMs: performance.now() - from };
}

/** The lane while the plant says as much as plants do: a probe goes through it every few milliseconds. */
async function paced(
  port: number,
  pid: number,
  nodes: readonly Node[],
): Promise<Pick<Outcome, "p50Ms" | "p99Ms" | "cpuUs">> {
  const times: number[] = [];
  const numbered = (sentAt: number): number => times.push(performance.now() - sentAt);
  const watcher = await Client.open({ port, clientId: "watcher", clean: true, numbered });
  await watcher.subscribe(PROBE, 0);
  const prober = await Client.open({ port, clientId: "prober", clean: true });
  const probing = setInterval(() => prober.write(probeFrame()), PROBE_EVERY_MS);
  const cpu = cpuSeconds(pid);
  const sent = await sendSteadily(nodes);
  const cpuUs = ((cpuSeconds(pid) - cpu) * 1e6) / (sent * PER_MESSAGE);
  clearInterval(probing);
  await Promise.all([watcher.close(), prober.close()]);
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), cpuUs };
}

function probeFrame(): Buffer {
  const payload = Buffer.alloc(200);
  payload.writeDoubleLE(performance.now());
  return publishFrame({ topic: PROBE, payload });
}

/** Answers how many messages were sent. */
async function sendSteadily(nodes: readonly Node[]): Promise<number> {
  const from = performance.now();
  let sent = 0;
  while (performance.now() - from < PACED_MS) {
    const due = ((performance.now() - from) / 1000) * PACE;
    for (; sent < due; sent += 1) sendNext(nodes, sent);
    await sleep(1);
  }
  return sent;
}

function sendNext(nodes: readonly Node[], count: number): void {
  const node = nodes[count % nodes.length];
  if (node !== undefined) sendData(node);
}

interface Flood {
  readonly pid: number;
  readonly nodes: readonly Node[];
  readonly host: Client;
  readonly reader: Client | undefined;
}

/** As many as the hub takes: never more than a window of them is under way. */
async function flooded({
  pid,
  nodes,
  host,
  reader,
}: Flood): Promise<Pick<Outcome, "valuesPerSecond" | "valuesPerCpuSecond" | "toldPerSecond">> {
  const heardBefore = host.inbox.messages;
  const toldBefore = reader?.inbox.messages ?? 0;
  const cpu = cpuSeconds(pid);
  const from = performance.now();
  let sent = 0;
  const send = (): void => {
    for (; sent - (host.inbox.messages - heardBefore) < WINDOW; sent += 1) sendNext(nodes, sent);
  };
  host.onProgress = send;
  send();
  await sleep(FLOOD_MS);
  host.onProgress = () => undefined;
  const seconds = (performance.now() - from) / 1000;
  const values = (host.inbox.messages - heardBefore) * PER_MESSAGE;
  return {
    valuesPerSecond: values / seconds,
    valuesPerCpuSecond: values / (cpuSeconds(pid) - cpu),
    toldPerSecond: ((reader?.inbox.messages ?? 0) - toldBefore) / seconds,
  };
}

/** @throws when it takes longer than a minute. */
async function until(client: Client, holds: () => boolean, what: string): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve, reject) => {
    const giveUp = setTimeout(() => {
      reject(new Error(`${what}: only ${client.inbox.messages} messages came`));
    }, 60_000);
    client.onProgress = () => {
      if (!holds()) return;
      clearTimeout(giveUp);
      client.onProgress = () => undefined;
      resolve();
    };
  });
}
