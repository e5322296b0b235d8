/** Edge nodes with their clock and their last day, how connections ended, and clients that are kept out, over HTTP. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { z } from "zod";
import { startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { dbirth, message as sparkplug, nbirth, speed } from "../../support/sparkplug-messages.ts";

const nodeList = z.object({
  slotMs: z.literal(900_000),
  nodes: z.array(
    z.object({
      group: z.string(),
      edgeNode: z.string(),
      lost: z.number(),
      messages: z.number(),
      rebirths: z.number(),
      perSecond: z.number(),
      countedSince: z.number(),
      own: z.object({ births: z.number(), deaths: z.number() }),
      recent: z.array(z.object({ message: z.number(), kind: z.string() })),
      devices: z.object({ online: z.number(), all: z.number() }),
      clock: z.object({ aheadMs: z.number(), delayMs: z.number() }).nullable(),
      day: z.array(z.number()).length(96),
      lastEnd: z.object({ clientId: z.string(), because: z.string() }).nullable(),
    }),
  ),
  more: z.boolean(),
});
const clientList = z.object({
  clients: z.array(
    z.object({
      clientId: z.string(),
      lastEnd: z
        .object({ by: z.string(), reasonCode: z.number().nullable(), because: z.string() })
        .nullable(),
    }),
  ),
  bans: z.array(
    z.object({ clientId: z.string(), until: z.number(), reason: z.string().nullable() }),
  ),
});

async function come(
  t: TestContext,
  port: number,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...options,
  });
  t.after(() => client.endAsync(true));
  return client;
}

describe("edge nodes over HTTP", () => {
  it("tell their clock, what they lost, the last day, and how their last connection ended", async (t) => {
    const hub = await startTestHub(t);
    const ask = async (query = "") => {
      const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/nodes${query}`);
      return nodeList.parse(await answer.json());
    };
    const client = await come(t, hub.mqttPort, { clientId: "gw" });
    for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const { nodes, more } = await ask();
    assert.equal(more, false);
    assert.partialDeepStrictEqual(nodes, [
      { group: "g", edgeNode: "e", lost: 7, devices: { online: 1, all: 1 }, lastEnd: null },
    ]);
    const lastSlots = nodes[0]?.day.slice(-2); // a quarter of an hour may have begun since
    assert.ok(lastSlots?.includes(1 | 4), String(lastSlots));
    assert.notEqual(nodes[0]?.clock, null);
    assert.deepEqual((await ask("?after=g/e")).nodes, []);

    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/clients/gw`, {
      method: "DELETE",
      headers: { "x-uns-hub": "page" },
    });
    await closed;

    const [after] = (await ask()).nodes;
    assert.equal(after?.lastEnd?.clientId, "gw");
    assert.match(after.lastEnd.because, /^it was sent off: /);
  });

  it("are counted anew by who may change things; their life, and the trail, tell of it", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("olga", "operator", ["read g"]);
    await hub.putUser("erik", "engineer", ["read g"]);
    await hub.putUser("other", "engineer", ["read h"]);
    await hub.putUser("part", "engineer", ["read g/e/d"]);
    const client = await come(t, hub.mqttPort, {
      clientId: "node",
      username: "node",
      password: "long enough",
    });
    for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const reset = async (name: string, path = "g/e") => {
      const visit = await hub.visit(name, "long enough");
      return (await visit.ask("DELETE", `/api/v1/nodes/${path}/counters`)).status;
    };
    const [before] = nodeList.parse(await hub.admin.json("GET", "/api/v1/nodes")).nodes;

    assert.deepEqual(
      [
        await reset("olga"),
        await reset("part"), // sees the edge node, and not all of it
        await reset("other"),
        await reset("erik", "g/x"),
      ],
      [403, 403, 404, 404],
    );
    assert.equal(await reset("erik"), 200);

    const [after] = nodeList.parse(await hub.admin.json("GET", "/api/v1/nodes")).nodes;
    assert.deepEqual([before?.lost, before?.messages, before?.own.births], [7, 3, 1]);
    assert.deepEqual([after?.lost, after?.messages, after?.own.births], [0, 0, 0]);
    assert.ok((after?.countedSince ?? 0) > 0);
    assert.deepEqual(
      after?.recent.map(({ message, kind }) => [message, kind]),
      [
        [1, "birth"],
        [2, "birth"],
        [3, "gap"],
      ],
    );
    const life = JSON.stringify(await hub.admin.json("GET", "/api/v1/nodes/g/e"));
    assert.match(life, /"kind":"reset","at":\d+,"what":"reset by user:erik"/);
    assert.match(life, /"members":\[\{"device":"d","state":"online",.*"births":0/);
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit"));
    assert.match(trail, /"reset counters","object":"g\/e","before":\{"messages":3/);
  });

  it("have hosts beside them, by what each retained of itself, for those who read everything", async (t) => {
    const hub = await startTestHub(t);
    const scada = await come(t, hub.mqttPort, { clientId: "scada" });
    await scada.publishAsync("spBv1.0/STATE/scada", '{"online":true,"timestamp":5}', {
      qos: 1,
      retain: true,
    });

    const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/hosts`);

    const { hosts } = z
      .object({ hosts: z.array(z.object({ hostId: z.string(), online: z.boolean() })) })
      .parse(await answer.json());
    assert.deepEqual(hosts.find(({ hostId }) => hostId === "scada")?.online, true);
    assert.ok(hosts.some(({ hostId, online }) => hostId !== "scada" && online)); // the hub itself
  });

  it("are there only for those who may read in them", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("reader", "operator", ["read g"]);
    await hub.putUser("other", "operator", ["read h"]);
    const client = await come(t, hub.mqttPort, {
      clientId: "node",
      username: "node",
      password: "long enough",
    });
    const { topic, payload } = nbirth();
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });

    const seen = [];
    for (const name of ["reader", "other"]) {
      const visit = await hub.visit(name, "long enough");
      seen.push(nodeList.parse(await visit.json("GET", "/api/v1/nodes")).nodes.length);
    }

    assert.deepEqual(seen, [1, 0]);
  });

  it("tell of no device that may not be read, neither in a list nor in a count nor in what happened", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("reader", "operator", ["read g/e/d"]);
    const client = await come(t, hub.mqttPort, {
      clientId: "node",
      username: "node",
      password: "long enough",
    });
    for (const { topic, payload } of [nbirth(), dbirth(), sparkplug("DBIRTH/e/secret", [], 2)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const reader = await hub.visit("reader", "long enough");

    const [node] = nodeList.parse(await reader.json("GET", "/api/v1/nodes")).nodes;
    const [whole] = nodeList.parse(await hub.admin.json("GET", "/api/v1/nodes")).nodes;
    const life = JSON.stringify(await reader.json("GET", "/api/v1/nodes/g/e"));

    assert.deepEqual([node?.devices.all, whole?.devices.all], [1, 2]);
    assert.deepEqual([node?.recent.length, whole?.recent.length], [2, 3]);
    assert.match(life, /"device":"d"/);
    assert.doesNotMatch(life, /secret/);
  });
});

describe("a client that is banned over HTTP", () => {
  it("goes, and comes in again only when the ban is lifted; others are not touched, the trail tells", async (t) => {
    const hub = await startClosedHub(t, "", { more: "" });
    await hub.putUser("laptop", "viewer", ["read *"]);
    const login = { username: "laptop", password: "long enough" };
    const enter = (clientId: string) => come(t, hub.mqttPort, { clientId, ...login });
    const client = await enter("laptop-7");
    const gone = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    const ban = { minutes: 60, reason: "test traffic" };
    const before = Date.now();

    await hub.admin.json("PUT", "/api/v1/clients/laptop-7/ban", ban);

    await gone;
    await assert.rejects(enter("laptop-7"), { code: 0x8a });
    await enter("laptop-8");
    const { clients, bans } = clientList.parse(await hub.admin.json("GET", "/api/v1/clients"));
    assert.deepEqual(
      bans.map(({ clientId, reason }) => [clientId, reason]),
      [["laptop-7", "test traffic"]],
    );
    assert.ok((bans[0]?.until ?? 0) >= before + 3_600_000);
    assert.deepEqual(
      clients.filter(({ clientId }) => clientId === "laptop-7"),
      [],
    );

    await hub.admin.json("DELETE", "/api/v1/clients/laptop-7/ban");
    const again = await hub.admin.ask("DELETE", "/api/v1/clients/laptop-7/ban");
    await enter("laptop-7");

    assert.equal(again.status, 404);
    const later = clientList.parse(await hub.admin.json("GET", "/api/v1/clients"));
    const end = later.clients.find(({ clientId }) => clientId === "laptop-7")?.lastEnd;
    assert.equal(end?.reasonCode, 0x8a);
    assert.match(end.because, /^the hub ended it: it is banned until .*: test traffic$/);
    const trail = JSON.stringify(await hub.admin.json("GET", "/api/v1/audit"));
    assert.match(trail, /"client banned","object":"client laptop-7"/);
    assert.match(trail, /"ban lifted","object":"client laptop-7"/);
  });

  it("is banned only by whoever may see it, and never when it is an edge node of the hub itself", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startClosedHub(t, pressAdapter(server.port));
    await hub.putUser("laptop", "viewer", ["read *"]);
    await hub.putUser("line1", "engineer", ["read Plant1"]);
    const line1 = await hub.visit("line1", "long enough");
    await come(t, hub.mqttPort, {
      clientId: "laptop-7",
      username: "laptop",
      password: "long enough",
    });
    const statusOf = async (id: string, method = "PUT", by = line1) => {
      const path = `/api/v1/clients/${encodeURIComponent(id)}/ban`;
      const body = method === "PUT" ? { minutes: 5 } : undefined;
      return (await by.ask(method, path, body)).status;
    };
    const sessions = z.object({ clients: z.array(z.object({ clientId: z.string() })) });
    const { clients } = sessions.parse(await line1.json("GET", "/api/v1/clients"));
    const own = clients.map(({ clientId }) => clientId);

    assert.equal(own.length, 1);
    assert.equal(await statusOf(own[0] ?? ""), 409);
    assert.equal(await statusOf("laptop-7"), 404);
    assert.equal(await statusOf("nobody-knows"), 404);
    assert.equal(await statusOf("nobody-knows", "PUT", hub.admin), 200);
    assert.equal(await statusOf("nobody-knows", "DELETE"), 404);
    const { bans } = clientList.parse(await hub.admin.json("GET", "/api/v1/clients"));
    assert.deepEqual(
      bans.map(({ clientId }) => clientId),
      ["nobody-knows"],
    );
  });

  it("is not banned by whoever may not end clients", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("olga", "operator", ["read *"]);
    const olga = await hub.visit("olga", "long enough");

    const answer = await olga.ask("PUT", "/api/v1/clients/any/ban", { minutes: 5 });

    assert.equal(answer.status, 403);
  });
});
