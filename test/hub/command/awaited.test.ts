/** How long a command holds for the adapters of the hub. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openCommands, SPEED } from "../../support/command-plant.ts";

const METRIC = { groupId: "g", edgeNodeId: "e", deviceId: "d", name: "Motor/Speed" };

describe("a command of the hub's own", () => {
  it("holds as long as somebody waits for it, and not by the timestamp of another one", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const config = { rules: [{ metrics: SPEED, confirmWithin: "250ms" }] };
    const { commands, clock } = openCommands({ config });
    const holds = (askedAt: number | undefined) => commands.awaitedUntil(METRIC, askedAt);

    const outcome = commands.write(SPEED, 900);
    const during = [clock.now, clock.now - 1, undefined].map(holds);
    t.mock.timers.tick(250);

    assert.equal((await outcome).result, "timeout");
    assert.deepEqual(during, [clock.now + 250, undefined, undefined]);
    assert.equal(holds(clock.now), undefined);
  });
});
