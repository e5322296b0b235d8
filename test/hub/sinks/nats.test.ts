/** The NATS sink and the server that Debian has. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { subjectOf } from "../../../hub/src/sinks/targets/nats.ts";
import { databaseServer, skipWithout } from "../../support/database-server.ts";
import {
  edgeNodeClient,
  everyKind,
  metric,
  startSinkHub,
  wantedKeys,
} from "../../support/sink-hub.ts";
import { sinkRecord } from "../../support/sink-record.ts";

describe("the NATS sink", { skip: skipWithout("nats"), timeout: 180_000 }, () => {
  it("makes its stream and has every value there, once, also across a server that is killed", async (t) => {
    const server = await databaseServer(t, "nats");
    const url = `nats://127.0.0.1:${server.port}`;
    const hub = await startSinkHub(t, [
      `{ name: nats, type: nats, url: "${url}", every: 20ms, retryAfter: 20ms, retryAtMost: 100ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 5000;
    await node.born(time, everyKind(time));
    await hub.untilWritten("nats");
    await server.kill();
    for (let at = 1; at <= 600; at += 1) {
      await node.data(time + at, [metric("Parts", "Int32", at, time + at)]);
    }
    await hub.untilSink("nats", ({ status }) => status === "down");
    await server.start();
    const rows = await hub.untilWritten("nats");

    const client = await connect({ servers: url });
    t.after(() => client.close());
    const { streams } = await jetstreamManager(client);
    const { state } = await streams.info("UNS");
    const pressure = await streams.getMessage("UNS", {
      last_by_subj: "uns.Plant1.gw.press.Hydraulics.Pressure",
    });

    assert.equal(state.messages, wantedKeys(rows).size);
    assert.deepEqual(JSON.parse(pressure?.string() ?? ""), {
      value: 101.5,
      timestamp: new Date(time).toISOString(),
      quality: "Good",
    });
    assert.deepEqual(
      [pressure?.header.get("unit"), pressure?.header.get("datatype")],
      ["bar", "Double"],
    );
  });
});

describe("the subject of a value", () => {
  it("writes what a subject cannot have", () => {
    const record = sinkRecord({ subject: { path: "a/Motor 1.5//x*>" } });

    assert.equal(subjectOf(record, "uns"), "uns.a.Motor%201%2E5.%20.x%2A%3E");
  });
});
