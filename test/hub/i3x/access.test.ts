/** Who may ask i3X what, and what is there for whom. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";
import { I3xClient, listAt, textAt, valueAt, type I3xAnswer } from "../../support/i3x-client.ts";
import { born, plainEdge, reading, type PlainEdge } from "../../support/json-plant.ts";
import { I3X_REQUESTS } from "../../support/permission-table.ts";
import type { Ending } from "../../support/hub.ts";

const DALLAS = "acme/dallas/line1/press";
const BERLIN = "acme/berlin/line2/oven";
const ROLES = ["viewer", "operator", "engineer", "admin"] as const;

interface Plant {
  readonly hub: IdentityHub;
  readonly dallas: PlainEdge;
  readonly berlin: PlainEdge;
  readonly as: (name: string) => I3xClient;
}

/** Two plants in one hub; `half` sees one of them. */
async function twoPlants(t: Ending): Promise<Plant> {
  const hub = await identityHub(t, "", { more: "commands: { default: allow }" });
  await hub.addUser("edges", "viewer", ["node acme:dallas/line1", "node acme:berlin/line2"]);
  await hub.addUser("half", "engineer", ["read acme:dallas", "command acme:dallas Set*"]);
  const login = { username: "edges", password: PASSWORD };
  const metrics = [born("Setpoint", 25, { writable: true }), born("Name", 1, { writable: true })];
  const clientIds = { dallas: "edges-1", berlin: "edges-2" };
  const dallas = plainEdge(t, hub.mqttPort, { login, metrics, clientId: clientIds.dallas });
  const berlin = plainEdge(t, hub.mqttPort, {
    login,
    metrics: [...metrics, born("Heat", 800)],
    clientId: clientIds.berlin,
    group: "acme:berlin",
    edgeNode: "line2",
    device: "oven",
  });
  const { tree } = hub.hub;
  const rows = ["acme%3Adallas/line1/press/Setpoint", "acme%3Aberlin/line2/oven/Heat"];
  await hub.until(() => rows.every((path) => tree.find(path) !== undefined));
  return { hub, dallas, berlin, as: (name) => new I3xClient(hub, basic(name)) };
}

function basic(name: string): { readonly authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString("base64")}` };
}

function statusesOf(answer: I3xAnswer): readonly unknown[] {
  return listAt(answer.json, "results").map(
    (item) => valueAt(item, "responseDetail", "status") ?? valueAt(item, "success"),
  );
}

describe("who may ask i3X", { timeout: 180_000 }, () => {
  it("is by role as the table says; nobody else learns more than /info and the document", async (t) => {
    const hub = await identityHub(t);
    for (const role of ROLES) await hub.addUser(role, role, ["read *"]);
    const nobody = new I3xClient(hub);

    for (const [request, roles] of I3X_REQUESTS) {
      const [method = "", path = ""] = request.split(" /i3x/v1");
      const body = method === "GET" ? undefined : {};
      const unknown = await nobody.ask(method, path, body);
      assert.equal(unknown.status, 401, request);
      assert.match(unknown.headers["www-authenticate"] ?? "", /Bearer/);
      assert.equal(valueAt(unknown.json, "success"), false);
      for (const role of ROLES) {
        const answer = await new I3xClient(hub, basic(role)).ask(method, path, body);
        const isAllowed = roles.includes(role);
        assert.equal(answer.status === 403, !isAllowed, `${role}: ${request} ${answer.status}`);
        if (isAllowed) assert.equal(answer.status, method === "GET" ? 200 : 400, answer.text);
      }
    }
    for (const path of ["/info", "/openapi.json"])
      assert.equal((await nobody.plain("GET", path)).status, 200);
    const none = await nobody.plain("GET", "/nothing");
    assert.equal(none.status, 401, "what is there, only those learn who may come in");
  });

  it("is nobody where it is not enabled", async (t) => {
    const hub = await identityHub(t, "", { more: "i3x: { enabled: false }" });
    await hub.addUser("vera", "viewer", ["read *"]);

    const answer = await new I3xClient(hub, basic("vera")).plain("GET", "/info");
    const metrics = await (await fetch(`http://127.0.0.1:${hub.httpPort}/metrics`)).text();

    assert.equal(answer.status, 404);
    assert.equal(valueAt(answer.json, "responseDetail", "status"), 404);
    assert.doesNotMatch(metrics, /i3x/);
  });

  it("is asked before a page of another origin gets anything", async (t) => {
    const hub = await identityHub(t, "", { more: "cors: { origins: [https://explorer.example] }" });
    const client = new I3xClient(hub);
    const preflight = {
      origin: "https://explorer.example",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "authorization, content-type",
    };

    const welcome = await client.plain("OPTIONS", "/objects/value", undefined, preflight);
    const other = { origin: "https://evil.example" };
    const refused = await client.plain("GET", "/info", undefined, other);
    const form = await client.plain("POST", "/objects/value", "{}", {
      "content-type": "text/plain",
    });

    assert.equal(welcome.status, 204);
    assert.equal(welcome.headers["access-control-allow-origin"], "https://explorer.example");
    assert.match(String(welcome.headers["access-control-allow-methods"]), /PUT/);
    assert.equal(refused.status, 403);
    assert.equal(valueAt(refused.json, "responseDetail", "status"), 403);
    assert.equal(form.status, 401);
  });
});

describe("somebody who may read half of the plant", { timeout: 180_000 }, () => {
  it("finds the other half nowhere: no object, no edge, no type, no value, no past", async (t) => {
    const { as } = await twoPlants(t);
    const half = as("half");

    const texts = [
      await half.ask("GET", "/objects?includeMetadata=true"),
      await half.ask("GET", "/objects?root=true"),
      await half.ask("GET", "/objecttypes"),
      await half.ask("POST", "/objects/related", { elementIds: ["acme", "spBv1.0"] }),
    ].map(({ status, text }) => {
      assert.equal(status, 200);
      return text;
    });
    const hidden = ["acme/berlin", BERLIN, `${BERLIN}/Heat`, "spBv1.0/acme:berlin/line2"];
    const range = { startTime: "2020-01-01T00:00:00Z", endTime: "2030-01-01T00:00:00Z" };
    const asked = [
      await half.ask("POST", "/objects/list", { elementIds: hidden }),
      await half.ask("POST", "/objects/related", { elementIds: hidden }),
      await half.ask("POST", "/objects/value", { elementIds: hidden, maxDepth: 0 }),
      await half.ask("POST", "/objects/history", { elementIds: hidden, ...range }),
      await half.ask("PUT", "/objects/value", {
        updates: hidden.map((elementId) => ({ elementId, value: { value: 1 } })),
      }),
      await half.ask("PUT", "/objects/history", {
        updates: hidden.map((elementId) => ({
          elementId,
          value: { value: 1, quality: "Good", timestamp: range.startTime },
        })),
      }),
    ];

    for (const text of texts) assert.doesNotMatch(text, /berlin|Heat|oven/);
    assert.match(texts[0] ?? "", new RegExp(`"${DALLAS}/Setpoint"`));
    for (const answer of asked) assert.deepEqual(statusesOf(answer), [404, 404, 404, 404]);
    const types = listAt((await half.ask("GET", "/objecttypes")).json, "result");
    const births = types.filter((type) => textAt(type, "elementId").startsWith("type:birth"));
    assert.equal(births.length, 1);
  });

  it("writes and corrects what its grants command, and nothing else", async (t) => {
    const { as } = await twoPlants(t);
    const half = as("half");
    const ids = [`${DALLAS}/Setpoint`, `${DALLAS}/Name`];
    const timestamp = "2024-01-01T00:00:00Z";

    const written = await half.ask("PUT", "/objects/value", {
      updates: ids.map((elementId) => ({ elementId, value: { value: 30 } })),
    });
    const corrected = await half.ask("PUT", "/objects/history", {
      updates: ids.map((elementId) => ({
        elementId,
        value: { value: 31, quality: "Good", timestamp },
      })),
    });

    assert.deepEqual(statusesOf(written), [true, 403]);
    assert.deepEqual(statusesOf(corrected), [true, 403]);
  });

  it("is told of nothing that it may not see any more, and its stream ends with its right to look", async (t) => {
    const { hub, as, dallas, berlin } = await twoPlants(t);
    await hub.addUser("whole", "viewer", ["read *"]);
    const client = as("whole");
    const clientId = "c";
    const made = await client.ask("POST", "/subscriptions", { clientId });
    const body = { clientId, subscriptionId: textAt(made.json, "result", "subscriptionId") };
    const elementIds = [`${DALLAS}/Setpoint`, `${BERLIN}/Heat`];
    const registered = await client.ask("POST", "/subscriptions/register", { ...body, elementIds });
    assert.deepEqual(statusesOf(registered), [true, true]);

    await hub.addUser("whole", "viewer", ["read acme:dallas"]);
    berlin.edge.node.changed("oven", [reading("Heat", 801)]);
    dallas.edge.node.changed("press", [reading("Setpoint", 26)]);
    const { tree } = hub.hub;
    const id = tree.find("acme%3Adallas/line1/press/Setpoint") ?? 0;
    await hub.until(() => tree.values.value(id) === 26);
    const synced = await client.ask("POST", "/subscriptions/sync", body);
    const foreign = await as("half").ask("POST", "/subscriptions/sync", body);
    const stream = await client.stream(body);
    const again = await stream.next(); // what was not acknowledged
    await hub.ask("DELETE", "/api/v1/users/whole");
    const ended = await stream.next();

    assert.doesNotMatch(synced.text, /berlin/);
    assert.match(synced.text, /Setpoint","value":26/);
    assert.equal(foreign.status, 404, "of another principal it does not exist");
    assert.equal(again?.length, 2);
    assert.equal(ended, undefined);
  });
});
