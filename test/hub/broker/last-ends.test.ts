/** How connections ended, and whether two clients take one identifier from each other. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LastEnds } from "../../../hub/src/broker/last-ends.ts";

const CLIENT: Parameters<LastEnds["note"]>[0] = {
  clientId: "gw",
  username: undefined,
  password: undefined,
  address: "10.0.0.7:1",
  protocol: "5",
  clean: true,
  keepAliveSeconds: 60,
  sessionExpirySeconds: 0,
  will: undefined,
};
const TAKEN_OVER = { by: "server", reasonCode: 0x8e, because: "another one came" } as const;
const LEFT = { by: "client", reasonCode: 0 } as const;

describe("how the last connection of a client ended", () => {
  it("counts how often in a row another one took its identifier, within a minute each", () => {
    const ends = new LastEnds();
    const after = (end: Parameters<LastEnds["note"]>[1], at: number): number | undefined => {
      ends.note(CLIENT, end, at);
      return ends.of("gw")?.takeovers;
    };

    assert.equal(after(TAKEN_OVER, 1000), 1);
    assert.equal(after(TAKEN_OVER, 6000), 2);
    assert.equal(after(LEFT, 7000), 2);
    assert.equal(after(TAKEN_OVER, 9000), 3);
    assert.equal(after(TAKEN_OVER, 200_000), 1);
    assert.equal(after(LEFT, 400_000), 0);
  });
});
