import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { ServerState, StatusCodes } from "node-opcua-client";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const SPEED = { name: "Speed", node: labNode("Speed") };

/** All numbers that were told of a metric, births left out, in the order of their times. */
function numbersOf(run: OpcUaRun, name: string): readonly number[] {
  return run
    .readings(name)
    .filter(({ value, quality }) => typeof value === "number" && quality === "good")
    .toSorted((a, b) => a.timestamp - b.timestamp)
    .map(({ value }) => Number(value));
}

/** A lab behind a proxy, with one number. */
async function openLab(): Promise<{ lab: OpcUaLab; proxy: FreezableProxy } & AsyncDisposable> {
  const lab = await OpcUaLab.start();
  lab.addDouble("Speed", 0);
  const proxy = await FreezableProxy.start(lab.port);
  return {
    lab,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

/** A server in a process of its own. */
async function startLabProcess(
  port: number,
  count: number,
): Promise<{ readonly port: number; kill(): Promise<void> }> {
  const script = resolve(import.meta.dirname, "../../support/opcua-lab-process.ts");
  const child = fork(script, [String(port), String(count)], { stdio: "ignore" });
  const [message]: unknown[] = await once(child, "message");
  const told: unknown = Reflect.get(Object(message), "port");
  return {
    port: Number(told),
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function configOf(lab: OpcUaLab, port: number, more: object = {}): Record<string, unknown> {
  return { ...lab.config([SPEED], more), endpoint: `opc.tcp://127.0.0.1:${port}` };
}

describe("an OPC UA connection that is cut", { timeout: 180_000 }, () => {
  it("goes on with its session, and loses no value that the server's queue holds", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const config = configOf(lab, proxy.port, { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    lab.setDouble("Speed", 1);
    await run.until(() => run.latest("Speed")?.value === 1);

    proxy.refuse();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    const start = Date.now();
    for (let value = 2; value <= 100; value += 1) {
      lab.setDouble("Speed", value, { at: new Date(start + value) });
    }
    proxy.allow();
    await run.until(
      () => numbersOf(run, "Speed").length >= 100 && run.latest("Speed")?.quality === "good",
    );

    const told = new Set(numbersOf(run, "Speed"));
    const lost = Array.from({ length: 100 }, (_, index) => index + 1).filter(
      (each) => !told.has(each),
    );
    assert.deepEqual(lost, []);
    assert.equal(run.latest("Speed")?.value, 100);
    assert.equal(run.count("died"), 0);
    assert.equal(run.count("born"), 1);
    assert.equal(run.counter("gaps"), 0);
  });

  it("tells as history what waited longer than historicalAfter", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const config = configOf(lab, proxy.port, { offlineGrace: "30s", historicalAfter: "5s" });
    lab.setDouble("Speed", 0, { at: new Date(Date.now() - 60_000) });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    proxy.refuse();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    lab.setDouble("Speed", 7, { at: new Date(Date.now() - 10_000) });
    lab.setDouble("Speed", 8);
    proxy.allow();
    await run.until(() => numbersOf(run, "Speed").includes(7) && run.latest("Speed")?.value === 8);

    const sevens = run.events.flatMap((event) =>
      event.kind === "changed"
        ? event.readings.flatMap((each, row) => (each.value === 7 ? [event.isPast?.[row]] : []))
        : [],
    );
    assert.deepEqual(new Set(sevens), new Set([true]));
    assert.equal(run.latest("Speed")?.quality, "good");
  });

  it("dies once after its grace, and is born again with what holds then", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    await using run = await OpcUaRun.start(configOf(lab, proxy.port), QUICK);
    await run.until(() => run.count("born") === 1);

    proxy.refuse();
    await run.until(() => run.count("died") === 1);
    lab.setDouble("Speed", 42);
    proxy.allow();
    await run.until(() => run.count("born") === 2);

    assert.equal(run.count("died"), 1);
    assert.equal(run.metric("Speed")?.value, 42);
    assert.equal(run.metric("Speed")?.quality, "good");
  });

  it("is in doubt when nothing comes any more, and is found dead by a question", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const times = { ...QUICK.times, watch: { everyMs: 60_000, withinMs: 2_000 } };
    const config = configOf(lab, proxy.port, { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, { ...QUICK, times });
    await run.until(() => run.count("born") === 1);

    const before = run.counter("resumed");
    proxy.freeze();
    await run.until(() => run.latest("Speed")?.reason === "link_suspect");
    await run.until(() => run.log.some(({ message }) => message.startsWith("no link")));
    proxy.thaw();
    await run.until(
      () => run.counter("resumed") > before && run.latest("Speed")?.quality === "good",
    );

    assert.equal(run.count("died"), 0);
  });
});

describe("an OPC UA server that changes its mind", { timeout: 180_000 }, () => {
  it("and closes the session is asked for a new one", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const config = configOf(lab, proxy.port, { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    lab.closeSessions();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    lab.setDouble("Speed", 5);
    await run.until(() => run.latest("Speed")?.value === 5);

    assert.equal(run.count("born"), 1);
    assert.equal(run.counter("gaps"), 1);
  });

  it("and closes only the session hands its subscriptions over to the next one", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const config = configOf(lab, proxy.port, { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    proxy.refuse();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    lab.closeSessions("subscriptions");
    const start = Date.now();
    for (let value = 1; value <= 20; value += 1) {
      lab.setDouble("Speed", value, { at: new Date(start + value) });
    }
    proxy.allow();
    await run.until(() => numbersOf(run, "Speed").length >= 20 && run.counter("connections") === 2);

    assert.equal(run.counter("transferred"), 1);
    assert.equal(run.counter("gaps"), 0);
    assert.deepEqual(new Set(numbersOf(run, "Speed").slice(-20)).size, 20);
  });

  it("and suspends is stale with that reason until it runs again", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const config = configOf(lab, proxy.port, { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    lab.server.engine.setServerState(ServerState.Suspended);
    await run.until(() => run.latest("Speed")?.quality === "stale");
    const { reason } = run.latest("Speed") ?? {};
    lab.server.engine.setServerState(ServerState.Running);
    await run.until(() => run.latest("Speed")?.quality === "good");

    assert.equal(reason, "server_suspended");
    assert.equal(run.counter("connections"), 1);
  });

  it("about a type is believed by a rebirth, but not again and again", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const { DataType, Variant } = await import("node-opcua-client");
    const anything = { dataType: "BaseDataType" };
    lab.add("Any", new Variant({ dataType: DataType.Int32, value: 1 }), anything);
    const tags = [SPEED, { name: "Any", node: labNode("Any") }];
    const config = { ...lab.config(tags), endpoint: `opc.tcp://127.0.0.1:${proxy.port}` };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    assert.equal(run.metric("Any")?.datatype, "Int32");

    lab.set("Any", new Variant({ dataType: DataType.String, value: "one" }));
    await run.until(() => run.count("born") === 2);
    assert.equal(run.metric("Any")?.datatype, "String");
    assert.equal(run.metric("Any")?.value, "one");
    lab.set("Any", new Variant({ dataType: DataType.Double, value: 1.5 }));
    await run.until(() => run.latest("Any")?.reason === "type_flapping");

    assert.equal(run.latest("Any")?.value, null);
    assert.equal(run.latest("Speed")?.quality, "good");
    assert.equal(run.count("born"), 2);
  });

  it("about the time is not believed when its clock is years off", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    await using run = await OpcUaRun.start(configOf(lab, proxy.port), QUICK);
    await run.until(() => run.count("born") === 1);

    lab.setDouble("Speed", 3, { at: new Date(Date.UTC(2099, 0)) });
    await run.until(() => run.latest("Speed")?.value === 3);

    const { timestamp = 0 } = run.latest("Speed") ?? {};
    assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
    assert.equal(run.counter("implausible_times") > 0, true);
  });

  it("about a value keeps the last one where that is asked for", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    const tags = [{ ...SPEED, onBad: "keepLast" }];
    const config = { ...lab.config(tags), endpoint: `opc.tcp://127.0.0.1:${proxy.port}` };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    lab.setDouble("Speed", 9);
    await run.until(() => run.latest("Speed")?.value === 9);

    lab.setDouble("Speed", 4, { status: StatusCodes.BadSensorFailure });
    await run.until(() => run.latest("Speed")?.quality === "bad");

    assert.equal(run.latest("Speed")?.value, 9);
    assert.equal(run.latest("Speed")?.isKept, true);
  });

  it("about a value is told with its reason, and the value is taken away", async () => {
    await using bench = await openLab();
    const { lab, proxy } = bench;
    await using run = await OpcUaRun.start(configOf(lab, proxy.port), QUICK);
    await run.until(() => run.count("born") === 1);

    lab.setDouble("Speed", 4, { status: StatusCodes.BadSensorFailure });
    await run.until(() => run.latest("Speed")?.quality === "bad");
    assert.equal(run.latest("Speed")?.reason, "opcua_BadSensorFailure");
    assert.equal(run.latest("Speed")?.value, null);
    lab.setDouble("Speed", 5, { status: StatusCodes.GoodClamped });
    await run.until(() => run.latest("Speed")?.value === 5);
    assert.equal(run.latest("Speed")?.quality, "good");
    assert.equal(run.latest("Speed")?.code, StatusCodes.GoodClamped.value);
    lab.setDouble("Speed", 4, { status: StatusCodes.UncertainLastUsableValue });
    await run.until(() => run.latest("Speed")?.quality === "stale");

    assert.equal(run.latest("Speed")?.value, 4);
    assert.equal(run.latest("Speed")?.reason, "opcua_UncertainLastUsableValue");
  });
});

it("an OPC UA connection that never comes to values leaves no sessions behind", async () => {
  await using lab = await OpcUaLab.start();
  lab.addDouble("Speed", 1);
  const times = { ...QUICK.times, readyWithinMs: 1, readyPerTagMs: 0 };
  await using run = await OpcUaRun.start(lab.config([SPEED]), { ...QUICK, times });

  for (let attempt = 0; attempt < 6; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    await once(lab.server, "create_session");
  }

  await lab.untilSessions(2); // one that is being closed, one that was opened
  assert.equal(run.count("born"), 0);
});

describe("an OPC UA server that restarts", { timeout: 180_000 }, () => {
  it("with half of its nodes leaves the others bad, and they come back by themselves", async () => {
    const first = await OpcUaLab.start();
    for (const name of ["A", "B", "C", "D"]) first.addDouble(name, 1);
    await using proxy = await FreezableProxy.start(first.port);
    const tags = ["A", "B", "C", "D"].map((name) => ({ name, node: labNode(name) }));
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    const config = { ...first.config(tags), endpoint, rebirthHoldoff: "100ms" };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    await first[Symbol.asyncDispose]();
    await using second = await OpcUaLab.start();
    for (const name of ["A", "B"]) second.addDouble(name, 2);
    proxy.targetPort = second.port;
    await run.until(() => run.latest("A")?.value === 2 && run.latest("C")?.quality === "bad");

    assert.equal(run.latest("C")?.reason, "opcua_BadNodeIdUnknown");
    assert.equal(run.latest("B")?.quality, "good");
    second.addDouble("C", 3);
    await run.until(() => run.latest("C")?.value === 3);
  });

  it("after it was killed is found again, and its device born again", async () => {
    const first = await startLabProcess(0, 3);
    const endpoint = `opc.tcp://127.0.0.1:${first.port}`;
    const lab = { device: "lab", security: "none", allowNone: true, offlineGrace: "100ms" };
    const groups = { fast: { interval: "50ms" } };
    const tags = ["N0", "N1"].map((name) => ({ name, node: labNode(name), group: "fast" }));
    await using run = await OpcUaRun.start({ ...lab, endpoint, groups, tags }, QUICK);
    await run.until(() => run.count("born") === 1);

    await first.kill();
    await run.until(() => run.count("died") === 1);
    const second = await startLabProcess(first.port, 3);
    await run.until(() => run.count("born") === 2);

    assert.equal(run.metric("N1")?.quality, "good");
    assert.equal(run.count("died"), 1);
    await second.kill();
  });

  it("with its namespaces in another order shows the same nodes", async () => {
    const first = await OpcUaLab.start();
    first.addDouble("Speed", 1);
    await using proxy = await FreezableProxy.start(first.port);
    await using run = await OpcUaRun.start(configOf(first, proxy.port), QUICK);
    await run.until(() => run.count("born") === 1);

    await first[Symbol.asyncDispose]();
    await using second = await OpcUaLab.start({ before: ["urn:other", "urn:another"] });
    second.addDouble("Speed", 2);
    proxy.targetPort = second.port;
    await run.until(() => run.latest("Speed")?.value === 2);

    assert.equal(run.latest("Speed")?.quality, "good");
  });
});
