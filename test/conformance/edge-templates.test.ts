/** Templates and properties in births, statement by statement. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { propertyValue, type Template } from "@unshub/sparkplug";
import { metric, only, Plant, type Seen, reading } from "../support/sparkplug-plant.ts";

const definition: Template = {
  isDefinition: true,
  version: "1.0",
  metrics: [
    { name: "speed", datatype: "Int32", value: 0 },
    { name: "on", datatype: "Boolean", value: false },
  ],
  parameters: [{ name: "maker", datatype: "String", value: "ACME" }],
};
const instance = (members: readonly ("speed" | "on")[]): Template => ({
  isDefinition: false,
  templateRef: "Motor",
  metrics: definition.metrics.filter(({ name }) => members.some((member) => member === name)),
  parameters: [{ name: "maker", datatype: "String", value: "Other" }],
});
const motor = (value: Template) =>
  ({ ...metric("motor", 0), datatype: "Template", value }) as const;
const templates = [{ name: "Motor", template: definition }];
const rawOf = (message: Seen, name: string) => {
  const found = message.decoded.metrics.find((each) => each.name === name || each.alias === 0);
  assert.equal(found?.value?.field, "template");
  return found?.value?.field === "template" ? found.value.raw : assert.fail();
};

describe("templates and properties in births", () => {
  it(
    "has all definitions in NBIRTH and there only, with all members and parameters and their defaults " +
      "[tck-id-topics-nbirth-templates] [tck-id-payloads-template-definition-nbirth] " +
      "[tck-id-payloads-template-definition-nbirth-only] [tck-id-payloads-template-definition-is-definition] " +
      "[tck-id-payloads-template-is-definition-definition] [tck-id-payloads-template-definition-ref] " +
      "[tck-id-payloads-template-ref-definition] [tck-id-payloads-template-definition-members] " +
      "[tck-id-payloads-template-definition-parameters] " +
      "[tck-id-payloads-template-definition-parameters-default] [tck-id-payloads-template-version]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ templates });
      edge.node.born("press", [motor(instance(["speed", "on"])), motor(definition)]);
      plant.time.run(100);
      const raw = rawOf(only(plant.of("NBIRTH")), "Motor");
      assert.deepEqual(
        [raw.isDefinition, raw.templateRef, raw.version, raw.metrics.map(({ name }) => name)],
        [true, undefined, "1.0", ["speed", "on"]],
      );
      assert.deepEqual(
        raw.parameters.map(({ name, value }) => [name, value?.raw]),
        [["maker", "ACME"]],
      );
      assert.match(
        String(plant.heard("refused")[0]?.[0] && JSON.stringify(plant.heard("refused"))),
        /NBIRTH only/,
      );
      assert.equal(rawOf(only(plant.of("DBIRTH")), "motor").isDefinition, false);
    },
  );

  it(
    "has instances with all members of their definition in births, some in data, and no others " +
      "[tck-id-payloads-template-instance-is-definition] [tck-id-payloads-template-is-definition-instance] " +
      "[tck-id-payloads-template-is-definition] [tck-id-payloads-template-instance-ref] " +
      "[tck-id-payloads-template-ref-instance] [tck-id-payloads-template-instance-members] " +
      "[tck-id-payloads-template-instance-members-birth] [tck-id-payloads-template-instance-members-data] " +
      "[tck-id-payloads-template-instance-parameters]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ templates });
      edge.node.born("oven", [motor(instance(["speed"]))]);
      edge.node.born("fan", [motor({ ...instance(["speed", "on"]), templateRef: "Fan" })]);
      edge.node.born("press", [motor(instance(["speed", "on"]))]);
      const faster = {
        ...instance(["speed"]),
        metrics: [{ name: "speed", datatype: "Int32", value: 5 }],
      } as const;
      edge.node.changed("press", [{ ...reading("motor", 0), value: faster }]);
      const odd = {
        ...faster,
        metrics: [{ name: "colour", datatype: "Int32", value: 5 }],
      } as const;
      edge.node.changed("press", [{ ...reading("motor", 0), value: odd }]);
      const strange = [{ name: "taste", datatype: "String", value: "sweet" }] as const;
      edge.node.changed("press", [
        { ...reading("motor", 0), value: { ...faster, parameters: strange } },
      ]);
      plant.time.run(100);

      const because = plant.heard("refused").map(([event]) => JSON.stringify(event));
      assert.match(because[0] ?? "", /member \\"on\\" is missing/);
      assert.match(because[1] ?? "", /no template \\"Fan\\"/);
      assert.match(because[2] ?? "", /no member \\"colour\\"/);
      assert.match(because[3] ?? "", /no such parameter \\"taste\\"/);
      const born = rawOf(plant.of("DBIRTH")[2] ?? assert.fail(), "motor");
      assert.deepEqual([born.isDefinition, born.templateRef], [false, "Motor"]);
      assert.deepEqual(
        born.metrics.map(({ name }) => name),
        ["speed", "on"],
      );
      assert.deepEqual(
        born.parameters.map(({ name, value }) => [name, value?.raw]),
        [["maker", "Other"]],
      );
      const said = rawOf(only(plant.of("DDATA")), "motor");
      assert.deepEqual(
        said.metrics.map(({ name }) => name),
        ["speed"],
      );
    },
  );

  it("tells unit, description and own properties, and quality as Int32 when it is not good [tck-id-payloads-propertyset-quality-value-type]", () => {
    const plant = new Plant();
    const edge = plant.edge();
    const properties = [{ key: "engHigh", datatype: "Double", value: 90 }] as const;
    edge.node.born("press", [
      { ...metric("t", 1, { unit: "°C", description: "oil", quality: "stale" }), properties },
    ]);
    plant.time.run(100);
    const told = only(plant.of("DBIRTH")).decoded.metrics[0]?.properties;
    const values = ["engUnit", "Documentation", "engHigh", "Quality"].map((key) =>
      propertyValue(told?.get(key)),
    );
    assert.deepEqual(values, ["°C", "oil", 90, 500]);
    assert.equal(told?.get("Quality")?.type, 3);
  });
});
