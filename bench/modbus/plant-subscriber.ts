/**
 * The subscriber at the end of the plant: `plant-subscriber.ts PORT GROUP` reads every DDATA, and knows of each value
 * which reading of which register it is (`registers.ts`): what is lost, came twice or is wrong. It also writes.
 */
import { decodePayload, deviceCommand, rebirthRequest } from "@unshub/sparkplug";
import { connectAsync } from "mqtt";
import { percentile } from "./figures.ts";
import { clockMicroseconds, microsecondsBetween } from "./registers.ts";
import { answerLines } from "./told.ts";

const GIVE_UP_WRITE_MS = 5000;
/** The births of an edge node of this bench are megabytes: they need their time. */
const ASK_APART_MS = 2000;
const [port = "1883", groupId = "Plant"] = process.argv.slice(2);

/** One metric of a device, as its birth named it. */
interface Metric {
  /** `own`: what every device says of itself beside its tags. */
  readonly kind: "time" | "value" | "setpoint" | "own";
  readonly address: number;
  /** What the last value said of its reading; -1: there was none. */
  reading: number;
}

/** By alias; aliases are those of an edge node. */
const nodes = new Map<string, Map<number, Metric>>();
const devices = new Set<string>();
let counts = { values: 0, messages: 0, lost: 0, twice: 0, wrong: 0, bad: 0 };
let latenciesMs: number[] = [];
let setpoint = { value: -1, came: (): void => undefined };
let askAgainAtMs = 0;

const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
client.on("message", (topic, payload) => {
  const [, , type, edgeNodeId = "", deviceId] = topic.split("/");
  if (type === "DBIRTH") born(edgeNodeId, payload);
  else if (type === "DDATA") data(edgeNodeId, deviceId ?? "", payload);
});
await client.subscribeAsync(`spBv1.0/${groupId}/+/#`);

await answerLines({}, async ([word, ...rest]) => {
  if (word === "heard") return { devices: devices.size };
  if (word === "begin") {
    counts = { values: 0, messages: 0, lost: 0, twice: 0, wrong: 0, bad: 0 };
    latenciesMs = [];
    return {};
  }
  if (word === "write") return await write(rest[0] ?? "", rest[1] ?? "", Number(rest[2]));
  return {
    ...counts,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
  };
});
await client.endAsync(true);

function born(edgeNodeId: string, payload: Uint8Array): void {
  const known = nodes.get(edgeNodeId) ?? new Map<number, Metric>();
  nodes.set(edgeNodeId, known);
  for (const { name = "", alias } of decodePayload(payload).metrics) {
    if (alias === undefined) continue;
    const kind = kindOf(name);
    known.set(Number(alias), { kind, address: Number(name.slice(1)), reading: -1 });
  }
}

function kindOf(name: string): Metric["kind"] {
  if (name === "Setpoint") return "setpoint";
  if (/^T\d+$/.test(name)) return "time";
  return /^V\d+$/.test(name) ? "value" : "own";
}

function data(edgeNodeId: string, deviceId: string, payload: Uint8Array): void {
  const known = nodes.get(edgeNodeId);
  const now = clockMicroseconds();
  counts.messages += 1;
  for (const { alias, value } of decodePayload(payload).metrics) {
    const metric = known?.get(Number(alias));
    if (metric === undefined) return askForBirth(edgeNodeId);
    if (metric.kind === "own") continue;
    counts.values += 1;
    if (typeof value?.raw !== "number") counts.bad += 1;
    else take(metric, value.raw, now);
  }
  devices.add(deviceId);
}

function take(metric: Metric, raw: number, now: number): void {
  if (metric.kind === "setpoint") {
    if (raw === setpoint.value) setpoint.came();
    return;
  }
  if (metric.kind === "time") {
    latenciesMs.push(microsecondsBetween(raw, now) / 1000);
    return;
  }
  const reading = (raw - metric.address) & 0xffff;
  const step = metric.reading === -1 ? 1 : (reading - metric.reading) & 0xffff;
  metric.reading = reading;
  if (step === 0) counts.twice += 1;
  else if (step > 1000) counts.wrong += 1;
  else counts.lost += step - 1;
}

function askForBirth(edgeNodeId: string): void {
  if (performance.now() < askAgainAtMs) return;
  askAgainAtMs = performance.now() + ASK_APART_MS;
  const { topic, payload } = rebirthRequest({ groupId, edgeNodeId }, Date.now());
  client.publish(topic, Buffer.from(payload));
}

/** Writes one value after the other, each when the one before was read back; times from DCMD to DDATA. */
async function write(
  edgeNodeId: string,
  deviceId: string,
  count: number,
): Promise<Readonly<Record<string, number>>> {
  const tookMs: number[] = [];
  let missing = 0;
  for (let value = 1; value <= count; value += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setpoint = { value, came: resolve };
    const begunAt = performance.now();
    const timer = setTimeout(resolve, GIVE_UP_WRITE_MS);
    const node = { groupId, edgeNodeId };
    const command = deviceCommand(
      { ...node, deviceId, metric: "Setpoint", datatype: "UInt16", value },
      Date.now(),
    );
    client.publish(command.topic, Buffer.from(command.payload));
    await promise;
    clearTimeout(timer);
    const took = performance.now() - begunAt;
    if (took >= GIVE_UP_WRITE_MS) missing += 1;
    tookMs.push(took);
  }
  return { missing, p50Ms: percentile(tookMs, 0.5), p95Ms: percentile(tookMs, 0.95) };
}
