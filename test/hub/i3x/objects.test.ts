/** The objects of a plant as they come and go: the list of all of them, what they are worth, what is left of the dead. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import { I3xClient, listAt, textAt, valueAt } from "../../support/i3x-client.ts";
import {
  i3xEdge,
  isBorn,
  NODE,
  PRESS,
  startI3xPlant,
  type I3xPlant,
} from "../../support/i3x-plant.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";
import { born, JsonReader, plainEdge, reading } from "../../support/json-plant.ts";

const LIST = "/objects?includeMetadata=true";
const GZIP = { "accept-encoding": "gzip" };

async function idsOf(client: I3xClient, path = "/objects"): Promise<readonly string[]> {
  const { json } = await client.ask("GET", path);
  return idsIn(json);
}

function idsIn(json: unknown): readonly string[] {
  return listAt(json, "result").map((one) => textAt(one, "elementId"));
}

async function valuesOf(
  client: I3xClient,
  elementIds: readonly string[],
  more: object = {},
): Promise<readonly unknown[]> {
  const { json } = await client.ask("POST", "/objects/value", { elementIds, ...more });
  return listAt(json, "results").map((item) => valueAt(item, "result"));
}

const idOf = (one: unknown): string => textAt(one, "elementId");

function byId(objects: readonly unknown[]): readonly unknown[] {
  return objects.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

describe("the list of all objects", { timeout: 180_000 }, () => {
  it("is known by its tag until a birth says something else", async (t) => {
    const { client, edge, hub } = await startI3xPlant(t);
    const first = await client.ask("GET", LIST, undefined, GZIP);
    const tag = first.headers.etag ?? "";

    const known = await client.ask("GET", LIST, undefined, { ...GZIP, "if-none-match": tag });
    edge.node.changed("press", [reading("Setpoint", 26)]);
    const after = await client.ask("GET", LIST, undefined, { "if-none-match": tag });
    edge.node.born("press3", [born("Speed", 1)]);
    await hub.until(() => isBorn(hub, "press3"));
    const other = await client.ask("GET", LIST, undefined, { ...GZIP, "if-none-match": tag });

    assert.match(tag, /^W\/".+-all"$/);
    assert.deepEqual([known.status, after.status, other.status], [304, 304, 200]);
    assert.notEqual(other.headers.etag, tag);
    const added = idsIn(other.json).filter((id) => !idsIn(first.json).includes(id));
    assert.deepEqual(added, ["acme/dallas/line1/press3", "acme/dallas/line1/press3/Speed"]);
    const node = listAt(other.json, "result").find((one) => valueAt(one, "elementId") === NODE);
    const published = valueAt(node, "metadata", "relationships", "Publishes");
    assert.deepEqual(published, [PRESS, "acme/dallas/line1/press2", "acme/dallas/line1/press3"]);
  });

  it("is the same packed and not, and without what a birth leaves out", async (t) => {
    const { client, edge, hub } = await startI3xPlant(t);
    const packed = await client.ask("GET", LIST, undefined, GZIP);
    const plain = await client.ask("GET", LIST);
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(packed.text, plain.text);

    edge.node.born("press2", [born("Setpoint", 1)]);
    const { tree } = hub.hub;
    const gone = tree.find("acme%3Adallas/line1/press2/Running") ?? 0;
    await hub.until(() => !tree.definitions.isBorn(gone));

    const ids = await idsOf(client);
    const own = ids.filter((id) => id.startsWith("acme/dallas/line1/press2"));
    assert.deepEqual(own, ["acme/dallas/line1/press2", "acme/dallas/line1/press2/Setpoint"]);
  });

  it("says of each object what is said of it alone, whatever it is called and however many it has beside it", async (t) => {
    const { client, edge, hub } = await startI3xPlant(t);
    const odd = ['Say "hi" \\ back/ä%+#/ blank ', "a\tb", "\u{1f600}/x", "_own", "Folder/_x"];
    const many = Array.from({ length: 150 }, (_, at) => born(`Section ${at % 3}/No ${at}`, at));
    edge.node.born("press3", [...odd.map((name) => born(name, 1)), ...many]);
    await hub.until(() => isBorn(hub, "press3"));

    for (const includeMetadata of [true, false]) {
      const { json } = await client.ask(
        "GET",
        includeMetadata ? LIST : "/objects",
        undefined,
        GZIP,
      );
      const elementIds = idsIn(json);
      const alone = await client.ask("POST", "/objects/list", { elementIds, includeMetadata });
      const said = listAt(alone.json, "results").map((item) => valueAt(item, "result"));
      assert.ok(elementIds.length > 180);
      assert.deepEqual(listAt(json, "result"), said);
      const types = new Set(said.map((one) => textAt(one, "typeElementId")));
      for (const type of types) {
        const query = `typeElementId=${encodeURIComponent(type)}&includeMetadata=${includeMetadata}`;
        const { json: typed } = await client.ask("GET", `/objects?${query}`);
        const wanted = said.filter((one) => textAt(one, "typeElementId") === type);
        assert.deepEqual(byId(listAt(typed, "result")), byId(wanted), type);
      }
      const related = {
        elementIds: ["acme/dallas/line1/press3"],
        relationshipType: "HasComponent",
      };
      const { json: edges } = await client.ask("POST", "/objects/related", related);
      assert.equal(listAt(edges, "results", 0, "result").length, 155);
    }
  });

  it("is cut at i3x.maxObjects, and says so", async (t) => {
    const { client } = await startI3xPlant(t, { more: "i3x: { maxObjects: 7 }" });

    for (const path of ["/objects", "/objects?typeElementId=type%3Aspb.Int64"]) {
      const { status, json } = await client.ask("GET", path);
      const isCut = path === "/objects";
      assert.equal(status, isCut ? 206 : 200);
      assert.equal(listAt(json, "result").length, isCut ? 7 : 4);
      assert.equal(valueAt(json, "responseDetail", "status"), isCut ? 206 : undefined);
      assert.equal(valueAt(json, "success"), true);
    }
  });

  it("has no bdSeq, no Node Control and no definition of a template", async (t) => {
    const { client } = await startI3xPlant(t);

    const ids = await idsOf(client);

    assert.deepEqual(
      ids.filter((id) => id.startsWith(NODE)),
      [NODE, `${NODE}/Temperature`],
    );
  });

  it("gives devices that are born alike one type, and templates theirs", async (t) => {
    const { client } = await startI3xPlant(t);

    const elementIds = [PRESS, "acme/dallas/line1/press2", `${PRESS}/Motor 1`];
    const { json } = await client.ask("POST", "/objects/list", { elementIds });
    const types = elementIds.map((_, at) => textAt(json, "results", at, "result", "typeElementId"));

    assert.match(types[0] ?? "", /^type:birth\.[0-9a-f]{8}$/);
    assert.equal(types[1], types[0]);
    assert.equal(types[2], "type:tpl.acme:dallas.Motor");
    const answer = await client.ask("POST", "/objecttypes/query", { elementIds: types.slice(1) });
    const birth = valueAt(answer.json, "results", 0, "result", "schema", "properties");
    assert.deepEqual(valueAt(birth, "Hydraulics/Pressure"), {
      type: ["number", "null"],
      "x-unit": "bar",
    });
    const motor = valueAt(answer.json, "results", 1, "result", "schema", "properties");
    assert.deepEqual(motor, {
      Speed: { type: ["number", "null"] },
      On: { type: ["boolean", "null"] },
    });
  });

  it("has every id once when places, devices and metrics would have the same", async (t) => {
    const { client, hub } = await startI3xPlant(t);
    const { edge } = plainEdge(t, hub.mqttPort, {
      group: "acme:dallas:line1",
      edgeNode: "press",
      device: "Hydraulics",
      metrics: [born("Pressure", 7), born("Level", 8)],
    });
    edge.node.born("Setpoint", [born("X", 9)]);
    const { tree } = hub.hub;
    const [level, x] = ["Hydraulics/Level", "Setpoint/X"].map(
      (one) => `acme%3Adallas%3Aline1/press/${one}`,
    );
    await hub.until(() => [level, x].every((path) => tree.find(path ?? "") !== undefined));

    const ids = await idsOf(client);

    assert.equal(new Set(ids).size, ids.length);
    const { json } = await client.ask("POST", "/objects/list", { elementIds: ids });
    assert.equal(valueAt(json, "success"), true, "each can be found by its id");
    const levels = ids.filter((id) => /(?:\/press|unplaced.*)\/Hydraulics\/Pressure$/.test(id));
    const values = await valuesOf(client, levels);
    assert.deepEqual(new Set(values.map((one) => valueAt(one, "value"))), new Set([101.5, 7]));
    const own = await valuesOf(client, [`${PRESS}/Setpoint`, `${PRESS}/Setpoint/_value`]);
    assert.deepEqual(
      own.map((one) => valueAt(one, "value")),
      [{ X: 9 }, 25],
    );
  });
});

describe("one metric", { timeout: 180_000 }, () => {
  it("is the same by its one name everywhere: object, value, history, plain topic", async (t) => {
    const { client, hub } = await startI3xPlant(t, { more: "uns: { projection: {} }" });
    const elementId = `${PRESS}/Hydraulics/Pressure`;

    const reader = await JsonReader.open(t, hub.mqttPort, elementId);
    const topic = await reader.json(elementId);
    const { json } = await client.ask("POST", "/objects/list", { elementIds: [elementId] });
    const [value] = await valuesOf(client, [elementId]);
    const past = await client.ask("POST", "/objects/history", {
      elementIds: [elementId],
      startTime: "2023-01-01T00:00:00Z",
      endTime: "2024-01-01T00:00:00Z",
    });

    const vqt = { value: 101.5, timestamp: "2023-11-14T22:13:20.123Z", quality: "Good" };
    assert.deepEqual(topic, vqt);
    assert.deepEqual(value, { isComposition: false, ...vqt });
    assert.deepEqual(listAt(past.json, "results", 0, "result", "values"), [vqt]);
    const object = valueAt(json, "results", 0, "result");
    assert.equal(valueAt(object, "parentId"), PRESS);
    assert.equal(valueAt(object, "typeElementId"), "type:spb.Double");
  });
});

describe("after a restart", { timeout: 180_000 }, () => {
  it("objects have the same ids and types, and are uncertain until they are heard", async (t) => {
    const dataDir = tempDir(t);
    const { client, edge, hub } = await startI3xPlant(t, { dataDir });
    const before = await client.ask("GET", LIST);
    const elementIds = [`${PRESS}/Setpoint`, PRESS, NODE];
    const [setpoint] = await valuesOf(client, elementIds);
    await edge.stop();
    await hub.stop();

    const again = new I3xClient(await startTestHub(t, "", { dataDir }));
    const after = await again.ask("GET", LIST);
    const [kept, device, node] = await valuesOf(again, elementIds);

    assert.deepEqual(idsIn(after.json), idsIn(before.json));
    assert.deepEqual(
      listAt(after.json, "result").map((one) => valueAt(one, "typeElementId")),
      listAt(before.json, "result").map((one) => valueAt(one, "typeElementId")),
    );
    assert.deepEqual(kept, { ...Object(setpoint), quality: "Uncertain" });
    assert.equal(valueAt(device, "quality"), "Uncertain");
    assert.equal(valueAt(node, "value", "online"), false);
  });
});

async function live({ hub }: I3xPlant): Promise<void> {
  const id = hub.hub.tree.find("acme%3Adallas/line1/press/Setpoint") ?? 0;
  await hub.until(() => hub.hub.tree.values.quality(id) === "good");
}

describe("what elements are worth", { timeout: 180_000 }, () => {
  it("is uncertain, with its value and time, when the edge node has died, and good again when it is born", async (t) => {
    const plant = await startI3xPlant(t);
    const { client, edge, hub } = plant;
    const { tree } = hub.hub;
    const metric = `${PRESS}/Setpoint`;
    const [before] = await valuesOf(client, [metric]);

    await edge.stop();
    const id = tree.find("acme%3Adallas/line1/press/Setpoint") ?? 0;
    await hub.until(() => tree.values.quality(id) === "offline");
    const [dead, device, node] = await valuesOf(client, [metric, PRESS, NODE]);
    const { json } = await client.ask("POST", "/objects/value", {
      elementIds: [PRESS],
      maxDepth: 0,
    });
    i3xEdge(t, hub);
    await live(plant);
    const [again, nodeAgain] = await valuesOf(client, [metric, NODE]);

    assert.deepEqual(dead, { ...Object(before), quality: "Uncertain" });
    assert.equal(valueAt(device, "quality"), "Uncertain");
    assert.equal(valueAt(node, "value", "online"), false);
    assert.equal(valueAt(node, "quality"), "Uncertain"); // its own metrics are in it
    assert.match(textAt(node, "value", "lastDeath"), /Z$/);
    const components = Object.values(Object(valueAt(json, "results", 0, "result", "components")));
    for (const one of components)
      assert.equal(valueAt(one, "quality"), valueAt(one, "value") === null ? "Bad" : "Uncertain");
    assert.deepEqual(again, before);
    assert.equal(valueAt(nodeAgain, "value", "online"), true);
    assert.equal(valueAt(nodeAgain, "quality"), "Good");
  });

  it("follows the source: bad and NaN are null, values of the past move nothing", async (t) => {
    const { client, edge, hub } = await startI3xPlant(t);
    const { tree } = hub.hub;
    edge.node.changed("press", [
      { ...reading("Setpoint", null), quality: "bad" },
      { ...reading("Counter", 9_007_199_254_740_995n), quality: "stale" },
    ]);
    const id = tree.find("acme%3Adallas/line1/press/Counter") ?? 0;
    await hub.until(() => tree.values.quality(id) === "stale");

    const { text } = await client.ask("POST", "/objects/value", {
      elementIds: ["Setpoint", "Counter", "Broken"].map((name) => `${PRESS}/${name}`),
    });

    assert.match(
      text,
      /"value":null,"quality":"Bad".*"value":9007199254740995,"quality":"Uncertain".*"value":null,"quality":"Bad"/,
    );
  });

  it("has only so many rows of history in an answer, the oldest, and says where they go on", async (t) => {
    const { client, edge, hub } = await startI3xPlant(t);
    const begin = Date.parse("2024-01-01T00:00:00Z");
    for (let second = 0; second <= 10_500; second += 1) {
      const value: MetricValue = second;
      edge.node.changed("press2", [reading("Setpoint", value, begin + second * 1000)]);
    }
    const { tree } = hub.hub;
    const id = tree.find("acme%3Adallas/line1/press2/Setpoint") ?? 0;
    await hub.until(() => tree.values.value(id) === 10_500);
    const elementId = "acme/dallas/line1/press2/Setpoint";
    const ask = (startTime: string) =>
      client.ask("POST", "/objects/history", {
        elementIds: [elementId],
        startTime,
        endTime: "2024-06-01T02:00:00+02:00",
      });

    const first = await ask("2024-01-01T00:00:00Z");
    const detail = textAt(first.json, "responseDetail", "detail");
    const next = /goes on from (\S+)$/.exec(detail)?.[1] ?? "";
    const second = await ask(next);

    assert.equal(first.status, 206);
    assert.equal(valueAt(first.json, "success"), true);
    assert.equal(valueAt(first.json, "results", 0, "responseDetail", "status"), 206);
    const rows = listAt(first.json, "results", 0, "result", "values");
    assert.equal(rows.length, 10_000);
    assert.equal(valueAt(rows[0], "value"), 0);
    assert.equal(second.status, 200);
    const rest = listAt(second.json, "results", 0, "result", "values");
    assert.deepEqual(rest[0], rows.at(-1));
    assert.equal(valueAt(rest.at(-1), "value"), 10_500);
    assert.equal(rows.length - 1 + rest.length, 10_501);
  });

  it("is declared as missing and answered with 501 where nothing is recorded", async (t) => {
    const { client } = await startI3xPlant(t, { more: "history: { record: false }" });
    const range = { startTime: "2024-01-01T00:00:00Z", endTime: "2024-01-02T00:00:00Z" };
    const row = { value: 1, quality: "Good", timestamp: range.startTime };

    const { json } = await client.ask("GET", "/info");
    const read = await client.ask("POST", "/objects/history", { elementIds: [PRESS], ...range });
    const updates = [{ elementId: `${PRESS}/Setpoint`, value: row }];
    const written = await client.ask("PUT", "/objects/history", { updates });

    const has = (...path: readonly string[]): unknown =>
      valueAt(json, "result", "capabilities", ...path, "history");
    assert.deepEqual([has("query"), has("update")], [false, false]);
    assert.deepEqual([read.status, written.status], [501, 501]);
    assert.match(textAt(read.json, "responseDetail", "detail"), /history\.record/);
  });
});
