/** Writing over i3X: now through the plant, and into the past. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { decodePayload } from "@unshub/sparkplug";
import { listAt, valueAt, type I3xAnswer } from "../../support/i3x-client.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import { motor, NODE, PRESS, startI3xPlant, type I3xPlant } from "../../support/i3x-plant.ts";
import { reading, writer } from "../../support/json-plant.ts";

function put(
  { client }: Pick<I3xPlant, "client">,
  ...pairs: readonly (readonly [elementId: string, value: unknown])[]
): Promise<I3xAnswer> {
  const updates = pairs.map(([elementId, value]) => ({ elementId, value: { value } }));
  return client.ask("PUT", "/objects/value", { updates });
}

function statusesOf(answer: I3xAnswer): readonly unknown[] {
  return listAt(answer.json, "results").map(
    (item) => valueAt(item, "responseDetail", "status") ?? valueAt(item, "success"),
  );
}

async function valueOf({ client }: Pick<I3xPlant, "client">, elementId: string): Promise<unknown> {
  const answer = await client.ask("POST", "/objects/value", { elementIds: [elementId] });
  return valueAt(answer.json, "results", 0, "result");
}

describe("PUT /objects/value", { timeout: 180_000 }, () => {
  it("commands the device, and is done when the value has come back", async (t) => {
    const plant = await startI3xPlant(t);

    const answer = await put(plant, [`${PRESS}/Setpoint`, 200]);

    assert.equal(
      answer.text,
      `{"success":true,"results":[{"success":true,"elementId":"${PRESS}/Setpoint","result":null}]}`,
    );
    const asked = { deviceId: "press", metric: "Setpoint", value: 200 };
    assert.deepEqual(await plant.asked.next(), asked);
    assert.equal(valueAt(await valueOf(plant, `${PRESS}/Setpoint`), "value"), 200);
  });

  it("sends nothing for what the element has already, whoever may write it", async (t) => {
    const plant = await startI3xPlant(t);

    const answer = await put(
      plant,
      [`${PRESS}/Setpoint`, 25],
      [`${PRESS}/Running`, true], // read-only
      [`${PRESS}/Curve`, [1, 2.5, -3]],
      [`${PRESS}/Motor 1`, { Speed: 1450, On: true }],
      [NODE, valueAt(await valueOf(plant, NODE), "value")],
    );

    assert.deepEqual(statusesOf(answer), [true, true, true, true, true]);
    assert.equal(plant.hub.hub.commands.journal.records.length, 0);
  });

  it("says of each item why it was not done, in the order of the call", async (t) => {
    const plant = await startI3xPlant(t, {
      more: `commands: { default: allow, rules: [{ metrics: "acme:dallas/line1/press/Name", allow: false }] }`,
    });

    const answer = await put(
      plant,
      [`${PRESS}/Running`, false],
      [`${PRESS}/Setpoint`, "30"],
      [`${PRESS}/Setpoint`, 351],
      [`${PRESS}/Setpoint`, null],
      [`${PRESS}/Name`, "press two"],
      [`${PRESS}/Nowhere`, 1],
      ["acme/dallas", {}],
      [`${PRESS}/Motor 1/Speed`, 1],
      [`${PRESS}/Table`, {}],
    );

    assert.deepEqual(statusesOf(answer), [403, 400, 400, 400, 403, 404, 403, 403, 403]);
    assert.equal(valueAt(answer.json, "success"), false);
  });

  it("accepts what is not confirmed in time, and says so", async (t) => {
    const plant = await startI3xPlant(t, {
      more: "commands: { default: allow, confirmWithin: 100ms }",
    });

    const answer = await put(plant, ["acme/dallas/line1/press2/Setpoint", 30]);

    assert.equal(valueAt(answer.json, "success"), true);
    const [item] = listAt(answer.json, "results");
    assert.equal(valueAt(item, "result"), null);
    assert.equal(valueAt(item, "responseDetail", "status"), 202);
    assert.match(
      String(valueAt(item, "responseDetail", "detail")),
      /did not come back within 0.1 s/,
    );
    assert.equal((await plant.asked.next()).value, 30);
  });

  it("refuses with 503 while the device is offline", async (t) => {
    const plant = await startI3xPlant(t);
    plant.edge.node.died("press");
    const { tree } = plant.hub.hub;
    await plant.hub.until(() => tree.online(tree.find("acme%3Adallas/line1/press") ?? 0) === false);

    const answer = await put(plant, [`${PRESS}/Setpoint`, 30]);

    assert.deepEqual(statusesOf(answer), [503]);
  });

  it("takes an object for a device: the metrics that differ go in one command, or none does", async (t) => {
    const plant = await startI3xPlant(t);

    const refused = await put(plant, [PRESS, { Setpoint: 31, Running: false }]);
    const unknown = await put(plant, [PRESS, { Setpoint: 31, Speed: 1 }]);
    const scada = await writer(t, plant.hub.mqttPort);
    const heard = new Inbox<Uint8Array>();
    scada.on("message", (_topic, payload) => heard.push(payload));
    await scada.subscribeAsync("spBv1.0/+/DCMD/#");
    const done = await put(plant, [PRESS, { Setpoint: 32, Name: "two", Running: true }]);

    assert.deepEqual(statusesOf(refused), [403]);
    assert.deepEqual(statusesOf(unknown), [400]);
    assert.deepEqual(statusesOf(done), [true]);
    const { value } = { value: undefined, ...Object(await valueOf(plant, PRESS)) };
    assert.equal(valueAt(value, "Setpoint"), 32);
    assert.equal(valueAt(value, "Name"), "two");
    const records = plant.hub.hub.commands.journal.records.map(({ path }) => path);
    assert.equal(records.filter((path) => path.endsWith("Running")).length, 0);
    assert.equal(decodePayload(await heard.next()).metrics.length, 2, "one command for both");
  });

  it("keeps all digits of 64 bits, there and back", async (t) => {
    const plant = await startI3xPlant(t);
    const id = `${PRESS}/Total`;

    const answer = await plant.client.plain(
      "PUT",
      "/objects/value",
      `{"updates":[{"elementId":"${id}","value":{"value":9223372036854775807}}]}`,
    );

    assert.deepEqual(statusesOf(answer), [true]);
    const { text } = await plant.client.ask("POST", "/objects/value", { elementIds: [id] });
    assert.match(text, /"value":9223372036854775807,/);
  });
});

const AT = "2023-11-14T22:13:20.123Z"; // when the plant was read
const EARLIER = "2023-11-14T20:00:00.000Z";

interface Row {
  readonly value: unknown;
  readonly quality: string;
  readonly timestamp: string;
}

function correct({ client }: I3xPlant, elementId: string, value: Row): Promise<I3xAnswer> {
  return client.ask("PUT", "/objects/history", { updates: [{ elementId, value }] });
}

async function past({ client }: I3xPlant, elementId: string): Promise<readonly unknown[]> {
  const range = { startTime: "2023-11-01T00:00:00Z", endTime: "2023-12-01T00:00:00Z" };
  const answer = await client.ask("POST", "/objects/history", {
    elementIds: [elementId],
    ...range,
  });
  return listAt(answer.json, "results", 0, "result", "values");
}

describe("PUT /objects/history", { timeout: 180_000 }, () => {
  it("writes a row at its own time; the live value stays, and the trail tells", async (t) => {
    const plant = await startI3xPlant(t);
    const id = `${PRESS}/Hydraulics/Pressure`;
    const row = { value: 99.5, quality: "Good", timestamp: EARLIER };

    const answer = await correct(plant, id, row);

    assert.deepEqual(statusesOf(answer), [true]);
    const live = { value: 101.5, quality: "Good", timestamp: AT };
    assert.deepEqual(await past(plant, id), [row, live]);
    assert.deepEqual(await valueOf(plant, id), { isComposition: false, ...live });
    const trail = readFileSync(join(dirname(plant.hub.file), "audit.jsonl"), "utf8");
    assert.match(trail, /Pressure","after":\{"value":"99\.5"[^\n]*"action":"correct history"/);
  });

  it("replaces what stands there, and changes nothing when it is the same", async (t) => {
    const plant = await startI3xPlant(t);
    const id = `${PRESS}/Setpoint`;

    const same = await correct(plant, id, { value: 25, quality: "Good", timestamp: AT });
    const other = await correct(plant, id, { value: null, quality: "Bad", timestamp: AT });

    assert.deepEqual([...statusesOf(same), ...statusesOf(other)], [true, true]);
    assert.deepEqual(await past(plant, id), [{ value: null, quality: "Bad", timestamp: AT }]);
    const trail = readFileSync(join(dirname(plant.hub.file), "audit.jsonl"), "utf8");
    assert.equal(trail.match(/correct history/g)?.length, 1);
  });

  it("refuses rows that are none, and whole calls without a time", async (t) => {
    const plant = await startI3xPlant(t);
    const id = `${PRESS}/Setpoint`;

    const wrong = [
      await correct(plant, id, { value: "25", quality: "Good", timestamp: EARLIER }),
      await correct(plant, id, { value: 2.5, quality: "Good", timestamp: EARLIER }),
      await correct(plant, id, { value: null, quality: "Good", timestamp: EARLIER }),
      await correct(plant, id, { value: 1, quality: "Bad", timestamp: EARLIER }),
      await correct(plant, "acme/dallas", { value: {}, quality: "Good", timestamp: EARLIER }),
      await correct(plant, "acme/nowhere", { value: 1, quality: "Good", timestamp: EARLIER }),
    ];
    const timeless = await correct(plant, id, { value: 1, quality: "Good", timestamp: "noon" });

    assert.deepEqual(wrong.flatMap(statusesOf), [400, 400, 400, 400, 403, 404]);
    assert.equal(timeless.status, 400);
    assert.equal((await past(plant, id)).length, 1);
  });

  it("takes an object for a device, and a template of before is read by its members", async (t) => {
    const plant = await startI3xPlant(t);

    const value = { Setpoint: 7, Name: "before" };
    const answer = await correct(plant, PRESS, { value, quality: "Good", timestamp: EARLIER });
    plant.edge.node.changed("press", [
      { ...reading("Motor 1", motor(1500)), timestamp: Date.parse(AT) + 1000 },
    ]);
    const { tree } = plant.hub.hub;
    await plant.hub.until(
      () =>
        tree.values.timestamp(tree.find("acme%3Adallas/line1/press/Motor 1") ?? 0) > Date.parse(AT),
    );

    assert.deepEqual(statusesOf(answer), [true]);
    assert.deepEqual((await past(plant, `${PRESS}/Setpoint`))[0], {
      value: 7,
      quality: "Good",
      timestamp: EARLIER,
    });
    assert.deepEqual(
      (await past(plant, `${PRESS}/Motor 1/Speed`)).map((vqt) => valueAt(vqt, "value")),
      [1450, 1500],
    );
  });
});
