/**
 * What a program with the library alone does: `plain.ts ENDPOINT NAMESPACE COUNT MODE` subscribes to all numbers in parts of
 * 100, as the library's documentation has it. `watch S` counts what comes; `lost` waits until the library says that the peer is
 * gone, `back` until values come again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { answerLines, timed } from "../modbus/told.ts";
import { Numbers } from "./numbers.ts";

const [endpoint = "", namespace = "2", count = "0", mode = "None"] = process.argv.slice(2);
const CHUNK = 100;

const startedAt = performance.now();
const {
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  setDebugLogger,
  setErrorLogger,
  setWarningLogger,
  TimestampsToReturn,
} = await import("node-opcua-client");
for (const set of [setDebugLogger, setErrorLogger, setWarningLogger]) set(() => undefined);
const isSecure = mode !== "None";
const client = OPCUAClient.create({
  endpointMustExist: false,
  securityMode: isSecure ? MessageSecurityMode.SignAndEncrypt : MessageSecurityMode.None,
  securityPolicy: isSecure ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
  keepSessionAlive: true,
});
const numbers = new Numbers();
let lost = Promise.withResolvers<number>();
const gone = (): void => lost.resolve(Date.now());
client.on("connection_lost", gone);
await client.connect(endpoint);
const session = await client.createSession();
session.on("keepalive_failure", gone);
session.on("session_closed", gone);
const subscription = await session.createSubscription2({
  requestedPublishingInterval: 1_000,
  requestedMaxKeepAliveCount: 5,
  requestedLifetimeCount: 1_000,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
  priority: 1,
});
subscription.on("terminated", gone);
for (let start = 0; start < Number(count); start += CHUNK) {
  const items = Array.from({ length: Math.min(CHUNK, Number(count) - start) }, (_, index) => ({
    nodeId: `ns=${namespace};s=N${start + index}`,
    attributeId: 13,
  }));
  const group = await subscription.monitorItems(
    items,
    { samplingInterval: 500, queueSize: 60, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on("changed", (_item, data, index) => {
    const value: unknown = data.value.value;
    if (typeof value === "number") numbers.take(start + index, value);
  });
}

await answerLines({ readyMs: performance.now() - startedAt }, async ([word, argument]) => {
  if (word === "watch") {
    const before = await numbers.begin();
    return await timed(async () => {
      await sleep(Number(argument) * 1000);
      return await numbers.since(before);
    });
  }
  if (word === "lost") {
    const atMs = await lost.promise;
    lost = Promise.withResolvers();
    return { atMs };
  }
  if (word === "back") return { atMs: await numbers.next() };
  return { missing: numbers.missing() };
});
// What is left behind the server would go on serving, and who comes next would wait for it.
await Promise.race([session.close(true).then(() => client.disconnect()), sleep(4_000)]);
process.exit(0);
