import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deviceTopic,
  idFault,
  nodeTopic,
  readTopic,
  SparkplugError,
  stateTopic,
} from "@unshub/sparkplug";

describe("reading a topic", () => {
  it("reads node, device and STATE topics [tck-id-topic-structure]", () => {
    assert.deepEqual(readTopic("spBv1.0/Plant 1/NBIRTH/gw.1"), {
      kind: "sparkplug",
      topic: { kind: "node", type: "NBIRTH", groupId: "Plant 1", edgeNodeId: "gw.1" },
    });
    assert.deepEqual(readTopic("spBv1.0/工厂/DDATA/gw/压机"), {
      kind: "sparkplug",
      topic: { kind: "device", type: "DDATA", groupId: "工厂", edgeNodeId: "gw", deviceId: "压机" },
    });
    assert.deepEqual(readTopic("spBv1.0/STATE/scada"), {
      kind: "sparkplug",
      topic: { kind: "state", hostId: "scada" },
    });
  });

  for (const topic of ["factory/line1/temp", "spBv", "$SYS/broker/uptime", "state/x", ""]) {
    it(`leaves ${JSON.stringify(topic)} to others`, () => {
      assert.deepEqual(readTopic(topic), { kind: "other" });
    });
  }

  const faults: readonly (readonly [topic: string, code: string, says: RegExp])[] = [
    ["spbv1.0/g/NBIRTH/e", "T01", /namespace is "spbv1\.0", expected "spBv1\.0"/],
    ["spBv3.0/g/NBIRTH/e", "T01", /spBv3\.0/],
    ["spAv1.0/g/NBIRTH/e", "T01", /spAv1\.0/],
    ["spBv1.0/g", "T02", /2 levels/],
    ["spBv1.0/g/DDATA/e/d/x", "T02", /6 levels; DDATA needs 5/],
    ["spBv1.0/g/nbirth/e", "T03", /did you mean "NBIRTH"/],
    ["spBv1.0/g/HELLO/e", "T03", /expected one of/],
    ["spBv1.0/g/DDATA/e", "T04", /device id is missing after DDATA/],
    ["spBv1.0/g/NDATA/e/d", "T05", /NDATA takes no device id/],
    ["spBv1.0//NDATA/e", "T06", /group id is empty/],
    ["spBv1.0/g/DDATA/e/", "T06", /device id is empty/],
    ["spBv1.0/STATE/", "T06", /host id is empty/],
    ["spBv1.0/g/NDATA/a\u0001b", "T07", /U\+0001/],
    ["spBv1.0/STATE/NBIRTH/e", "T07", /may not be called "STATE"/],
    ["STATE/scada", "T09", /use "spBv1\.0\/STATE\/scada"/],
    ["$sparkplug/certificates/x", "T10", /only the server/],
  ];
  for (const [topic, code, says] of faults) {
    it(`says ${code} of ${JSON.stringify(topic)}`, () => {
      const reading = readTopic(topic);

      assert.ok(reading.kind === "fault", reading.kind);
      assert.equal(reading.fault.code, code);
      assert.match(reading.fault.because, says);
    });
  }
});

describe("building a topic", () => {
  it("puts the ids in their places", () => {
    const node = { groupId: "g", edgeNodeId: "e" };

    assert.equal(nodeTopic("NBIRTH", "g", "e"), "spBv1.0/g/NBIRTH/e"); // [tck-id-topics-nbirth-topic]
    assert.equal(deviceTopic("DDATA", node, "d"), "spBv1.0/g/DDATA/e/d"); // [tck-id-topics-ddata-topic]
    assert.equal(stateTopic("h"), "spBv1.0/STATE/h");
  });

  it("refuses ids that would break the topic [tck-id-intro-edge-node-id-chars]", () => {
    for (const id of ["", "a/b", "a+b", "a#b", "a\u0000b", "\ud800"]) {
      assert.throws(() => nodeTopic("NBIRTH", "g", id), SparkplugError);
      assert.notEqual(idFault("device", id), undefined);
    }
  });

  it("refuses control characters and code points that are no characters", () => {
    for (const id of ["\u007f", "\u0085", "\ufdd0", "\uffff", "\u{1fffe}"]) {
      assert.equal(idFault("device", `a${id}`)?.code, "T07");
    }
    assert.equal(idFault("device", "\u{1f600} \u200b"), undefined);
  });

  it("refuses a topic longer than MQTT can carry", () => {
    const room = 65_535 - "spBv1.0//NBIRTH/e".length;

    assert.equal(nodeTopic("NBIRTH", "g".repeat(room), "e").length, 65_535);
    assert.throws(() => nodeTopic("NBIRTH", "g".repeat(room + 1), "e"), { code: "ID_ILLEGAL" });
    assert.throws(() => stateTopic("工".repeat(22_000)), { code: "ID_ILLEGAL" });
  });

  it("never puts control characters of a topic into what it says of it", () => {
    for (const topic of ["spBv2\u001b[31m/x", "spBv1.0/g/\u001b[2J/e", "STATE/\u001b[2J"]) {
      const reading = readTopic(topic);
      assert.ok(reading.kind === "fault");
      assert.doesNotMatch(reading.fault.because, /\p{Cc}/u);
    }
  });
});
