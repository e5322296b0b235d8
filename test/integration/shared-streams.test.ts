/** Shared subscriptions through the whole hub, with clients of somebody else. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { startTestHub } from "../support/hub.ts";
import { Inbox } from "../support/mqtt-inbox.ts";

interface Member {
  readonly client: MqttClient;
  readonly count: () => number;
}

async function openMembers(
  t: TestContext,
  port: number,
  filter: string,
  got: Inbox<string>,
): Promise<Member[]> {
  const open = async (): Promise<Member> => {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
    t.after(() => client.endAsync(true));
    let messages = 0;
    client.on("message", (topic) => {
      if (topic.includes("/NCMD/")) return; // the hub asks for births
      messages += 1;
      got.push(topic);
    });
    await client.subscribeAsync(filter);
    return { client, count: () => messages };
  };
  return await Promise.all([open(), open(), open()]);
}

async function publishTwelve(t: TestContext, port: number, topic: string): Promise<void> {
  const publisher = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  t.after(() => publisher.endAsync(true));
  for (let count = 0; count < 12; count += 1) await publisher.publishAsync(topic, "x", { qos: 1 });
}

describe("a shared subscription", { timeout: 180_000 }, () => {
  it("to Sparkplug's topics gives all messages of a publisher to the same member", async (t) => {
    const { mqttPort } = await startTestHub(t);
    const got = new Inbox<string>();
    const members = await openMembers(t, mqttPort, "$share/scada/spBv1.0/#", got);

    await publishTwelve(t, mqttPort, "spBv1.0/g/NDATA/e");
    for (let count = 0; count < 12; count += 1) await got.next();

    assert.deepEqual(
      members.map(({ count }) => count()).toSorted((a, b) => a - b),
      [0, 0, 12],
    );
  });

  it("to other topics gives them in turn", async (t) => {
    const { mqttPort } = await startTestHub(t);
    const got = new Inbox<string>();
    const members = await openMembers(t, mqttPort, "$share/workers/jobs", got);

    await publishTwelve(t, mqttPort, "jobs");
    for (let count = 0; count < 12; count += 1) await got.next();

    assert.deepEqual(
      members.map(({ count }) => count()),
      [4, 4, 4],
    );
  });
});
