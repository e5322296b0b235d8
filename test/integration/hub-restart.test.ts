/** A hub that stops and starts again on the same data directory, with a real client. */
import assert from "node:assert/strict";
import { rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";
import { Visit } from "../support/http-hub.ts";
import { startTestHub, tempDir } from "../support/hub.ts";
import { dbirth, nbirth, speed } from "../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";

async function edgeNode(t: TestContext, mqttPort: number): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 0 });
  t.after(() => client.endAsync(true));
  return client;
}

async function say(client: MqttClient, { topic, payload }: PublishedMessage): Promise<void> {
  await client.publishAsync(topic, Buffer.from(payload));
}

async function ask(httpPort: number, question: string): Promise<unknown> {
  return await (await fetch(`http://127.0.0.1:${httpPort}/api/ns/${question}`)).json();
}

describe("a hub that is started again", { timeout: 180_000 }, () => {
  it("shows the last state at once, and goes on with edges that lived on", async (t) => {
    const dataDir = tempDir(t);
    const first = await startTestHub(t, "", { dataDir });
    const before = await edgeNode(t, first.mqttPort);
    await say(before, nbirth());
    await say(before, dbirth());
    await first.until(() => first.hub.tree.find(SPEED) !== undefined);
    await first.stop();

    const second = await startTestHub(t, "", { dataDir });
    const { tree } = second.hub;
    const id = tree.find(SPEED) ?? 0;
    const shown = await ask(second.httpPort, `value?id=${id}`);
    const found = await ask(second.httpPort, "find?f=SPEED");
    await say(await edgeNode(t, second.mqttPort), speed(77, 2));
    await second.until(() => tree.metric(id)?.value === 77);

    assert.partialDeepStrictEqual(shown, { value: 1200, quality: 6 });
    assert.partialDeepStrictEqual(found, { hits: 1 });
    assert.deepEqual(
      [tree.metric(id)?.quality, tree.state(tree.find("g/e") ?? 0)],
      ["good", "online"],
    );
    assert.ok(!second.logged.some(({ message }) => message === "rebirth requested"));
  });

  it("keeps out whom somebody has banned, until that one is let in again", async (t) => {
    const dataDir = tempDir(t);
    const first = await startTestHub(t, "", { dataDir });
    const asked = new Visit(`http://127.0.0.1:${first.httpPort}`);
    await asked.json("PUT", "/api/v1/clients/scanner/ban", { minutes: null });
    await asked.json("PUT", "/api/v1/clients/laptop/ban", { minutes: 60 });
    await first.stop();

    const second = await startTestHub(t, "", { dataDir });
    const enter = async (clientId: string): Promise<MqttClient> => {
      const client = await connectAsync(`mqtt://127.0.0.1:${second.mqttPort}`, {
        clientId,
        protocolVersion: 5,
        reconnectPeriod: 0,
      });
      t.after(() => client.endAsync(true));
      return client;
    };

    await assert.rejects(enter("scanner"), { code: 0x8a });
    await assert.rejects(enter("laptop"), { code: 0x8a });
    await enter("another");
    const again = new Visit(`http://127.0.0.1:${second.httpPort}`);
    await again.json("DELETE", "/api/v1/clients/scanner/ban");
    await enter("scanner");
    await second.stop();
    const third = await startTestHub(t, "", { dataDir });
    const list = await fetch(`http://127.0.0.1:${third.httpPort}/api/v1/clients`);
    assert.match(await list.text(), /"bans":\[\{"clientId":"laptop"/);
  });

  for (const [what, spoil] of [
    ["is gone", (file: string) => rmSync(file)],
    ["is damaged", (file: string) => truncateSync(file, 100)],
  ] as const) {
    it(`shows the last births, as last known, when its snapshot ${what}`, async (t) => {
      const dataDir = tempDir(t);
      const first = await startTestHub(t, "", { dataDir });
      const before = await edgeNode(t, first.mqttPort);
      await say(before, nbirth());
      await say(before, dbirth());
      await first.until(() => first.hub.tree.find(SPEED) !== undefined);
      await say(before, speed(77, 2));
      await first.until(() => first.hub.tree.metric(first.hub.tree.find(SPEED) ?? 0)?.value === 77);
      await first.stop();
      spoil(join(dataDir, "tree.snapshot"));

      const second = await startTestHub(t, "", { dataDir });
      const { tree } = second.hub;
      const shown = await ask(second.httpPort, `value?id=${tree.find(SPEED) ?? 0}`);

      const reason = "as its last birth said, not heard since";
      assert.partialDeepStrictEqual(shown, { value: 1200, quality: 6, reason });
      assert.equal(tree.state(tree.find("g/e") ?? 0), "last-known");
      const told = second.logged.map(({ message }) => message);
      assert.ok(told.includes("no snapshot of the tree: restored from birth certificates"));
      assert.ok(!told.includes("rebirth requested"));
    });
  }
});
