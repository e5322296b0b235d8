/** Aliases are short names on the wire, and a write by the wrong one would move the wrong valve. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePayload, rebirthRequest, type EdgeNodeSessionOptions } from "@unshub/sparkplug";
import { metric, NODE, Plant, type Seen } from "../support/sparkplug-plant.ts";

const WRITABLE = { writable: true };

/** Names by alias, as the last birth of the device told them. */
function aliasesOf(births: readonly Seen[]): ReadonlyMap<unknown, unknown> {
  return new Map(births.at(-1)?.decoded.metrics.map(({ alias, name }) => [alias, name]));
}

function writeByAlias(plant: Plant, alias: number): void {
  const metrics = [{ alias, datatype: "Int32", tellDatatype: false, value: 5 }] as const;
  const topic = "spBv1.0/Plant1/DCMD/gw/press";
  plant.say({ topic, payload: encodePayload({ timestamp: 1, metrics }), qos: 0, retain: false });
}

describe("the aliases of an edge node", () => {
  it("stay with their metrics over births, so that a command under way never finds another one", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("a", 1, WRITABLE), metric("b", 1, WRITABLE)]);
    edge.node.born("press", [metric("b", 1, WRITABLE), metric("c", 1, WRITABLE)]);
    plant.say(rebirthRequest(NODE, 1));

    const aliases = aliasesOf(plant.of("DBIRTH"));
    writeByAlias(plant, 0); // "a" as it was
    writeByAlias(plant, 1);

    assert.deepEqual(
      [...aliases],
      [
        [1, "b"],
        [2, "c"],
      ],
    );
    assert.deepEqual(plant.heard("write"), [[{ deviceId: "press", metric: "b", value: 5 }]]);
    assert.match(JSON.stringify(plant.heard("refused")), /alias 0 is no metric/);
  });

  it("are of one device each: a command to another that has a metric of that name is refused", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("oven", [metric("a", 1, WRITABLE)]);
    edge.node.born("press", [metric("a", 1, WRITABLE)]);

    writeByAlias(plant, 0); // "a" of the oven

    assert.deepEqual(plant.heard("write"), []);
  });

  it("are others after the program was started anew, for a host that has not noticed", () => {
    const options: Partial<EdgeNodeSessionOptions>[] = [
      { lastBdSeq: undefined },
      { lastBdSeq: 0 },
      { lastBdSeq: 4 },
      { lastBdSeq: 255 },
    ];
    const dealt = options.map((option) => {
      const plant = new Plant();
      const edge = plant.edge(option);
      edge.node.born("press", [metric("a", 1), metric("b", 1)]);
      plant.time.run(100);
      return [...aliasesOf(plant.of("DBIRTH")).keys()];
    });

    assert.deepEqual(dealt, [
      [0, 1],
      [8192, 8193],
      [5 * 8192, 5 * 8192 + 1],
      [0, 1],
    ]);
  });
});
