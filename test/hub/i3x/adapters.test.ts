import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Adapters } from "../../../hub/src/i3x/space/adapters.ts";
import { NO_ADDRESSES } from "../../support/i3x-subscriptions.ts";

describe("the adapters as objects", () => {
  it("are those of now, looked at again after a second", () => {
    const press = { name: "press", protocol: "modbus", groupId: "P", edgeNodeId: "gw" };
    const plant = { now: 1000, all: [press] };
    const adapters = new Adapters({
      read: () => plant.all,
      addresses: NO_ADDRESSES,
      now: () => plant.now,
    });
    assert.deepEqual(adapters.of("P", "gw"), press);
    const { version } = adapters;

    plant.all = [{ ...press, name: "other" }];
    plant.now += 999;
    assert.equal(adapters.version, version);
    plant.now += 1;

    assert.equal(adapters.of("P", "gw")?.name, "other");
    assert.equal(adapters.of("P", "gone"), undefined);
    assert.equal(adapters.version, version + 1);
    plant.now += 5000;
    assert.equal(adapters.version, version + 1, "the same ones are no news");
  });
});
