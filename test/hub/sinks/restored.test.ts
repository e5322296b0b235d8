/** A hub with a sink that is backed up, lost and restored elsewhere; the target is a Mosquitto that was away meanwhile. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { unshub } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
} from "../../support/mosquitto-server.ts";
import { mqttListener, type MqttListener } from "../../support/mqtt-listener.ts";
import {
  edgeNodeClient,
  metric,
  startSinkHub,
  type EdgeNodeClient,
  type SinkHub,
} from "../../support/sink-hub.ts";

const PARTS = "Plant1/gw/press/Parts";
const OFTEN = "every: 20ms, retryAfter: 20ms, retryAtMost: 100ms, begin: oldest";

const parts = (value: number) => metric("Parts", "Int32", value, 1000 + value);

async function count(node: EdgeNodeClient, from: number, to: number): Promise<void> {
  for (let value = from; value <= to; value += 1) await node.data(1000 + value, [parts(value)]);
}

/** Good values of the metric, as they came. */
function good({ got }: MqttListener): readonly number[] {
  return got.flatMap(({ topic, text }) => {
    if (topic !== PARTS) return [];
    const { value, quality } = JSON.parse(text);
    return quality === "Good" ? [value] : [];
  });
}

async function untilRecorded({ rows }: SinkHub, wanted: number): Promise<void> {
  while (!(await rows()).some(({ value }) => value === wanted)) await pause(20);
}

describe("a sink of a restored hub", { skip, timeout: 180_000 }, () => {
  it("goes on where it was: what the target had does not come again, what it had not is not lost", async (t) => {
    const server = await mosquittoServer(t);
    const sink = `{ name: far, type: mqtt, url: "${server.url}", ${OFTEN} }`;
    const first = await startSinkHub(t, [sink]);
    const heardFirst = await mqttListener(t, server.url, "Plant1/#");
    const node = await edgeNodeClient(t, first.mqttPort);
    await node.born(1000, [parts(0)]);
    await count(node, 1, 49);
    await first.untilWritten("far");
    await heardFirst.until(() => good(heardFirst).at(-1) === 49);
    await server.kill();
    await count(node, 50, 99);
    await first.untilSink("far", ({ status }) => status === "down");
    await untilRecorded(first, 99);
    const file = join(tempDir(t), "plant.backup");

    const made = await unshub("backup", file, "--url", first.url);
    assert.equal(made.exitCode, 0, made.err);
    await first.stop();
    const dataDir = join(tempDir(t), "data");
    const restored = await unshub("restore", file, "--data-dir", dataDir);
    assert.equal(restored.exitCode, 0, restored.err);
    await server.start();
    const heard = await mqttListener(t, server.url, "Plant1/#");
    const second = await startSinkHub(t, [sink], { dataDir });
    const again = await edgeNodeClient(t, second.mqttPort);
    await again.born(1100, [parts(100)]);
    await heard.until(() => good(heard).includes(100));

    assert.deepEqual(
      good(heard),
      Array.from({ length: 51 }, (_, at) => 50 + at),
    );
    const { findings } = await second.ask("/api/v1/findings");
    assert.deepEqual(
      findings.filter(({ code }: { code: string }) => code.startsWith("SINK-")),
      [],
    );
  });
});
