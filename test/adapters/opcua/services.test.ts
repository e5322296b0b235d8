import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataType, StatusCodes, Variant } from "node-opcua-client";
import { EndpointChoice } from "../../../adapters/opcua/src/recover/endpoint-choice.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { motorValue, startMotorLab } from "../../support/opcua-lab-types.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const SPEED = { name: "Speed", node: labNode("Speed") };

/** A lab with a method that adds an Int32 and an Int64. */
async function methodLab(): Promise<OpcUaLab> {
  const lab = await OpcUaLab.start();
  lab.addDouble("Speed", 1);
  const method = lab.namespace.addMethod(lab.folder, {
    browseName: "Add",
    nodeId: "s=Add",
    inputArguments: [
      { name: "a", dataType: DataType.Int32 },
      { name: "b", dataType: DataType.Int64 },
    ],
    outputArguments: [{ name: "sum", dataType: DataType.Double }],
  });
  method.bindMethod((inputs, _context, answer) => {
    const [a, b] = inputs.map((input): unknown => input.value);
    const [, low] = Array.isArray(b) ? b : [0, 0];
    const value = Number(a) + Number(low);
    const isBad = value > 1_000;
    answer(null, {
      statusCode: isBad ? StatusCodes.BadOutOfRange : StatusCodes.Good,
      outputArguments: [new Variant({ dataType: DataType.Double, value })],
    });
  });
  return lab;
}

describe("a method of an OPC UA server", { timeout: 180_000 }, () => {
  const methods = [{ name: "Lab/Add", object: labNode("Lab"), method: labNode("Add") }];

  it("is called by JSON, and answers in metrics", async () => {
    await using lab = await methodLab();
    await using run = await OpcUaRun.start(lab.config([SPEED], { methods }), QUICK);
    await run.until(() => run.count("born") === 1);
    assert.equal(run.metric("Lab/Add/Call")?.writable, true);

    const byOrder = await run.write("lab", "Lab/Add/Call", '[2, "40"]');
    assert.equal(byOrder.outcome, "ok");
    assert.equal(run.latest("Lab/Add/Result")?.value, '{"sum":42}');
    assert.equal(run.latest("Lab/Add/Status")?.value, "Good");
    const byName = await run.write("lab", "Lab/Add/Call", '{"b": 1, "a": 2}');
    assert.equal(byName.outcome, "ok");
    assert.equal(run.latest("Lab/Add/Result")?.value, '{"sum":3}');
  });

  it("is not called with what is none of its arguments", async () => {
    await using lab = await methodLab();
    await using run = await OpcUaRun.start(lab.config([SPEED], { methods }), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const given of ["[1]", "no json", '[1.5, "2"]', '{"a": 1, "c": 2}', '["x", 1]']) {
      const { outcome, because } = await run.write("lab", "Lab/Add/Call", given);
      assert.equal(outcome, "rejected_bad_value", given);
      assert.notEqual(because ?? "", "");
    }
    const refused = await run.write("lab", "Lab/Add/Call", "[1000, 1]");
    assert.equal(refused.outcome, "rejected_by_device");
    assert.equal(run.latest("Lab/Add/Status")?.value, "BadOutOfRange");
  });

  it("is not called when the adapter is readOnly", async () => {
    await using lab = await methodLab();
    const config = lab.config([SPEED], { methods, readOnly: true });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    const { outcome } = await run.write("lab", "Lab/Add/Call", "[1, 1]");

    assert.equal(outcome, "rejected_read_only");
    assert.equal(run.metric("Lab/Add/Call")?.writable, false);
  });
});

describe("an alarm of an OPC UA server", { timeout: 180_000 }, () => {
  it("is shown as metrics, told as an event, and acknowledged where that is allowed", async () => {
    await using lab = await OpcUaLab.start();
    const { namespace, space } = lab;
    space.installAlarmsAndConditionsService();
    const tank = namespace.addObject({
      browseName: "Tank",
      organizedBy: space.rootFolder.objects,
      notifierOf: space.rootFolder.objects.server,
    });
    const level = namespace.addVariable({
      componentOf: tank,
      browseName: "Level",
      nodeId: "s=Level",
      dataType: DataType.Double,
      eventSourceOf: tank,
      value: new Variant({ dataType: DataType.Double, value: 0 }),
    });
    const alarm = namespace.instantiateExclusiveLimitAlarm("ExclusiveLimitAlarmType", {
      browseName: "LevelHigh",
      conditionName: "LevelHigh",
      componentOf: tank,
      conditionSource: level,
      inputNode: level,
      highHighLimit: 200,
      highLimit: 100,
      lowLimit: -10,
      lowLowLimit: -20,
    });
    alarm.setEnabledState(true);
    const setLevel = (value: number): unknown =>
      level.setValueFromSource(new Variant({ dataType: DataType.Double, value }));
    setLevel(150);
    const tags = [{ name: "Level", node: labNode("Level") }];
    const config = lab.config(tags, { events: [{ acknowledge: true }], rebirthHoldoff: "100ms" });
    await using run = await OpcUaRun.start(config, QUICK);
    const prefix = "Alarms/2:Level/LevelHigh";
    await run.until(() => run.latest(`${prefix}/Active`)?.value === true);

    assert.equal(run.latest(`${prefix}/Acked`)?.value, false);
    assert.ok(Number(run.latest(`${prefix}/Severity`)?.value) > 0);
    assert.partialDeepStrictEqual(run.happened.at(-1), {
      device: "lab",
      type: "i=9341", // ExclusiveLimitAlarmType
      source: "2:Level",
      condition: { name: "LevelHigh", isActive: true, isAcked: false, isRetained: true },
    });
    const [link] = run.adapter.diagnostics().links;
    const watched = link?.agreements?.find(({ name }) => name === "events");
    assert.partialDeepStrictEqual(watched, {
      values: 1,
      terms: [{ name: "publishing_interval_ms", asked: 500, granted: 500 }],
    });
    const { operationLimits } = lab.server.engine.serverCapabilities;
    const { maxNodesPerMethodCall } = operationLimits;
    operationLimits.maxNodesPerMethodCall = 0.5; // less than one: the whole call is refused
    const refused = await run.write("lab", `${prefix}/Acknowledge`, "seen");
    assert.equal(refused.outcome, "rejected_by_device");
    assert.match(refused.because ?? "", /the server refused it: BadTooManyOperations$/);
    operationLimits.maxNodesPerMethodCall = maxNodesPerMethodCall;
    const { outcome, because } = await run.write("lab", `${prefix}/Acknowledge`, "seen");
    assert.equal(outcome, "ok_unverified", because ?? outcome);
    await run.until(() => run.latest(`${prefix}/Acked`)?.value === true);
    setLevel(50);
    await run.until(() => run.latest(`${prefix}/Active`)?.value === false);
  });
});

describe("what an OPC UA server remembers", { timeout: 180_000 }, () => {
  it("is read after it forgot us, and told as history", async () => {
    await using lab = await OpcUaLab.start();
    const variable = lab.addDouble("Speed", 0);
    lab.space.installHistoricalDataNode(variable, { maxOnlineValues: 100 });
    const more = { historyBackfill: true, offlineGrace: "30s" };
    await using run = await OpcUaRun.start(lab.config([SPEED], more), QUICK);
    await run.until(() => run.count("born") === 1);
    lab.setDouble("Speed", 1);
    await run.until(() => run.latest("Speed")?.value === 1);

    lab.closeSessions();
    const start = Date.now();
    for (const value of [2, 3, 4]) {
      lab.setDouble("Speed", value, { at: new Date(start + value) });
    }
    const past = (): readonly unknown[] =>
      run.events.flatMap((event) =>
        event.kind === "changed"
          ? event.readings.filter((_, row) => event.isPast?.[row]).map(({ value }) => value)
          : [],
      );
    await run.until(() => past().includes(2) && past().includes(3));

    assert.equal(run.latest("Speed")?.value, 4);
    assert.equal(run.counter("gaps"), 1);
  });

  it("is read of structures, member by member", async () => {
    await using lab = await startMotorLab();
    lab.space.installHistoricalDataNode(lab.variable("Motor"), { maxOnlineValues: 100 });
    const tags = [{ name: "Motor", node: labNode("Motor") }];
    const more = { historyBackfill: true, offlineGrace: "30s" };
    await using run = await OpcUaRun.start(lab.config(tags, more), QUICK);
    await run.until(() => run.count("born") === 1);

    lab.closeSessions();
    const start = Date.now();
    for (const speed of [2, 3, 4]) {
      lab.set("Motor", motorValue(lab, { speed }), { at: new Date(start + speed) });
    }
    const past = (name: string): readonly unknown[] =>
      run.events.flatMap((event) =>
        event.kind === "changed"
          ? event.readings
              .filter((reading, row) => reading.name === name && event.isPast?.[row])
              .map(({ value }) => value)
          : [],
      );
    await run.until(() => past("Motor/Speed").includes(2) && past("Motor/Speed").includes(3));

    assert.ok(past("Motor/Name").every((value) => value === "M1"));
    assert.equal(past("Motor/Limits/High").length, past("Motor/Speed").length);
    assert.equal(run.latest("Motor/Speed")?.value, 4);
  });

  it("is read of many nodes in few calls, and of each no more than maxBackfill", async () => {
    await using lab = await OpcUaLab.start();
    const names = Array.from({ length: 40 }, (_, index) => `N${index}`);
    for (const name of names) {
      lab.space.installHistoricalDataNode(lab.addDouble(name, 0), { maxOnlineValues: 100 });
    }
    lab.addDouble("Plain", 0);
    const tags = [...names, "Plain"].map((name) => ({ name, node: labNode(name) }));
    const more = { historyBackfill: true, maxBackfill: 3, offlineGrace: "30s" };
    await using run = await OpcUaRun.start(lab.config(tags, more), QUICK);
    await run.until(() => run.count("born") === 1);
    const link = String(lab.config([])["endpoint"]);
    run.adapter.setTrace?.(link, true);

    lab.closeSessions();
    const start = Date.now();
    for (const value of [1, 2, 3, 4, 5, 6]) {
      for (const name of [...names, "Plain"]) {
        lab.setDouble(name, value, { at: new Date(start + value) });
      }
    }
    const done = "read what was missed from the server's history";
    await run.until(() => run.log.some(({ message }) => message === done));

    const found = run.log.find(({ message }) => message === done);
    assert.deepEqual(found?.fields, { values: 40 * 3 });
    const headers =
      run.adapter
        .trace?.(link)
        ?.map(({ header }) => header)
        .join("\n") ?? "";
    const calls = headers.match(/HistoryReadRequest/g)?.length ?? 0;
    assert.ok(calls > 0 && calls <= 4, `${calls} calls`);
  });
});

describe("a redundant set of OPC UA servers", { timeout: 180_000 }, () => {
  it("is served by the next one when the first is gone", async () => {
    const first = await OpcUaLab.start();
    await using second = await OpcUaLab.start();
    first.addDouble("Speed", 1);
    second.addDouble("Speed", 2);
    const endpoints = [first, second].map(({ port }) => `opc.tcp://127.0.0.1:${port}`);
    const { endpoint: _, ...config } = first.config([SPEED], { endpoints, offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.latest("Speed")?.value === 1);

    await first[Symbol.asyncDispose]();
    await run.until(() => run.latest("Speed")?.value === 2);

    assert.equal(run.count("died"), 0);
  });
});

describe("a redundant set of OPC UA servers that all answer", { timeout: 180_000 }, () => {
  it("is served by the one that is well, and by the preferred one again when that was well for a while", async () => {
    await using first = await OpcUaLab.start();
    await using second = await OpcUaLab.start();
    first.addDouble("Speed", 1);
    second.addDouble("Speed", 2);
    const endpoints = [first, second].map(({ port }) => `opc.tcp://127.0.0.1:${port}`);
    const more = { endpoints, offlineGrace: "30s", handBack: "300ms" };
    const { endpoint: _, ...config } = first.config([SPEED], more);
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.latest("Speed")?.value === 1);

    first.setServiceLevel(100);
    await run.until(() => run.latest("Speed")?.value === 2);
    first.setServiceLevel(255);
    await run.until(() => run.latest("Speed")?.value === 1);

    assert.equal(run.count("died"), 0);
  });
});

describe("the choice among redundant servers", () => {
  it("stays with the one in use while it is well", () => {
    const choice = new EndpointChoice(["a", "b"], 1_000);
    choice.heard("a", 210, 0);
    choice.heard("b", 255, 0);

    assert.equal(choice.moveOn(10), false);
    assert.equal(choice.current, "a");
  });

  it("moves to one that is well when the one in use is not, and not between two that are not", () => {
    const choice = new EndpointChoice(["a", "b"], 1_000);
    choice.heard("a", 100, 0);
    choice.heard("b", 150, 0);
    assert.equal(choice.moveOn(10), false);

    choice.heard("b", 200, 20);
    assert.equal(choice.moveOn(20), true);
    assert.equal(choice.current, "b");
  });

  it("leaves one without data for any that has some", () => {
    const choice = new EndpointChoice(["a", "b"], 1_000);
    choice.heard("a", 1, 0);
    choice.heard("b", 50, 0);

    assert.equal(choice.moveOn(0), true);
  });

  it("goes back to the preferred one only when that was well for a while", () => {
    const choice = new EndpointChoice(["a", "b"], 1_000);
    choice.failed();
    choice.heard("b", 255, 0);
    choice.heard("a", 255, 0);
    assert.equal(choice.moveOn(500), false);
    choice.heard("a", undefined, 600);
    choice.heard("a", 255, 700);
    assert.equal(choice.moveOn(1_200), false);

    assert.equal(choice.moveOn(1_700), true);
    assert.equal(choice.current, "a");
  });
});
