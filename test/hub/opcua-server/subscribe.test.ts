import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataChangeFilter, DataChangeTrigger, DeadbandType } from "node-opcua-client";
import { freePort } from "../../support/free-port.ts";
import {
  hearModelChanges,
  Monitored,
  openClient,
  startHubServer,
  subscribe,
  unsId,
} from "../../support/opcua-hub-server.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";

function level(value: number) {
  return { name: "l", datatype: "Double", tellDatatype: true, value } as const;
}

function numbers(value: readonly number[]) {
  return { name: "l", datatype: "DoubleArray", tellDatatype: true, value } as const;
}

describe("a subscription", () => {
  it("brings the value at once, then each change with its time, and what it is worth", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const monitored = await Monitored.open(subscribe(session), await unsId(session, SPEED), {
      samplingInterval: 50,
    });
    await monitored.until(({ value }) => value.value === 1200);

    sessions.apply(speed(900, 2));
    const changed = await monitored.until(({ value }) => value.value === 900);
    sessions.apply(ndeath());
    const dead = await monitored.until(({ statusCode }) => statusCode.value !== 0);

    assert.equal(changed.sourceTimestamp?.getTime(), SOURCE_TIME + 100);
    assert.equal(dead.statusCode.name, "UncertainNoCommunicationLastUsableValue");
    assert.equal(dead.value.value, 900);
  });

  it("may ask for what it wants: an interval of 0, a deadband, a metric twice", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const subscription = subscribe(session);
    const nodeId = await unsId(session, SPEED);
    const each = await Monitored.open(subscription, nodeId, { samplingInterval: 0 });
    const coarse = await Monitored.open(subscription, nodeId, {
      samplingInterval: 100,
      filter: new DataChangeFilter({
        deadbandType: DeadbandType.Absolute,
        deadbandValue: 100,
        trigger: DataChangeTrigger.StatusValue,
      }),
    });
    await coarse.until(({ value }) => value.value === 1200);

    sessions.apply(speed(1210, 2));
    await each.until(({ value }) => value.value === 1210);
    sessions.apply(speed(1500, 3));
    await each.until(({ value }) => value.value === 1500);
    await coarse.until(({ value }) => value.value === 1500);

    assert.deepEqual(
      coarse.seen.map(({ value }) => value.value),
      [1200, 1500],
    );
  });

  it("takes a deadband in percent of the range of the birth, and refuses one without a range", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    const properties = [
      { key: "engLow", datatype: "Double", value: 0 },
      { key: "engHigh", datatype: "Double", value: 200 },
    ] as const;
    sessions.apply(nbirth());
    sessions.apply(
      message(
        "DBIRTH/e/d",
        [
          { ...level(0), properties },
          { ...level(0), name: "m" },
        ],
        1,
      ),
    );
    const session = await openClient(t, endpoint);
    const subscription = subscribe(session);
    const filter = new DataChangeFilter({
      deadbandType: DeadbandType.Percent,
      deadbandValue: 10,
      trigger: DataChangeTrigger.StatusValue,
    });
    const asked = { samplingInterval: 50, filter };
    const coarse = await Monitored.open(subscription, await unsId(session, "g/e/d/l"), asked);
    const each = await Monitored.open(subscription, await unsId(session, "g/e/d/l"), {
      samplingInterval: 50,
    });
    await coarse.until(({ value }) => value.value === 0);

    sessions.apply(message("DDATA/e/d", [level(19)], 2));
    await each.until(({ value }) => value.value === 19);
    sessions.apply(message("DDATA/e/d", [level(40)], 3));
    await coarse.until(({ value }) => value.value === 40);

    assert.deepEqual(
      coarse.seen.map(({ value }) => value.value),
      [0, 40],
    );
    await assert.rejects(
      Monitored.open(subscription, await unsId(session, "g/e/d/m"), asked),
      /BadMonitoredItemFilterUnsupported/,
    );
  });

  it("brings arrays to everyone who monitors them", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/d", [numbers([1])], 1));
    const session = await openClient(t, endpoint);
    const subscription = subscribe(session);
    const nodeId = await unsId(session, "g/e/d/l");
    const both = [
      await Monitored.open(subscription, nodeId, { samplingInterval: 50 }),
      await Monitored.open(subscription, nodeId, { samplingInterval: 100 }),
    ];
    for (const one of both) await one.until(({ value }) => value.value.length === 1);

    sessions.apply(message("DDATA/e/d", [numbers([1, 2])], 2));
    for (const one of both) await one.until(({ value }) => value.value.length === 2);
    sessions.apply(message("DDATA/e/d", [numbers([])], 3));
    for (const one of both) await one.until(({ value }) => value.value.length === 0);
  });

  it("goes on when a birth gives the metric another type", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const monitored = await Monitored.open(subscribe(session), await unsId(session, SPEED), {
      samplingInterval: 50,
    });
    await monitored.until(({ value }) => value.value === 1200);

    const text = {
      name: "Motor/Speed",
      datatype: "String",
      tellDatatype: true,
      value: "fast",
    } as const;
    sessions.apply(message("DBIRTH/e/d", [text], 2));

    await monitored.until(({ value }) => value.value === "fast");
  });

  it("is refused for what does not exist, and for folders", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const subscription = subscribe(session);

    for (const path of ["g/e/d/nothing", "g/e/d/Motor"]) {
      const nodeId = await unsId(session, path);
      await assert.rejects(
        Monitored.open(subscription, nodeId, { samplingInterval: 50 }),
        /BadNodeIdUnknown/,
      );
    }
  });

  it("of another client tells of new metrics: GeneralModelChangeEvent", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    const session = await openClient(t, endpoint);
    const affected = new Set<string>();
    const told = Promise.withResolvers<void>();
    await hearModelChanges(session, (names) => {
      for (const name of names) affected.add(name);
      if (affected.has(SPEED)) told.resolve();
    });

    sessions.apply(dbirth());

    await told.promise;
    assert.ok(affected.has("g/e/d"));
  });

  it("goes on by itself when the hub comes back: identifiers stay what they were", async (t) => {
    const first = await startHubServer(t, { port: await freePort() });
    first.sessions.apply(nbirth());
    first.sessions.apply(dbirth());
    const connectionStrategy = { maxRetry: -1, initialDelay: 50, maxDelay: 100 };
    const session = await openClient(t, first.endpoint, {
      options: { connectionStrategy, keepSessionAlive: true },
    });
    const monitored = await Monitored.open(subscribe(session), await unsId(session, SPEED), {
      samplingInterval: 50,
    });
    await monitored.until(({ value }) => value.value === 1200);
    await first.server.stop();

    const { port } = first.server.address;
    const again = await startHubServer(t, { dataDir: first.dataDir, port });
    again.sessions.apply(nbirth());
    again.sessions.apply(dbirth());
    again.sessions.apply(speed(77, 2));

    await monitored.until(({ value }) => value.value === 77);
  });

  it("leaves nothing behind in the server when it ends", async (t) => {
    const { endpoint, sessions, server } = await startHubServer(t);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const session = await openClient(t, endpoint);
    const subscription = subscribe(session);
    const nodeId = await unsId(session, SPEED);
    const monitored = await Monitored.open(subscription, nodeId, { samplingInterval: 50 });
    await monitored.until(({ value }) => value.value === 1200);
    assert.deepEqual(server.figures(), { sessions: 1, monitoredMetrics: 1 });

    await subscription.terminate();
    await new Promise((resolve) => setImmediate(resolve));

    assert.equal(server.figures().monitoredMetrics, 0);
  });
});
