/**
 * The subscriber at the end: `subscriber.ts PORT` reads the hub's MQTT as anybody would. `born N` waits for a birth with so
 * many numbers, `rest` until a burst has ended, `watch S` counts what comes, `quality GOOD|BAD|STALE` waits until N0 has it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { decodePayload, rebirthRequest } from "@unshub/sparkplug";
import { connectAsync } from "mqtt";
import { answerLines } from "../modbus/told.ts";
import { Numbers } from "./numbers.ts";

type Metric = ReturnType<typeof decodePayload>["metrics"][number];

/** As the property `Quality` has them. */
const GOOD = 192;
const STALE = 500;
const QUALITY: ReadonlyMap<string, number> = new Map([
  ["GOOD", GOOD],
  ["BAD", 0],
  ["STALE", STALE],
]);
const [port = "1883"] = process.argv.slice(2);
const nodeOf = new Map<number, number>();
const numbers = new Numbers();
let born = 0;
let quality = -1;
let isAsked = false;
let wake = Promise.withResolvers<void>();

const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
client.on("message", (topic, payload) => {
  const type = topic.split("/")[2];
  if (type === "DBIRTH") birth(payload);
  else if (type === "DDATA") for (const metric of decodePayload(payload).metrics) take(metric);
  else if (type === "DDEATH" || type === "NDEATH") quality = STALE;
  wake.resolve();
  wake = Promise.withResolvers();
});
await client.subscribeAsync("spBv1.0/Bench/+/#");

await answerLines({}, async ([word, argument = ""]) => {
  if (word === "born") {
    while (born < Number(argument)) await wake.promise;
    return { atMs: Date.now() };
  }
  if (word === "rest") {
    await numbers.pause();
    return {};
  }
  if (word === "watch") {
    const before = await numbers.begin();
    await sleep(Number(argument) * 1000);
    return await numbers.since(before);
  }
  if (word === "quality") {
    while (quality !== QUALITY.get(argument)) await wake.promise;
    return { atMs: Date.now() };
  }
  return { missing: numbers.missing() };
});
await client.endAsync(true);

function birth(payload: Uint8Array): void {
  born = 0;
  for (const metric of decodePayload(payload).metrics) {
    const { name = "", alias } = metric;
    if (alias === undefined || !/^N\d+$/.test(name)) continue;
    nodeOf.set(Number(alias), Number(name.slice(1)));
    born += 1;
    take(metric);
  }
}

/** It was born before this program came. */
function askForBirth(): void {
  if (isAsked) return;
  isAsked = true;
  const request = rebirthRequest({ groupId: "Bench", edgeNodeId: "bench" }, Date.now());
  client.publish(request.topic, Buffer.from(request.payload));
}

function take(metric: Metric): void {
  const node = nodeOf.get(Number(metric.alias));
  if (node === undefined) {
    if (nodeOf.size === 0) askForBirth();
    return;
  }
  const found = metric.properties.get("Quality")?.value?.raw;
  const now = typeof found === "number" ? found : GOOD;
  if (node === 0 && !metric.isHistorical) quality = now;
  if (now !== GOOD) return;
  const value = metric.value?.raw;
  if (typeof value === "number") numbers.take(node, value);
}
