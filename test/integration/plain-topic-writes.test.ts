/** Writing by publishing on `…/set`: the right command, the read-back, and every reason why not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePayload } from "@unshub/sparkplug";
import { Stranger } from "../support/foreign-plant.ts";
import { born, JsonReader, PRESS, saidBy, startJsonPlant, writer } from "../support/json-plant.ts";
import { mosquittoPub, mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";

const SETPOINT = `${PRESS}/Setpoint`;

describe("a value that is published on …/set", { timeout: 180_000 }, () => {
  it("becomes a DCMD, and what came of it is told", async (t) => {
    const { port, asked } = await startJsonPlant(t, "{ write: true }");
    const watch = await Stranger.open(t, `mqtt://127.0.0.1:${port}`, "spBv1.0/+/DCMD/#");
    const reader = await JsonReader.open(t, port, SETPOINT);
    await reader.next(SETPOINT);
    const outcomes = await JsonReader.open(t, port, `${SETPOINT}/_set`);

    const code = await saidBy(reader.client, `${SETPOINT}/set`, '{"value":42}');
    const command = await watch.heard.next();
    const value = await reader.json(SETPOINT);
    const outcome = await outcomes.json(`${SETPOINT}/_set`);

    assert.equal(code, 0);
    assert.deepEqual(await asked.next(), { deviceId: "press", metric: "Setpoint", value: 42 });
    assert.equal(command.topic, "spBv1.0/acme:dallas/DCMD/line1/press");
    assert.deepEqual([command.qos, command.retain], [0, false]);
    assert.deepEqual(decodePayload(command.payload).metrics[0]?.value, { field: "int", raw: 42 });
    assert.partialDeepStrictEqual(value, { value: 42, quality: "Good" });
    assert.partialDeepStrictEqual(outcome, { result: "confirmed", value: 42, unchanged: false });
  });

  it("becomes an NCMD for a metric of an edge node that a rule places", async (t) => {
    const { port, asked } = await startJsonPlant(t, "{ write: true }", {
      own: [born("Limit", 5, { writable: true })],
      placement: "  placement: [{ method: group, places: all }]\n",
    });
    const watch = await Stranger.open(t, `mqtt://127.0.0.1:${port}`, "spBv1.0/+/NCMD/#");
    const reader = await JsonReader.open(t, port, "acme/dallas/line1/+/#");
    await reader.next("acme/dallas/line1/Limit");

    const code = await saidBy(reader.client, "acme/dallas/line1/Limit/set", "6");
    const command = await watch.heard.find(({ topic }) => topic.includes("/NCMD/"));
    const outcome = await reader.json("acme/dallas/line1/Limit/_set");

    assert.equal(code, 0);
    assert.deepEqual(await asked.next(), { metric: "Limit", value: 6 });
    assert.equal(command.topic, "spBv1.0/acme:dallas/NCMD/line1");
    assert.partialDeepStrictEqual(outcome, { result: "confirmed", value: 6 });
  });

  const refused = [
    ["a metric that cannot be written", "Running", "false", "READ_ONLY"],
    ["a value beyond the range", "Setpoint", "351", "OUT_OF_RANGE"],
    ["a value of another type", "Setpoint", '{"value":"warm"}', "MISFIT"],
  ] as const;
  for (const [what, metric, text, code] of refused) {
    it(`is refused for ${what}, and nothing is sent`, async (t) => {
      const { port, asked } = await startJsonPlant(t, "{ write: true }");
      const reader = await JsonReader.open(t, port, `${PRESS}/+/_set`);

      await saidBy(reader.client, `${PRESS}/${metric}/set`, text);
      const outcome = await reader.json(`${PRESS}/${metric}/_set`);

      assert.partialDeepStrictEqual(outcome, { result: "refused", code });
      assert.deepEqual(asked.all, []);
    });
  }

  it("is refused at once where that can be said at once", async (t) => {
    const { port, asked } = await startJsonPlant(t, "{ write: true }");
    const client = await writer(t, port);

    const codes = [
      await saidBy(client, `${PRESS}/Nothing/set`, "1"),
      await saidBy(client, `${SETPOINT}/set`, "1", { retain: true }),
      await saidBy(client, `${SETPOINT}/set`, '{"val":1}'),
      await saidBy(client, `${SETPOINT}/set`, ""),
    ];

    assert.deepEqual(codes, [0x87, 0x87, 0x99, 0x99]);
    assert.deepEqual(asked.all, []);
  });

  it("is refused when the device is offline", async (t) => {
    const { port, edge, hub } = await startJsonPlant(t, "{ write: true }");
    const reader = await JsonReader.open(t, port, `${SETPOINT}/#`);
    edge.node.died("press");
    const { tree } = hub.hub;
    await hub.until(() => tree.online(tree.find("acme%3Adallas/line1/press") ?? -1) === false);

    await saidBy(reader.client, `${SETPOINT}/set`, "42");
    const outcome = await reader.json(`${SETPOINT}/_set`);

    assert.partialDeepStrictEqual(outcome, { result: "refused", code: "OFFLINE" });
  });

  it("keeps every digit of a 64-bit integer", async (t) => {
    const metrics = [born("Big", 1n, { datatype: "Int64", writable: true })];
    const { port, asked } = await startJsonPlant(t, "{ write: true }", { metrics });

    await saidBy(await writer(t, port), `${PRESS}/Big/set`, '{"value":9007199254740993}');

    assert.equal((await asked.next()).value, 9_007_199_254_740_993n);
  });

  it("does not stand in the way of a metric that is called set", async (t) => {
    const metrics = [born("a", 1, { writable: true }), born("a/set", 2)];
    const { port, hub, asked } = await startJsonPlant(t, "{ write: true }", { metrics });
    const client = await writer(t, port);

    const code = await saidBy(client, `${PRESS}/a/set`, "5");
    const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/findings`);
    const text = await answer.text();

    assert.equal(code, 0x87);
    assert.deepEqual(asked.all, []);
    assert.match(text, /"code":"U03"/);
  });

  it("comes from Mosquitto too", { skip: SKIP_WITHOUT_MOSQUITTO }, async (t) => {
    const { port } = await startJsonPlant(t, "{ write: true }");
    await using sub = await mosquittoSub(port, "-V", "mqttv311", "-t", SETPOINT);
    await sub.lines.next();

    await mosquittoPub(port, "-V", "mqttv311", "-q", "1", "-t", `${SETPOINT}/set`, "-m", "77");

    assert.match(await sub.lines.next(), /^\{"value":77,.*"quality":"Good"\}$/);
  });
});
