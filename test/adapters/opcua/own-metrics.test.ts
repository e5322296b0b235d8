import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import opcua from "@unshub/adapter-opcua";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const A = { name: "A", node: labNode("A"), access: "rw" };
const B = { name: "B", node: labNode("B"), device: "other" };

async function openLab(): Promise<OpcUaLab> {
  const lab = await OpcUaLab.start();
  for (const name of ["A", "B"]) lab.addDouble(name, 1);
  return lab;
}

describe("an OPC UA device says how it stands", { timeout: 180_000 }, () => {
  it("from its birth on, and what may be asked of it", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);

    assert.partialDeepStrictEqual(run.metric("Device Info/State"), { value: "online" });
    assert.partialDeepStrictEqual(run.metric("Device Info/Address"), {
      value: `opc.tcp://127.0.0.1:${lab.port}`,
      writable: false,
    });
    assert.partialDeepStrictEqual(run.metric("Device Info/Tags"), { value: 1 });
    assert.partialDeepStrictEqual(run.metric("Device Control/Enabled"), {
      value: true,
      writable: true,
    });
    assert.partialDeepStrictEqual(run.metric("Device Control/Scan Rate"), {
      value: 50,
      unit: "ms",
    });
  });

  it("with the requests of its link, and how fast they are answered", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => typeof run.latest("Device Info/RTT p50 ms")?.value === "number");

    const [device] = run.adapter.diagnostics().devices;
    assert.ok(run.counter("requests") > 5);
    assert.ok((device?.rttP50Ms ?? 0) > 0);
    assert.ok((device?.rttP99Ms ?? 0) >= (device?.rttP50Ms ?? 0));
  });

  it("and what became of the last write, refused ones too", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);
    const last = (name: string): unknown => run.latest(`Device Control/Last Write/${name}`)?.value;

    await run.write("lab", "A", 7);
    assert.deepEqual(["Tag", "Requested", "Result"].map(last), ["A", "7", "ok"]);

    await run.write("lab", "A", "seven");
    assert.equal(last("Result"), "rejected_bad_value");
    assert.match(String(last("Reason")), /A/);
  });

  it("and says that it is stale while the link is down", async () => {
    await using lab = await openLab();
    const config = lab.config([A], { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    await lab.server.shutdown(0);
    await run.until(() => run.latest("Device Info/State")?.value === "stale");

    assert.notEqual(run.latest("Device Info/Last Error")?.value, "");
  });
});

describe("an OPC UA device does what a command asks of itself", { timeout: 180_000 }, () => {
  it("is born again", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);

    const result = await run.write("lab", "Device Control/Rebirth", true);

    assert.equal(result.outcome, "ok");
    assert.equal(run.count("born"), 2);
  });

  it("is read at once", async () => {
    await using lab = await openLab();
    const config = lab.config([{ ...A, publish: "always" }]);
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1 && run.readings("A").length > 1);
    const before = run.readings("A").length;

    await run.write("lab", "Device Control/Poll", true);
    await run.until(() => run.readings("A").length > before);
  });

  it("dies when it is disabled, alone, and comes back when a rescan names it", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A, B]), QUICK);
    await run.until(() => run.count("born") === 2);

    await run.write("lab", "Device Control/Enabled", false);
    await run.until(() => run.count("died") === 1);
    const states = run.adapter
      .diagnostics()
      .devices.map(({ deviceId, state }) => [deviceId, state]);
    assert.deepEqual(states, [
      ["lab", "disabled"],
      ["other", "online"],
    ]);
    assert.equal((await run.write("lab", "A", 3)).outcome, "rejected_offline");
    lab.setDouble("B", 5);
    await run.until(() => run.latest("B")?.value === 5);
    assert.equal(run.count("born"), 2);

    await run.adapter.rescan?.("lab");
    await run.until(() => run.count("born") === 3);
  });

  it("closes the link with the last device, and opens it again", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);

    const closed = once(lab.server, "session_closed");
    await run.write("lab", "Device Control/Enabled", false);
    await closed;
    assert.equal(run.adapter.diagnostics().links[0]?.state, "disabled");

    await run.adapter.rescan?.("lab");
    await run.until(() => run.count("born") === 2);
  });

  it("has its fastest values at another rate, and the others theirs", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A, B]), QUICK);
    await run.until(() => run.count("born") === 2);

    const result = await run.write("lab", "Device Control/Scan Rate", 250);
    assert.equal(result.outcome, "ok");
    assert.equal(run.latest("Device Control/Scan Rate")?.value, 250);
    await run.until(() => run.log.some(({ fields }) => Reflect.get(fields, "how") === "renewed"));

    assert.deepEqual(new Set(intervalsOf(lab)), new Set([50, 250]));
    assert.equal(run.count("born"), 2);
  });

  it("refuses what it cannot do, with a sentence", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);

    const tooFast = await run.write("lab", "Device Control/Scan Rate", 1);
    const toldOnly = await run.write("lab", "Device Info/State", "online");
    const nobody = await run.write("nobody", "Device Control/Poll", true);

    assert.match(tooFast.because ?? "", /takes 10 to 86400000 ms, not 1/);
    assert.equal(toldOnly.outcome, "rejected_not_writable");
    assert.equal(nobody.outcome, "rejected_offline");
  });
});

it("refuses a tag with a name that every OPC UA device has for itself", () => {
  const tags = [{ name: "Device Info/State", node: "i=1", group: "g" }];
  const config = {
    endpoint: "opc.tcp://h:1",
    device: "d",
    groups: { g: { interval: "1s" } },
    tags,
  };

  assert.throws(() => opcua.parseConfig(config), /begins with Device Info\/, where every device/);
});

/** The publishing intervals of all subscriptions of the server, in ms. */
function intervalsOf(lab: OpcUaLab): readonly number[] {
  const sessions = lab.server.engine.getSessions();
  const all = sessions.flatMap((session) => session.publishEngine.subscriptions);
  return all.map(({ publishingInterval }) => publishingInterval).toSorted((a, b) => a - b);
}
