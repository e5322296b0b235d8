import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import {
  encodePayload,
  isTemplate,
  type MetricToSend,
  type MetricValue,
  type Template,
} from "@unshub/sparkplug";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { message, nbirth } from "../../support/sparkplug-messages.ts";

const MOTOR: Template = {
  isDefinition: false,
  templateRef: "Motor",
  metrics: [
    { name: "Speed", alias: 2, datatype: "Float", value: 1 },
    { name: "On", alias: 3, datatype: "Boolean", value: true },
  ],
  parameters: [],
};
const TABLE = { columns: ["a"], types: ["Int8" as const], rows: [[1], [null]] };

/** A tree with a device whose metrics are an array, a table and a template. */
function openTree() {
  const tree = new UnsTree();
  const causes: string[] = [];
  const sessions = new NodeSessions(tree, (_node, cause) => causes.push(cause));
  const born: readonly MetricToSend[] = [
    { name: "list", alias: 4, datatype: "Int32Array", tellDatatype: true, value: [1, 2] },
    { name: "table", datatype: "DataSet", tellDatatype: true, value: TABLE },
    { name: "M1", alias: 1, datatype: "Template", tellDatatype: true, value: MOTOR },
  ];
  sessions.apply(nbirth());
  sessions.apply(message("DBIRTH/e/d", born, 1));
  const value = (name: string): MetricValue =>
    tree.metric(tree.find(`g/e/d/${name}`) ?? 0)?.value ?? null;
  return { sessions, causes, value };
}

describe("values that hold values", () => {
  it("stand in the tree as they were born", () => {
    const { value, causes } = openTree();

    assert.deepEqual([value("list"), value("table"), value("M1")], [[1, 2], TABLE, MOTOR]);
    assert.deepEqual(causes, []);
  });

  it("take the members that data brings, by alias, and keep the others", () => {
    const { sessions, value, causes } = openTree();
    const speed = { alias: 2, datatype: "Float", value: 2.5 } as const;
    const data: Template = { ...MOTOR, metrics: [speed] };

    sessions.apply(
      message(
        "DDATA/e/d",
        [{ alias: 1, datatype: "Template", tellDatatype: false, value: data }],
        2,
      ),
    );

    const now = value("M1");
    assert.ok(isTemplate(now));
    assert.deepEqual(
      now.metrics.map((member) => [member.name, member.value]),
      [
        ["Speed", 2.5],
        ["On", true],
      ],
    );
    assert.deepEqual(causes, []);
  });

  it("come in compressed envelopes, too", () => {
    const { sessions, value, causes } = openTree();
    const inner = encodePayload({
      seq: 2,
      metrics: [{ alias: 4, datatype: "Int32Array", tellDatatype: false, value: [7] }],
    });
    const body = deflateSync(inner);
    const payload = encodePayload({ metrics: [], uuid: "SPBV1.0_COMPRESSED", body });

    sessions.apply({ ...message("DDATA/e/d", []), payload });

    assert.deepEqual(value("list"), [7]);
    assert.deepEqual(causes, []);
  });

  it("are left as they were by a payload whose last metric is broken", () => {
    const { sessions, value, causes } = openTree();
    const data = message(
      "DDATA/e/d",
      [{ alias: 4, datatype: "Int32Array", tellDatatype: false, value: [7] }],
      2,
    );

    sessions.apply({ ...data, payload: Uint8Array.of(...data.payload, 0x12, 2, 0x0a, 9) });

    assert.deepEqual(value("list"), [1, 2]);
    assert.deepEqual(causes, ["undecodable payload"]);
  });
});
