/** Range and limits of a metric by the names that edge nodes give them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limitProperties } from "@unshub/adapter";
import type { PropertyToSend } from "@unshub/sparkplug";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { Sight, valueAnswer } from "../../../hub/src/feed/index.ts";
import type { ValueBounds } from "../../../hub/src/feed/protocol.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { message, nbirth } from "../../support/sparkplug-messages.ts";

/** What the hub tells of a metric that was born with properties. */
function boundsOf(properties: readonly PropertyToSend[]): ValueBounds | undefined {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  const pressure = {
    name: "Pressure",
    datatype: "Float",
    tellDatatype: true,
    value: 1,
    properties,
  } as const;
  sessions.apply(message("DBIRTH/e/d", [pressure], 1));
  return valueAnswer(new Sight(tree, EVERYTHING), "run", tree.find("g/e/d/Pressure") ?? -1)?.bounds;
}

function double(key: string, value: number): PropertyToSend {
  return { key, datatype: "Double", value };
}

describe("range and limits of a metric", () => {
  it("are those of a tag of an adapter of ours", () => {
    const limits = { highHighLimit: 8, highLimit: 6, lowLimit: 1, lowLowLimit: -2.5 };
    const range = [double("engLow", -10), double("engHigh", 10)];

    assert.deepEqual(boundsOf([...range, ...limitProperties(limits)]), {
      rangeLow: -10,
      rangeHigh: 10,
      highHigh: 8,
      high: 6,
      low: 1,
      lowLow: -2.5,
    });
  });

  it("are read from what edge nodes, Ignition and OPC UA call them", () => {
    assert.deepEqual(boundsOf([double("engLow", 0), double("engHigh", 10)]), {
      rangeLow: 0,
      rangeHigh: 10,
    });
    assert.deepEqual(
      boundsOf([
        double("HighHighLimit", 8),
        double("HighLimit", 6),
        double("LowLimit", 1),
        double("LowLowLimit", 0.5),
      ]),
      { highHigh: 8, high: 6, low: 1, lowLow: 0.5 },
    );
    assert.deepEqual(boundsOf([double("HH", 8), double("h", 6), double("Alarm LoLo", -1)]), {
      highHigh: 8,
      high: 6,
      lowLow: -1,
    });
    const whole: PropertyToSend = { key: "EU_High", datatype: "Int64", value: 5n };
    assert.deepEqual(boundsOf([whole]), { rangeHigh: 5 });
  });

  it("are not made of what may mean something else, and not of texts", () => {
    const text: PropertyToSend = { key: "HighLimit", datatype: "String", value: "8" };
    assert.deepEqual(boundsOf([double("High", 3), double("highEnabled", 1), text]), {});
    assert.deepEqual(boundsOf([double("engHigh", Number.NaN)]), {});
  });
});
