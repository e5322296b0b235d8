/** Everything that is known of one client, over HTTP: bytes, the limit of its queue, what it publishes, what happened to it. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { z } from "zod";
import { startClosedHub, type Visit } from "../../support/http-hub.ts";
import { startTestHub } from "../../support/hub.ts";

const details = z.object({
  clean: z.boolean(),
  keepAliveSeconds: z.number(),
  receivedBytes: z.number(),
  sentBytes: z.number(),
  inFlight: z.number(),
  queued: z.number(),
  queuedBytes: z.number(),
  maxQueued: z.number().nullable(),
  tls: z.null(),
  subscriptions: z.array(
    z.object({ filter: z.string(), options: z.looseObject({ identifier: z.number() }) }),
  ),
  events: z.array(
    z.looseObject({ kind: z.string(), because: z.string().optional(), address: z.string() }),
  ),
  published: z
    .object({
      since: z.number(),
      topics: z.number(),
      hidden: z.number(),
      most: z.array(z.object({ topic: z.string(), messages: z.number(), refused: z.boolean() })),
    })
    .nullable(),
});

async function come(t: TestContext, port: number, options: IClientOptions): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...options,
  });
  t.after(() => client.endAsync(true));
  return client;
}

async function detailsOf(httpPort: number, id: string): Promise<z.output<typeof details>> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/api/v1/clients/${id}`);
  return details.parse(await answer.json());
}

async function published(visit: Visit): Promise<unknown> {
  return details.parse(await visit.json("GET", "/api/v1/clients/press")).published;
}

describe("one client over HTTP", () => {
  it("tells its bytes, its subscriptions with their options, and its busiest topics first", async (t) => {
    const hub = await startTestHub(t);
    const client = await come(t, hub.mqttPort, { clientId: "press" });
    await client.subscribeAsync("line/#", {
      qos: 1,
      rap: true,
      properties: { subscriptionIdentifier: 7 },
    });
    const payload = Buffer.alloc(1000);
    await client.publishAsync("line/seldom", payload, { qos: 1 });
    await client.publishAsync("line/often", payload, { qos: 1 });
    await client.publishAsync("line/often", payload, { qos: 1 });

    const found = await detailsOf(hub.httpPort, "press");

    assert.ok(found.receivedBytes > 3000 && found.receivedBytes < 4000);
    assert.ok(found.sentBytes > 3000 && found.sentBytes < 4000);
    assert.partialDeepStrictEqual(found.subscriptions, [
      { filter: "line/#", options: { identifier: 7, retainAsPublished: true, noLocal: false } },
    ]);
    assert.deepEqual(found.published?.most, [
      { topic: "line/often", messages: 2, refused: false },
      { topic: "line/seldom", messages: 1, refused: false },
    ]);
    assert.equal(found.maxQueued, 100_000);
    assert.deepEqual(
      found.events.map(({ kind }) => kind),
      ["connected"],
    );
  });

  it("away, tells what waits for it against its limit, and how it went", async (t) => {
    const hub = await startTestHub(t);
    const away = { clientId: "mes", clean: false, properties: { sessionExpiryInterval: 600 } };
    const client = await come(t, hub.mqttPort, away);
    await client.subscribeAsync("line/#", { qos: 1 });
    await client.endAsync();
    const other = await come(t, hub.mqttPort, { clientId: "press" });
    await other.publishAsync("line/part", Buffer.alloc(500), { qos: 1 });

    const found = await detailsOf(hub.httpPort, "mes");

    assert.equal(found.queued, 1);
    assert.ok(found.queuedBytes > 500);
    assert.equal(found.published, null);
    assert.deepEqual(
      found.events.map(({ kind, because }) => [kind, because]),
      [
        ["connected", undefined],
        ["ended", "it said DISCONNECT"],
      ],
    );
  });

  it("tells of the topics that it publishes only to who may read them, and of those that were refused", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("press", "viewer", ["node g/e", "publish line/#"]);
    await hub.putUser("erik", "engineer", ["read g"]);
    const login = { clientId: "press", username: "press", password: "long enough" };
    const will = { topic: "spBv1.0/g/NDEATH/e", payload: Buffer.alloc(0), qos: 1, retain: false };
    const client = await come(t, hub.mqttPort, { ...login, will: { ...will, qos: 1 } });
    await client.publishAsync("line/part", "1", { qos: 1 });
    await assert.rejects(client.publishAsync("elsewhere", "1", { qos: 1 }));

    const erik = await hub.visit("erik", "long enough");
    const list = JSON.stringify(await hub.admin.json("GET", "/api/v1/clients"));

    assert.match(list, /"clientId":"press".*"maxQueued":100000/);
    assert.partialDeepStrictEqual(await published(hub.admin), {
      topics: 2,
      hidden: 0,
      most: [
        { topic: "elsewhere", messages: 1, refused: true },
        { topic: "line/part", messages: 1, refused: false },
      ],
    });
    assert.partialDeepStrictEqual(await published(erik), { topics: 2, hidden: 2, most: [] });
    await assert.rejects(
      come(t, hub.mqttPort, { ...login, password: "wrong" }),
      "a wrong password is among its events",
    );
    const { events } = details.parse(await hub.admin.json("GET", "/api/v1/clients/press"));
    assert.equal(events.at(-1)?.kind, "refused");
  });
});
