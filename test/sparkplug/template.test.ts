import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePayload,
  encodePayload,
  mergedTemplate,
  metricValue,
  summaryOf,
  TemplateTypes,
  visitPayload,
  type MetricToSend,
  type MetricValue,
  type Template,
} from "@unshub/sparkplug";
import { bytesOf } from "../support/sparkplug-golden.ts";

const DRIVE: Template = {
  isDefinition: true,
  metrics: [{ name: "Temp", datatype: "Int16", value: 0 }],
  parameters: [],
};
const MOTOR: Template = {
  isDefinition: true,
  version: "2",
  metrics: [
    { name: "Speed", datatype: "Float", value: 0 },
    {
      name: "Drive",
      datatype: "Template",
      value: { ...DRIVE, isDefinition: false, templateRef: "Drive" },
    },
  ],
  parameters: [{ name: "Poles", datatype: "UInt8", value: 4 }],
};

function metric(name: string, value: Template, tellDatatype = true): MetricToSend {
  return { name, datatype: "Template", tellDatatype, value };
}

/** An NBIRTH with both definitions and an instance whose members have aliases. */
function birth(): Uint8Array {
  const instance: Template = {
    isDefinition: false,
    templateRef: "Motor",
    metrics: [{ name: "Speed", alias: 7, datatype: "Float", value: 1 }],
    parameters: [],
  };
  return encodePayload({
    metrics: [metric("Drive", DRIVE), metric("Motor", MOTOR), metric("M1", instance)],
  });
}

function typesOf(bytes: Uint8Array): TemplateTypes {
  const types = new TemplateTypes();
  types.learn(decodePayload(bytes));
  return types;
}

/** Some members, without datatypes, as data brings them. */
const DATA: Template = {
  isDefinition: false,
  templateRef: "Motor",
  metrics: [
    { alias: 7, datatype: "Float", value: 2.5 },
    {
      name: "Drive",
      datatype: "Template",
      value: {
        isDefinition: false,
        templateRef: "Drive",
        metrics: [{ name: "Temp", datatype: "Int16", value: -3 }],
        parameters: [],
      },
    },
  ],
  parameters: [{ name: "Poles", datatype: "UInt8", value: 6 }],
};

function read(bytes: Uint8Array, types?: TemplateTypes): MetricValue {
  const [first] = decodePayload(bytes, { misfits: "keep" }).metrics;
  assert.ok(first);
  return metricValue(first, "Template", types);
}

describe("templates in data", () => {
  const bytes = encodePayload({ metrics: [metric("M1", DATA, false)] });

  it("takes the datatypes of members, by name and by alias, from the births", () => {
    const [speed, drive] = DATA.metrics;
    const expected = { ...DATA, metrics: [{ name: "Speed", ...speed }, drive] };

    assert.deepEqual(read(bytes, typesOf(birth())), expected);
  });

  it("shows the visitor the same", () => {
    const types = typesOf(birth());
    let seen: MetricValue = null;
    let name: string | undefined;
    visitPayload(bytes, {
      metric(view) {
        seen = view.value("Template", types);
        name = view.name;
      },
    });

    assert.equal(name, "M1");
    assert.deepEqual(seen, read(bytes, types));
  });

  it("does not guess the datatype of a member that no birth told", () => {
    const refused = { code: "VALUE_MISFIT", place: { offset: 2, path: "template.metrics[0]" } };

    assert.throws(() => read(bytes), refused);
    const forgotten = typesOf(birth());
    forgotten.clear();
    assert.throws(() => read(bytes, forgotten), refused);
  });

  it("leaves members that data does not bring as they were [tck-id-payloads-template-instance-members-data]", () => {
    const before: Template = {
      isDefinition: false,
      templateRef: "Motor",
      version: "2",
      metrics: [
        { name: "Speed", alias: 7, datatype: "Float", value: 1 },
        { name: "On", datatype: "Boolean", value: true },
        {
          name: "Drive",
          datatype: "Template",
          value: { ...DRIVE, isDefinition: false, templateRef: "Drive" },
        },
      ],
      parameters: [{ name: "Poles", datatype: "UInt8", value: 4 }],
    };
    const data = read(bytes, typesOf(birth()));
    assert.ok(typeof data === "object" && data !== null && "isDefinition" in data);

    const after = mergedTemplate(before, data);

    assert.deepEqual(
      after.metrics.map(({ name, value }) => [name, typeof value === "object" ? "…" : value]),
      [
        ["Speed", 2.5],
        ["On", true],
        ["Drive", "…"],
      ],
    );
    assert.deepEqual(after.parameters, [{ name: "Poles", datatype: "UInt8", value: 6 }]);
    assert.equal(after.version, "2");
  });
});

describe("templates that are none", () => {
  it("wants is_definition written out, false too [tck-id-payloads-template-is-definition]", () => {
    assert.throws(() => read(bytesOf("1203 920100")), { code: "VALUE_MISFIT" });
    assert.deepEqual(read(bytesOf("1208 920105 2201 61 2800")), {
      isDefinition: false,
      templateRef: "a",
      metrics: [],
      parameters: [],
    });
  });

  it("sends no definition with template_ref and no instance without [tck-id-payloads-template-definition-ref]", () => {
    for (const value of [
      { ...DRIVE, templateRef: "x" },
      { ...DRIVE, isDefinition: false },
    ]) {
      assert.throws(() => encodePayload({ metrics: [metric("t", value)] }), {
        code: "VALUE_MISFIT",
      });
    }
  });

  it("names the member whose value does not fit", () => {
    const value: Template = { ...MOTOR, metrics: [{ name: "a", datatype: "Int8", value: 1000 }] };

    assert.throws(() => encodePayload({ metrics: [metric("t", value)] }), {
      place: { path: "metrics[0].template.metrics[0]" },
    });
  });

  it("names the parameter without a name [tck-id-payloads-template-parameter-name-required]", () => {
    assert.throws(() => read(bytesOf("1209 920106 1a02 1003 2800")), {
      place: { offset: 2, path: "template.parameters[0]" },
    });
  });
});

describe("values in a few words", () => {
  it("tells of arrays, tables and templates what they are", () => {
    assert.equal(summaryOf([1, 2, 3], "Int32Array"), "Int32[3]");
    assert.equal(summaryOf({ columns: ["a"], types: ["Int8"], rows: [[1], [2]] }), "DataSet 1×2");
    assert.equal(summaryOf({ ...DATA, version: "2" }), "Template Motor v2, 2 members");
    assert.equal(summaryOf(DRIVE), "Template definition, 1 member");
  });
});
