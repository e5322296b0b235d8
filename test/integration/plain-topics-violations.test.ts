/** What is found wrong as plain topics: beside the metrics of a device, and at each level of the plant above it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  born,
  JsonReader,
  plainEdge,
  PRESS,
  READ_AT,
  startJsonPlant,
  writer,
} from "../support/json-plant.ts";
import { rawPayload } from "../support/sparkplug-raw.ts";

function violationsOf(device: string): string {
  return `acme/dallas/line1/${device}/_violations`;
}

describe("what is wrong with a device", { timeout: 180_000 }, () => {
  it("stands beside its metrics, retained, and what is wrong with another does not", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{}");
    edge.node.born("other", [born("x", 1)]);
    const reader = await JsonReader.open(t, port, violationsOf("+"));
    const before = await reader.json(violationsOf("press"));
    const client = await writer(t, port);

    const payload = rawPayload({ timestamp: READ_AT, seq: 9, metrics: [] });
    await client.publishAsync("spBv1.0/acme:dallas/DDATA/line1/press", payload, { qos: 0 });
    const told = await reader.heard.find(
      ({ topic, text }) => topic === violationsOf("press") && text.includes('"code"'),
    );
    const late = await JsonReader.open(t, port, violationsOf("+"));

    assert.deepEqual(before, { violations: [] });
    assert.match(told.text, /"topic":"spBv1\.0\/acme:dallas\/DDATA\/line1\/press","count":1,/);
    assert.equal((await late.next(violationsOf("press"))).retain, true);
    assert.deepEqual(JSON.parse((await late.next(violationsOf("other"))).text), { violations: [] });
  });

  it("stands at each level of the plant above it, too, once, with its path", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{}");
    edge.node.born("other", [born("x", 1)]);
    const reader = await JsonReader.open(t, port, "acme/dallas/_violations");
    const before = await reader.json("acme/dallas/_violations");
    const client = await writer(t, port);

    const payload = rawPayload({ timestamp: READ_AT, seq: 9, metrics: [] });
    await client.publishAsync("spBv1.0/acme:dallas/DDATA/line1/press", payload, { qos: 0 });
    await reader.heard.find(({ text }) => text.includes('"code"'));
    const late = await JsonReader.open(t, port, "+/_violations");
    const kept = await late.next("acme/_violations");
    const told = // what was found may be told bit by bit
      reader.heard.all.find(({ text }) => text === kept.text) ??
      (await reader.heard.find(({ text }) => text === kept.text));

    const { total, violations } = JSON.parse(told.text);
    assert.deepEqual(before, { total: 0, violations: [] });
    assert.equal(total, violations.length);
    assert.ok(violations.every(({ path }: { path: string }) => path === PRESS));
    assert.match(told.text, /"topic":"spBv1\.0\/acme:dallas\/DDATA\/line1\/press","count":1,/);
    assert.equal(kept.retain, true);
  });

  it("is not told at a level where its device is not published", async (t) => {
    const projection = '{ topics: ["acme/dallas/line1/press/#"] }';
    const { edge, port, hub } = await startJsonPlant(t, projection);
    const { tree } = hub.hub;
    edge.node.born("other", [born("x", 1)]);
    await hub.until(() => tree.find("acme%3Adallas/line1/other") !== undefined);
    const reader = await JsonReader.open(t, port, "acme/_violations");

    for (const device of ["other", "press"]) {
      const client = await writer(t, port);
      const payload = rawPayload({ timestamp: READ_AT, seq: 9, metrics: [] });
      const topic = `spBv1.0/acme:dallas/DDATA/line1/${device}`;
      await client.publishAsync(topic, payload, { qos: 0 });
      await client.publishAsync("settled", "", { qos: 1 }); // the hub has seen what came before
    }
    const told = await reader.heard.find(({ text }) => text.includes("DDATA/line1/press"));

    const { violations } = JSON.parse(told.text);
    assert.ok(violations.every(({ path }: { path: string }) => path === PRESS));
  });

  it("stands there too when it wants the place of another one", async (t) => {
    const placement = '  placement: [{ method: map, path: "acme/{device}" }]\n';
    const { port } = await startJsonPlant(t, "{}", { placement });
    plainEdge(t, port, { edgeNode: "line2", metrics: [born("Setpoint", 7)] });
    const reader = await JsonReader.open(t, port, "+/#");

    const found = await reader.heard.find(
      ({ topic, text }) => topic.endsWith("line2/press/_violations") && text.includes("U02"),
    );

    const above = await JsonReader.open(t, port, "unplaced/_violations");
    assert.equal(found.topic, "unplaced/acme:dallas/line2/press/_violations");
    assert.match((await above.next("unplaced/_violations")).text, /"code":"U02"/);
  });
});
