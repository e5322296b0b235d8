import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HostSessionOptions, HostWrite, Template } from "@unshub/sparkplug";
import { metric, NODE, Plant } from "../support/sparkplug-plant.ts";

const axis: Template = {
  isDefinition: true,
  metrics: [{ name: "position", datatype: "Double", value: 0 }],
  parameters: [],
};
const motor: Template = {
  isDefinition: true,
  metrics: [
    { name: "speed", datatype: "Int64", value: 0 },
    { name: "on", datatype: "Boolean", value: false },
    { name: "axis", datatype: "Template", value: { ...instance("Axis", axis) } },
  ],
  parameters: [],
};

function instance(templateRef: string, { metrics, parameters }: Template): Template {
  return { isDefinition: false, templateRef, metrics, parameters };
}

/** An edge node with a motor, and a host that saw its birth. */
function motorPlant(options: Partial<HostSessionOptions> = {}) {
  const plant = new Plant();
  const host = plant.host(options);
  const templates = [
    { name: "Motor", template: motor },
    { name: "Axis", template: axis },
  ];
  const edge = plant.edge({ templates });
  const value = instance("Motor", motor);
  const born = { datatype: "Template", value, writable: true } as const;
  edge.node.born("press", [{ ...metric("motor", 0), ...born }]);
  plant.time.run(100);
  const write = (asked: HostWrite["value"]) => {
    const result = host.application.write({
      ...NODE,
      deviceId: "press",
      metric: "motor",
      value: asked,
    });
    plant.time.run(100);
    return result.sent ? "sent" : result.because;
  };
  return { plant, write };
}

describe("a write of template members", () => {
  for (const commandDatatypes of ["told", "leftOut"] as const) {
    it(`takes their datatypes from the births; in the command they are ${commandDatatypes}`, () => {
      const { plant, write } = motorPlant({ commandDatatypes });

      const result = write({
        metrics: [
          { name: "speed", value: -5 },
          { name: "axis", value: { metrics: [{ name: "position", value: 1.5 }] } },
        ],
      });

      assert.equal(result, "sent");
      const raw = plant.of("DCMD")[0]?.decoded.metrics[0]?.value;
      const codes = raw?.field === "template" ? raw.raw.metrics.map((each) => each.datatype) : [];
      assert.deepEqual(codes, commandDatatypes === "told" ? [4, 19] : [undefined, undefined]);
      assert.deepEqual(plant.heard("write"), [
        [
          {
            deviceId: "press",
            metric: "motor",
            timestamp: plant.of("DCMD")[0]?.decoded.metrics[0]?.timestamp,
            value: {
              isDefinition: false,
              templateRef: "Motor",
              metrics: [
                { name: "speed", datatype: "Int64", value: -5 },
                {
                  name: "axis",
                  datatype: "Template",
                  value: {
                    isDefinition: false,
                    templateRef: "Axis",
                    metrics: [{ name: "position", datatype: "Double", value: 1.5 }],
                    parameters: [],
                  },
                },
              ],
              parameters: [],
            },
          },
        ],
      ]);
    });
  }

  it("is refused where it does not keep to the definition, and says why", () => {
    const { plant, write } = motorPlant();

    const because = [
      write({ metrics: [{ name: "colour", value: 1 }] }),
      write({ metrics: [{ name: "speed", datatype: "Int32", value: 1 }] }),
      write({ metrics: [{ name: "on", value: 5 }] }),
      write({ templateRef: "Axis", metrics: [] }),
    ];

    assert.match(because[0] ?? "", /template "Motor" has no member "colour"/);
    assert.match(because[1] ?? "", /member "speed" is Int64 in its template/);
    assert.match(because[2] ?? "", /Boolean takes/);
    assert.match(because[3] ?? "", /for template "Axis", the metric is Motor/);
    assert.deepEqual(plant.of("DCMD"), []);
  });
});
