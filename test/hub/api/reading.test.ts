/** Reading by grants over HTTP and on open pages: what somebody may not see does not exist for him. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { encodePayload } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { z } from "zod";
import { PASSWORD, startClosedHub, type ClosedHub, type Visit } from "../../support/http-hub.ts";
import { pressAdapter } from "../../support/hub.ts";
import { openLive } from "../../support/live-page-client.ts";

const rowSchema = z.object({
  id: z.number(),
  name: z.string(),
  kind: z.string(),
  branch: z.boolean(),
  counts: z.object({ metrics: z.number() }).optional(),
});
const rowsSchema = z.object({
  epoch: z.string(),
  rows: z.array(rowSchema),
  hits: z.number().optional(),
});

const speed = { name: "Speed", datatype: "Int32", tellDatatype: true, value: 7 } as const;
const writable = { key: "readOnly", datatype: "Boolean", value: false } as const;
const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;

/** The last lines of the audit trail. */
async function trail(hub: ClosedHub, last: number): Promise<readonly object[]> {
  const lines = z.object({ lines: z.array(z.looseObject({})) });
  return lines.parse(await hub.admin.json("GET", `/api/v1/audit?last=${last}`)).lines;
}

/** Plant1 with edge nodes a (devices x, y) and b (device x), Plant2 with c (device x); each device has a metric. */
async function plantHub(t: TestContext): Promise<ClosedHub & { readonly edge: MqttClient }> {
  const hub = await startClosedHub(t);
  const nodes = ["node Plant1/a", "node Plant1/b", "node Plant2/c", "node Plant1/d"];
  await hub.putUser("gateway", "viewer", nodes);
  const edge = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
    username: "gateway",
    password: PASSWORD,
    clientId: "gateway",
    reconnectPeriod: 0,
  });
  t.after(() => edge.endAsync(true));
  await born(edge, "Plant1", "a", ["x", "y"]);
  await born(edge, "Plant1", "b", ["x"]);
  await born(edge, "Plant2", "c", ["x"]);
  await hub.until(() => hub.hub.tree.find("Plant2/c/x/Speed") !== undefined);
  return { ...hub, edge };
}

async function born(
  edge: MqttClient,
  group: string,
  node: string,
  devices: readonly string[],
): Promise<void> {
  const send = (
    type: string,
    place: string,
    metrics: Parameters<typeof encodePayload>[0]["metrics"],
    seq: number,
  ) =>
    edge.publishAsync(
      `spBv1.0/${group}/${type}/${place}`,
      Buffer.from(encodePayload({ timestamp: Date.now(), seq, metrics })),
    );
  await send("NBIRTH", node, [bdSeq, { ...speed, name: "Load" }], 0);
  for (const [at, device] of devices.entries()) {
    await send("DBIRTH", `${node}/${device}`, [{ ...speed, properties: [writable] }], at + 1);
  }
}

async function rows(visit: Visit, question: string): Promise<z.output<typeof rowsSchema>> {
  return rowsSchema.parse(await visit.json("GET", `/api/ns/${question}`));
}

async function reader(hub: ClosedHub, grants: readonly string[], role = "viewer"): Promise<Visit> {
  await hub.putUser("vera", role, grants);
  return await hub.visit("vera", PASSWORD);
}

const namesOf = (answer: z.output<typeof rowsSchema>): readonly string[] =>
  answer.rows.map(({ name }) => name);

describe("somebody who may read one device", { timeout: 180_000 }, () => {
  it("sees the way to it and nothing beside it, and counts what he sees", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant1/a/y"]);

    const groups = await rows(vera, "children");
    const nodes = await rows(vera, `children?id=${groups.rows[0]?.id}`);
    const devices = await rows(vera, `children?id=${nodes.rows[0]?.id}`);

    assert.deepEqual([groups, nodes, devices].map(namesOf), [["Plant1"], ["a"], ["y"]]);
    assert.deepEqual(
      [groups, nodes, devices].map((answer) => answer.rows[0]?.counts?.metrics),
      [1, 1, 1],
    );
  });

  it("finds nothing else: not by path, not by number, not by search", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant1/a/y"]);
    const { tree } = hub.hub;
    const status = async (question: string): Promise<number> =>
      (await vera.ask("GET", `/api/ns/${question}`)).status;

    for (const path of ["Plant2", "Plant1/b", "Plant1/a/x", "Plant1/a/x/Speed", "Plant1/a/Load"]) {
      const id = tree.find(path) ?? 0;
      assert.equal(await status(`path?p=${path}`), 404, path);
      assert.equal(await status(`value?id=${id}`), 404, path);
      assert.equal(await status(`children?id=${id}`), 404, path);
    }
    const found = await rows(vera, "find?f=speed");
    assert.deepEqual([found.hits, namesOf(found)], [1, ["Plant1", "a", "y", "Speed"]]);
    assert.equal((await rows(vera, "find?f=load")).hits, 0);
    assert.equal(await status(`value?id=${tree.find("Plant1/a/y/Speed")}`), 200);
  });

  it("has wildcards in grants that reach as over MQTT", async (t) => {
    const hub = await plantHub(t);
    const cases: readonly (readonly [grant: string, hits: number])[] = [
      ["read *", 4],
      ["read Plant1", 3],
      ["read Plant1/*", 3],
      ["read Plant1/a", 2],
      ["read */*/x", 3],
      ["read */c", 1],
      ["read Plant3", 0],
      ["command Plant1", 0],
    ];
    for (const [grant, hits] of cases) {
      const vera = await reader(hub, [grant]);
      assert.equal((await rows(vera, "find?f=speed")).hits, hits, grant);
    }
  });
});

async function get(visit: Visit, question: string): Promise<string> {
  return await (await visit.ask("GET", `/api/history${question}`)).text();
}

describe("the history for somebody who may read half of the plant", { timeout: 180_000 }, () => {
  it("is that of what he sees, by every way, and the other half does not exist", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant1/a", "read Plant2/c/x"]);
    const [id, hidden] = ["Plant1/a/y/Speed", "Plant1/b/x/Speed"].map(
      (path) => hub.hub.tree.find(path) ?? 0,
    );
    const range = `from=0&to=${Date.now() + 60_000}`;
    const lists = [
      `/at?path=&at=${Date.now() + 60_000}`,
      `/difference?path=&${range}`,
      "/log?offset=0",
      `/export?${range}`,
      `/export?${range}&format=jsonl`,
      `/export?path=Plant1&${range}`,
    ];

    const own = [`?path=Plant1/a/y/Speed&${range}`, `?id=${id}&${range}`];
    const others = [`?path=Plant1/b/x/Speed&${range}`, `?id=${hidden}&${range}`];
    const seen = await Promise.all(lists.map((list) => get(vera, list)));
    const whole = await Promise.all(lists.map((list) => get(hub.admin, list)));

    for (const buckets of ["", "&buckets=2"]) {
      for (const question of own) {
        assert.equal((await vera.ask("GET", `/api/history${question}${buckets}`)).status, 200);
      }
      for (const question of others) {
        const url = `/api/history${question}${buckets}`;
        assert.equal((await vera.ask("GET", url)).status, 404, url);
        assert.equal((await hub.admin.ask("GET", url)).status, 200, url);
      }
    }
    for (const [at, list] of lists.entries()) {
      const text = seen[at] ?? "";
      assert.match(text, /Plant1\/a\/y\/Speed/, list);
      assert.doesNotMatch(text, /Plant1\/b|Plant2\/c\/Load/, list);
      assert.match(whole[at] ?? "", /Plant1\/b\/x\/Speed/, list);
    }
    const completeness = await get(vera, `/completeness?from=${Date.now() - 86_400_000}`);
    assert.match(completeness, /"edgeNodeId":"a"/);
    assert.doesNotMatch(completeness, /"edgeNodeId":"b"/);
    await hub.admin.json("PUT", "/api/v1/users/vera", { role: "viewer", grants: ["read Plant2"] });
    assert.equal((await vera.ask("GET", `/api/history${own[0]}`)).status, 404);
  });
});

describe("an open page", { timeout: 180_000 }, () => {
  it("is told of what its viewer may see, and of nothing else", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant1/d"]);
    const live = await openLive(hub.url, vera.cookie);
    await live.frames.find(({ op }) => op === "welcome");
    const hidden = hub.hub.tree.find("Plant1/a/y/Speed") ?? 0;
    live.send({ op: "view", g: 1, rows: [hidden] });

    await born(hub.edge, "Plant1", "e", ["x"]).catch(() => undefined); // not granted to the gateway
    await born(hub.edge, "Plant1", "d", ["x"]);
    const names = await live.frames.find(({ op }) => op === "n");

    assert.ok(names.op === "n");
    assert.deepEqual(names.add.map(({ name }) => name).slice(0, 2), ["Plant1", "d"]);
    assert.ok(!live.frames.all.some((frame) => frame.op === "d" && frame.u.includes(hidden)));
    live.close();
  });

  it("begins anew when its viewer's rights change, and ends when he is gone", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant1"]);
    const narrow = await openLive(hub.url, vera.cookie);
    const first = await narrow.frames.find(({ op }) => op === "welcome");

    await hub.admin.json("PUT", "/api/v1/users/vera", { role: "viewer", grants: ["read Plant2"] });
    const changed = await narrow.closed;
    const wide = await openLive(hub.url, vera.cookie);
    const second = await wide.frames.find(({ op }) => op === "welcome");
    await hub.admin.json("DELETE", "/api/v1/users/vera");
    const gone = await wide.closed;

    assert.deepEqual([changed.code, gone.code], [4403, 4401]);
    assert.ok(first.op === "welcome" && second.op === "welcome" && first.epoch !== second.epoch);
    await assert.rejects(openLive(hub.url, vera.cookie), /401/);
  });

  it("ends when its viewer signs out, and is refused to who never signed in", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read *"]);
    const live = await openLive(hub.url, vera.cookie);

    await vera.json("POST", "/api/v1/logout");

    assert.equal((await live.closed).code, 4401);
    await assert.rejects(openLive(hub.url), /401/);
  });
});

describe("who may do what", { timeout: 180_000 }, () => {
  it("is the role's and the grants': a write needs both", async (t) => {
    const hub = await plantHub(t);
    const write = async (role: string, grants: readonly string[], path: string) => {
      const vera = await reader(hub, grants, role);
      const answer = await vera.ask("POST", "/api/ns/write", { path, value: 9 });
      return { status: answer.status, text: await answer.text() };
    };
    await hub.edge.subscribeAsync("spBv1.0/Plant1/DCMD/a/#");
    const commands: string[] = [];
    hub.edge.on("message", (topic) => {
      commands.push(topic);
      const data = encodePayload({
        timestamp: Date.now(),
        seq: 3,
        metrics: [{ ...speed, value: 9 }],
      });
      hub.edge.publish("spBv1.0/Plant1/DDATA/a/x", Buffer.from(data));
    });
    const path = "Plant1/a/x/Speed";
    const read = "read Plant1";

    const viewer = await write("viewer", [read, "command Plant1"], path);
    const ungranted = await write("operator", [read, "command Plant1/b"], path);
    const otherMetric = await write("operator", [read, "command Plant1/a Set*"], path);
    const unseen = await write("operator", ["command Plant1"], path);
    const granted = await write("operator", [read, "command Plant1/a/x Sp*"], path);

    assert.deepEqual([viewer.status, ungranted.status], [403, 200]);
    assert.match(ungranted.text, /"FORBIDDEN".*no grant of vera allows to command/);
    assert.match(otherMetric.text, /"FORBIDDEN"/);
    assert.match(unseen.text, /"NO_METRIC"/);
    assert.match(granted.text, /"confirmed"/);
    assert.deepEqual(commands, ["spBv1.0/Plant1/DCMD/a/x"]);
    const [asked, done] = await trail(hub, 2);
    const told = { actor: "user:vera", via: "ui", action: "command", before: 7, after: 9 };
    assert.partialDeepStrictEqual(asked, { ...told, object: path, result: "asked" });
    assert.partialDeepStrictEqual(done, { ...told, object: path, result: "done" });
  });

  it("shows clients to operators, and births and explanations of what they may read only", async (t) => {
    const hub = await plantHub(t);
    const vera = await reader(hub, ["read Plant2"], "operator");
    const ids = z.object({ certificates: z.array(z.object({ id: z.string() })) });

    const births = ids.parse(await vera.json("GET", "/api/v1/certificates"));
    const explain = async (path: string): Promise<number> =>
      (await vera.ask("GET", `/api/v1/explain?path=${path}`)).status;

    assert.equal((await vera.ask("GET", "/api/v1/clients")).status, 200);
    assert.deepEqual(
      births.certificates.map(({ id }) => id),
      ["Plant2/c", "Plant2/c/x"],
    );
    assert.equal(await explain("Plant2/c/x/Speed"), 200);
    assert.equal(await explain("Plant1/a/x/Speed"), 404);
    assert.equal((await (await reader(hub, ["read *"])).ask("GET", "/api/v1/clients")).status, 403);
  });
});

describe("an adapter over HTTP", { timeout: 180_000 }, () => {
  it("is nothing to those who may not read its edge node: no report, no trace", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("olaf", "engineer", ["read Plant2"]);
    await hub.putUser("pia", "engineer", ["read Plant1/gw-press"]);
    const [olaf, pia] = [await hub.visit("olaf", PASSWORD), await hub.visit("pia", PASSWORD)];
    const trace = "/api/v1/adapters/press/links/127.0.0.1:1/trace";

    assert.equal((await olaf.ask("GET", "/api/v1/adapters/press")).status, 404);
    assert.equal((await olaf.ask("GET", trace)).status, 404);
    assert.equal((await olaf.ask("PUT", trace, { on: true })).status, 404);
    assert.equal((await pia.ask("GET", "/api/v1/adapters/press")).status, 200);
    assert.equal((await pia.ask("PUT", trace, { on: true })).status, 200);
    assert.equal((await pia.ask("GET", trace)).status, 200);
  });
});

describe("an operator who may read one edge node", { timeout: 180_000 }, () => {
  it("sees his own clients and that edge node's, and of others not that they are there", async (t) => {
    const hub = await startClosedHub(t);
    const connected = async (name: string, grants: readonly string[], will?: string) => {
      await hub.putUser(name, "engineer", grants);
      const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
        username: name,
        password: PASSWORD,
        clientId: name,
        reconnectPeriod: 0,
        ...(will !== undefined && {
          will: { topic: will, payload: Buffer.from("x"), qos: 1, retain: false },
        }),
      });
      t.after(() => client.endAsync(true));
    };
    await connected("a", ["node Plant1/a"], "spBv1.0/Plant1/NDEATH/a");
    await connected("b", ["node Plant1/b"], "spBv1.0/Plant1/NDEATH/b");
    await connected("mes", ["publish mes/#"], "mes/gone");
    await connected("vera", ["read Plant1/a"]);
    const vera = await hub.visit("vera", PASSWORD);
    const clients = z.object({ clients: z.array(z.object({ clientId: z.string() })) });
    const idsFor = async (visit: Visit) =>
      clients
        .parse(await visit.json("GET", "/api/v1/clients"))
        .clients.map(({ clientId }) => clientId)
        .filter((clientId) => /^(a|b|mes|vera)$/.test(clientId));

    assert.deepEqual(await idsFor(vera), ["a", "vera"]);
    assert.deepEqual(await idsFor(hub.admin), ["a", "b", "mes", "vera"]);
    assert.equal((await vera.ask("GET", "/api/v1/clients/a")).status, 200);
    for (const id of ["b", "mes", "nobody"]) {
      assert.equal((await vera.ask("GET", `/api/v1/clients/${id}`)).status, 404);
      assert.equal((await vera.ask("DELETE", `/api/v1/clients/${id}`)).status, 404);
    }
    assert.deepEqual(await idsFor(hub.admin), ["a", "b", "mes", "vera"]);
  });
});
