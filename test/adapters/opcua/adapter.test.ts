import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { AwakeTime } from "../../support/awake-time.ts";
import { OpcUaRun } from "../../support/opcua-run.ts";
import { TestPlant, paintNode } from "../../support/opcua-plant.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";

const TEMPERATURE = { name: "Zone1/Temperature", node: paintNode("Zone1.Temperature"), unit: "°C" };
const SETPOINT = { name: "Zone1/Setpoint", node: paintNode("Zone1.Setpoint"), access: "rw" };

describe("an OPC UA device is born", { timeout: 180_000 }, () => {
  it("with the datatypes that the server says", async () => {
    await using server = await TestPlant.start();
    const nodes = {
      "Status.State": "Int32",
      "Status.Fault": "Boolean",
      "Status.FaultText": "String",
      "Zone1.Temperature": "Double",
      "Conveyor.Speed": "Float",
      "Batch.Id": "String",
      "Batch.Parts": "UInt32",
      "Production.TotalParts": "Int64",
      "Production.LastPart": "DateTime",
    };
    const tags = Object.keys(nodes).map((path) => ({ name: path, node: paintNode(path) }));

    await using run = await OpcUaRun.start(server.config(tags));
    await run.until(() => run.count("born") === 1);

    const datatypes = Object.keys(nodes).map((path) => [path, run.metric(path)?.datatype]);
    assert.deepEqual(Object.fromEntries(datatypes), nodes);
    assert.equal(run.metric("Production.TotalParts")?.value, 9_007_912);
    assert.equal(run.metric("Batch.Id")?.value, "PB-0001");
  });

  it("with unit, limits and access, good, and with a time", async () => {
    await using server = await TestPlant.start();
    const limited = { ...TEMPERATURE, lowLimit: -5, highHighLimit: 90 };
    await using run = await OpcUaRun.start(server.config([limited, SETPOINT]));
    await run.until(() => run.count("born") === 1);

    const temperature = run.metric("Zone1/Temperature");
    assert.equal(temperature?.unit, "°C");
    assert.partialDeepStrictEqual(temperature, {
      properties: [
        { key: "lowLimit", datatype: "Double", value: -5 },
        { key: "highHighLimit", datatype: "Double", value: 90 },
      ],
    });
    assert.equal(temperature.writable, false);
    assert.equal(temperature.quality, "good");
    assert.ok(Math.abs(temperature.timestamp - Date.now()) < 60_000);
    assert.equal(run.metric("Zone1/Setpoint")?.writable, true);
  });

  it("although one node does not exist and one namespace is missing", async () => {
    await using server = await TestPlant.start();
    const tags = [
      TEMPERATURE,
      { name: "Wrong", node: paintNode("Zone9.Temperature") },
      { name: "Elsewhere", node: "nsu=urn:nowhere;s=X" },
      { name: "Folder", node: paintNode("Zone1"), access: "rw" },
    ];

    await using run = await OpcUaRun.start(server.config(tags));
    await run.until(() => run.readings("Zone1/Temperature").length > 3);

    assert.equal(run.metric("Wrong")?.quality, "bad");
    assert.equal(run.metric("Wrong")?.value, null);
    assert.equal(run.metric("Wrong")?.reason, "opcua_BadNodeIdUnknown");
    assert.equal(run.metric("Elsewhere")?.reason, "namespace_missing");
    assert.equal(run.metric("Folder")?.reason, "opcua_BadAttributeIdInvalid");
    assert.partialDeepStrictEqual(await run.write("paint-cell", "Folder", 1), {
      outcome: "rejected_by_device",
    });
    assert.equal(run.readings("Zone1/Temperature").at(-1)?.quality, "good");
  });

  it("later, when the server is not there yet", async () => {
    await using server = await TestPlant.start();
    await server.plant.stopOpcua();
    await using run = await OpcUaRun.start(server.config([TEMPERATURE]));
    await run.until(() => run.log.length === 1);

    await server.plant.startOpcua();
    await run.until(() => run.count("born") === 1);

    assert.equal(run.count("died"), 0);
  });
});

describe("an OPC UA device is not born", { timeout: 180_000 }, () => {
  it("when the server does not offer the login, and the log says so once", async () => {
    await using server = await TestPlant.start();
    const identity = { user: "hub", password: "secret" };
    const config = { ...server.config([TEMPERATURE]), identity, allowPlainPassword: true };

    await using run = await OpcUaRun.start(config);
    await run.until(() => run.log.length === 1);

    const line = JSON.stringify(run.log[0]);
    assert.match(line, /does not offer user and password with None/);
    assert.doesNotMatch(line, /secret/);
    assert.equal(run.events.length, 0);
  });
});

describe("an OPC UA device changes", { timeout: 180_000 }, () => {
  it("with the source's own time, which moves on", async () => {
    await using server = await TestPlant.start();
    await using run = await OpcUaRun.start(server.config([TEMPERATURE]));
    await run.until(() => run.readings("Zone1/Temperature").length > 5);

    const times = run.readings("Zone1/Temperature").map((reading) => reading.timestamp);
    const sorted = times.toSorted((a, b) => a - b);
    assert.deepEqual(times, sorted);
    assert.ok(new Set(times).size > 3);
  });

  it("by a write, and says what was read back", async () => {
    await using server = await TestPlant.start();
    const enable = { name: "Enable", node: paintNode("Control.Enable"), access: "rw" };
    const speed = { name: "Speed", node: paintNode("Conveyor.Setpoint"), access: "rw" };
    await using run = await OpcUaRun.start(server.config([SETPOINT, enable, speed]));
    await run.until(() => run.count("born") === 1);

    await run.write("paint-cell", "Zone1/Setpoint", 101);
    await run.write("paint-cell", "Enable", false);
    await run.write("paint-cell", "Speed", 1.5);

    assert.equal(run.readings("Zone1/Setpoint").at(-1)?.value, 101);
    assert.equal(run.readings("Enable").at(-1)?.value, false);
    assert.equal(run.readings("Speed").at(-1)?.value, 1.5);
  });

  it("not by a write that the server refuses", async () => {
    await using server = await TestPlant.start();
    await using run = await OpcUaRun.start(server.config([SETPOINT]));
    await run.until(() => run.count("born") === 1);

    const write = run.write("paint-cell", "Zone1/Setpoint", 999);

    const { outcome, because } = await write;
    assert.equal(outcome, "rejected_out_of_range");
    assert.match(because ?? "", /BadOutOfRange/);
  });

  it("not by a write to what the server says is read only", async () => {
    await using server = await TestPlant.start();
    const tag = { ...TEMPERATURE, access: "rw" };
    await using run = await OpcUaRun.start(server.config([tag]));
    await run.until(() => run.count("born") === 1);

    const write = run.write("paint-cell", "Zone1/Temperature", 20);

    assert.equal(run.metric("Zone1/Temperature")?.writable, false);
    assert.partialDeepStrictEqual(await write, { outcome: "rejected_not_writable" });
  });

  it("not at all when the adapter is readOnly", async () => {
    await using server = await TestPlant.start();
    const { readOnly: _, ...config } = server.config([SETPOINT]);
    await using run = await OpcUaRun.start(config);
    await run.until(() => run.count("born") === 1);

    const write = run.write("paint-cell", "Zone1/Setpoint", 100);

    assert.equal(run.metric("Zone1/Setpoint")?.writable, false);
    assert.partialDeepStrictEqual(await write, { outcome: "rejected_read_only" });
  });
});

describe("an OPC UA device whose server goes away", { timeout: 180_000 }, () => {
  it("is stale at once, dies once, and is born again", async () => {
    await using server = await TestPlant.start();
    await using run = await OpcUaRun.start(server.config([TEMPERATURE, SETPOINT]));
    await run.until(() => run.count("born") === 1);

    await server.plant.stopOpcua();
    await run.until(() => run.count("died") === 1);
    const beforeRevival = run.readings("Zone1/Temperature").at(-1);
    const write = run.write("paint-cell", "Zone1/Setpoint", 100);
    assert.partialDeepStrictEqual(await write, { outcome: "rejected_offline" });
    await server.plant.startOpcua();
    await run.until(() => run.count("born") === 2 && run.events.at(-1)?.kind === "changed");

    assert.equal(beforeRevival?.quality, "stale");
    assert.equal(beforeRevival.reason, "link_lost");
    assert.notEqual(beforeRevival.value, null);
    assert.equal(run.count("died"), 1);
    assert.equal(run.readings("Zone1/Temperature").at(-1)?.quality, "good");
  });

  it("does not die when it is back within the grace", async () => {
    await using server = await TestPlant.start();
    const config = { ...server.config([TEMPERATURE]), offlineGrace: "30s" };
    await using run = await OpcUaRun.start(config);
    await run.until(() => run.count("born") === 1);

    await server.plant.stopOpcua();
    await run.until(() => run.readings("Zone1/Temperature").at(-1)?.quality === "stale");
    await server.plant.startOpcua();
    await run.until(() => run.readings("Zone1/Temperature").at(-1)?.quality === "good");

    assert.equal(run.count("died"), 0);
    assert.equal(run.count("born"), 1);
  });

  it("is found dead when it only falls silent, and lives again", async () => {
    await using server = await TestPlant.start();
    await using proxy = await FreezableProxy.start(server.plant.opcuaPort);
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    await using run = await OpcUaRun.start({ ...server.config([TEMPERATURE]), endpoint });
    await run.until(() => run.count("changed") > 0);

    proxy.freeze();
    await run.until(() => run.count("died") === 1);
    proxy.thaw();
    await run.until(() => run.count("born") === 2);

    assert.equal(run.count("died"), 1);
  });

  it("leaves the device of another adapter alone", async () => {
    await using dying = await TestPlant.start();
    await using living = await TestPlant.start();
    await using victim = await OpcUaRun.start(dying.config([TEMPERATURE]));
    await using bystander = await OpcUaRun.start(living.config([TEMPERATURE]));
    await victim.until(() => victim.count("born") === 1);
    await bystander.until(() => bystander.count("born") === 1);

    await dying.plant.stopOpcua();
    await victim.until(() => victim.count("died") === 1);
    const seen = bystander.count("changed");
    await bystander.until(() => bystander.count("changed") > seen + 2);

    assert.equal(bystander.count("died"), 0);
    assert.ok(bystander.readings("Zone1/Temperature").every(({ quality }) => quality === "good"));
  });
});

describe("stopping an OPC UA adapter", { timeout: 180_000 }, () => {
  it("takes at most two seconds while a server accepts and then says nothing", async () => {
    const mute = createServer((socket) => socket.on("error", () => undefined));
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    const accepted = once(mute, "connection");
    const address = mute.address();
    assert.ok(address !== null && typeof address === "object");
    await using server = await TestPlant.start();
    const endpoint = `opc.tcp://127.0.0.1:${address.port}`;
    const run = await OpcUaRun.start({ ...server.config([TEMPERATURE]), endpoint });
    const [socket] = await accepted;

    using took = new AwakeTime();
    await run[Symbol.asyncDispose]();

    assert.ok(took.ms < 2_500, `${took.ms} ms`);
    assert.equal(run.events.length, 0);
    socket.destroy();
    mute.close();
  });

  it("says nothing on the console, whatever happened before", async (t) => {
    const methods = ["log", "info", "warn", "error", "debug", "trace"] as const;
    const spies = methods.map((method) => t.mock.method(console, method, () => undefined));
    spies.push(t.mock.method(process.stderr, "write", () => true));
    await using server = await TestPlant.start();
    const run = await OpcUaRun.start(server.config([{ name: "Wrong", node: "nsu=urn:no;i=1" }]));
    await run.until(() => run.count("born") === 1);

    await server.plant.stopOpcua();
    await run.until(() => run.count("died") === 1);
    await run[Symbol.asyncDispose]();

    const said = spies.flatMap((spy) => spy.mock.calls.map((call) => call.arguments));
    assert.deepEqual(said, []);
  });
});
