/** Edge nodes with their clock and their last day, how connections ended, and clients that are kept out, over HTTP. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { z } from "zod";
import { startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { dbirth, nbirth, speed } from "../../support/sparkplug-messages.ts";

const nodeList = z.object({
  slotMs: z.literal(900_000),
  nodes: z.array(
    z.object({
      group: z.string(),
      edgeNode: z.string(),
      lost: z.number(),
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
    assert.equal(nodes[0]?.day.at(-1), 1 | 4);
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
