import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missingMqtt, readMqttCoverage, unknownMqtt } from "../../scripts/conformance-mqtt.ts";

describe("the coverage of MQTT", () => {
  it("counts every statement of MQTT 5.0 and of MQTT 3.1.1 once", async () => {
    const coverage = await readMqttCoverage();

    const counted = coverage.map(({ standard, proved, markedOnly, open }) => {
      const ids = [...proved, ...markedOnly, ...open].map(({ id }) => id);
      return [standard, ids.length, new Set(ids).size];
    });
    assert.deepEqual(counted, [
      ["MQTT 5.0", 251, 251],
      ["MQTT 3.1.1", 141, 141],
    ]);
  });

  it("has a proof for everything that binds a server and can be seen from outside", async () => {
    assert.deepEqual(missingMqtt(await readMqttCoverage()), []);
  });

  it("has no proof for what it says cannot be proved", async () => {
    const coverage = await readMqttCoverage();

    const proved = coverage.flatMap((each) => each.proved);
    assert.deepEqual(
      proved.filter(({ untestable }) => untestable !== undefined),
      [],
    );
  });

  it("cites no id that neither standard has", async () => {
    assert.deepEqual(await unknownMqtt(), []);
  });
});
