/** Topics and ids, statement by statement. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deviceTopic, EdgeNode, nodeTopic, readTopic, SparkplugError } from "@unshub/sparkplug";

const LEGAL = ["a", "Werk 1", "press.3", "Müller-Straße", "設備", "a:b;c"];
const ILLEGAL = ["", "a/b", "a+", "#", "nul\u0000", "bell\u0007", "\ud800", "\uffff"];

function refuses(build: () => string): void {
  assert.throws(build, (error) => error instanceof SparkplugError && error.code === "ID_ILLEGAL");
}

const open = (edgeNodeId: string): EdgeNode =>
  new EdgeNode({
    groupId: "g",
    edgeNodeId,
    transport: { publish: () => undefined },
    lastBdSeq: undefined,
    saveBdSeq: () => undefined,
    clock: { now: () => 0, after: () => () => undefined },
    onWrite: () => undefined,
    onRefused: () => undefined,
  });

describe("topics", () => {
  it("begin with spBv1.0 and nothing else [tck-id-topic-structure-namespace-a]", () => {
    assert.ok(nodeTopic("NDATA", "g", "e").startsWith("spBv1.0/"));
    for (const wrong of ["spAv1.0", "spbv1.0", "spBv3.0", "SPBV1.0"]) {
      assert.equal(readTopic(`${wrong}/g/NDATA/e`).kind, "fault", wrong);
    }
  });

  it("have four levels for nodes, five for devices and three for STATE [tck-id-topic-structure]", () => {
    const kinds = ["spBv1.0/g/NDATA/e", "spBv1.0/g/DDATA/e/d", "spBv1.0/STATE/h"].map((topic) => {
      const reading = readTopic(topic);
      return reading.kind === "sparkplug" ? reading.topic.kind : reading.kind;
    });
    assert.deepEqual(kinds, ["node", "device", "state"]);
    for (const topic of ["spBv1.0", "spBv1.0/g", "spBv1.0/g/NDATA", "spBv1.0/g/DDATA/e/d/x"]) {
      assert.equal(readTopic(topic).kind, "fault", topic);
    }
  });

  it(
    "have a device id exactly where the type asks for one " +
      "[tck-id-topic-structure-namespace-device-id-associated-message-types] " +
      "[tck-id-topic-structure-namespace-device-id-non-associated-message-types]",
    () => {
      for (const type of ["DBIRTH", "DDEATH", "DDATA", "DCMD"] as const) {
        assert.equal(
          deviceTopic(type, { groupId: "g", edgeNodeId: "e" }, "d").split("/").length,
          5,
        );
        assert.equal(readTopic(`spBv1.0/g/${type}/e`).kind, "fault");
      }
      for (const type of ["NBIRTH", "NDEATH", "NDATA", "NCMD"] as const) {
        assert.equal(nodeTopic(type, "g", "e").split("/").length, 4);
        assert.equal(readTopic(`spBv1.0/g/${type}/e/d`).kind, "fault");
      }
    },
  );
});

const areChecked = (build: (id: string) => string): void => {
  for (const id of LEGAL) assert.ok(build(id).includes(id));
  for (const id of ILLEGAL) refuses(() => build(id));
};

describe("ids", () => {
  it("of groups are any UTF-8 but what a topic may not hold [tck-id-intro-group-id-string] [tck-id-intro-group-id-chars] [tck-id-topic-structure-namespace-valid-group-id]", () => {
    areChecked((id) => nodeTopic("NBIRTH", id, "e"));
  });

  it("of edge nodes are the same [tck-id-intro-edge-node-id-string] [tck-id-intro-edge-node-id-chars] [tck-id-topic-structure-namespace-valid-edge-node-id]", () => {
    areChecked((id) => nodeTopic("NBIRTH", "g", id));
  });

  it("of devices are the same [tck-id-intro-device-id-string] [tck-id-intro-device-id-chars] [tck-id-topic-structure-namespace-valid-device-id]", () => {
    areChecked((id) => deviceTopic("DBIRTH", { groupId: "g", edgeNodeId: "e" }, id));
  });

  it("that are illegal make no edge node and no device [tck-id-intro-edge-node-id-chars] [tck-id-intro-device-id-chars]", () => {
    assert.throws(() => open("a/b"), SparkplugError);
    assert.throws(() => open("a").born("#", []), SparkplugError);
  });
});
