/** Clients that are kept out for a while. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientBans } from "../../../hub/src/identity/client-bans.ts";

const BAN = { clientId: "laptop", since: 0, until: 1000, by: "user:ann", reason: undefined };

describe("a ban of a client", () => {
  it("holds until its time is over, for that identifier only", () => {
    let now = 0;
    const bans = new ClientBans(() => now);
    bans.put(BAN);

    assert.match(bans.faultOf("laptop") ?? "", /^it is banned until 1970-01-01T00:00:01\.000Z$/);
    assert.equal(bans.faultOf("laptop-2"), undefined);

    now = 1000;
    assert.equal(bans.faultOf("laptop"), undefined);
    assert.deepEqual(bans.all(), []);
  });

  it("is replaced by a newer one, tells its reason, and ends when it is lifted", () => {
    const bans = new ClientBans(() => 0);
    bans.put(BAN);

    bans.put({ ...BAN, until: 2000, reason: "test traffic" });

    assert.match(bans.faultOf("laptop") ?? "", /00:00:02\.000Z: test traffic$/);
    bans.lift("laptop");
    assert.equal(bans.of("laptop"), undefined);
  });

  it("finds no room beyond a thousand, unless it replaces one or others are over", () => {
    let now = 0;
    const bans = new ClientBans(() => now);
    for (let at = 0; at < 1000; at += 1) bans.put({ ...BAN, clientId: `client-${at}` });

    assert.equal(bans.hasRoomFor("another"), false);
    assert.equal(bans.hasRoomFor("client-7"), true);
    now = 1000;
    assert.equal(bans.hasRoomFor("another"), true);
  });
});
