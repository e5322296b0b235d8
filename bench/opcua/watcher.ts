/**
 * Watches all numbers of the bench's server for a while, with the adapter or with a plain client of the library, and tells
 * how many values came and what they cost. Arguments: `adapter` or `plain`, port, namespace index, count, seconds.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import opcua from "@unshub/adapter-opcua";
import { OPCUAClient, TimestampsToReturn } from "node-opcua-client";

const [kind = "adapter", port = "0", namespace = "2", count = "1000", seconds = "10"] =
  process.argv.slice(2);
const endpoint = `opc.tcp://127.0.0.1:${port}`;
let values = 0;
const startedAt = performance.now();
const readyMs = kind === "plain" ? await watchPlain() : await watchByAdapter();

await delay(2_000); // the first values are behind us
const before = process.cpuUsage();
values = 0;
await delay(Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(before);
const rssMb = Math.round(process.memoryUsage.rss() / 1_048_576);
process.send?.({ kind, values, usPerValue: (user + system) / values, readyMs, rssMb });
process.exit(0);

function quiet(): void {
  // on purpose
}

/** Resolves with how long it took until the device was born, in ms. */
async function watchByAdapter(): Promise<number> {
  const born = Promise.withResolvers<number>();
  const adapter = opcua.create(
    opcua.parseConfig({
      endpoint,
      security: "none",
      allowNone: true,
      device: "bench",
      groups: { all: { interval: "1s", sampling: "500ms" } },
      tags: Array.from({ length: Number(count) }, (_, index) => ({
        name: `N${index}`,
        node: `ns=${namespace};s=N${index}`,
        group: "all",
      })),
    }),
    {
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      dataDir: mkdtempSync(join(tmpdir(), "unshub-bench-")),
      now: () => Date.now(),
      isSlow: () => false,
      report: {
        born: () => born.resolve(performance.now() - startedAt),
        changed: quiet,
        samples: (_device, batch) => {
          values += batch.count;
        },
        died: quiet,
      },
    },
  );
  await adapter.start();
  return await born.promise;
}

/** The same by the library alone, as its documentation has it, in chunks of 100. */
async function watchPlain(): Promise<number> {
  const client = OPCUAClient.create({ endpointMustExist: false });
  await client.connect(endpoint);
  const session = await client.createSession();
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 1_000,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 1_000,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  for (let start = 0; start < Number(count); start += 100) {
    const items = Array.from({ length: Math.min(100, Number(count) - start) }, (_, index) => ({
      nodeId: `ns=${namespace};s=N${start + index}`,
      attributeId: 13,
    }));
    const group = await subscription.monitorItems(
      items,
      { samplingInterval: 500, queueSize: 10, discardOldest: true },
      TimestampsToReturn.Both,
    );
    group.on("changed", () => {
      values += 1;
    });
  }
  return performance.now() - startedAt;
}
