/** Clients that are kept out for a while. */
import assert from "node:assert/strict";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { ClientBans } from "../../../hub/src/identity/client-bans.ts";
import { tempDir } from "../../support/hub.ts";

const BAN = { clientId: "laptop", since: 0, until: 1000, by: "user:ann" };

const fileOf = (t: TestContext): string => join(tempDir(t), "client-bans.json");

describe("a ban of a client", () => {
  it("holds until its time is over, for that identifier only", (t) => {
    let now = 0;
    const bans = new ClientBans(fileOf(t), () => now);
    bans.put(BAN);

    assert.match(bans.faultOf("laptop") ?? "", /^it is banned until 1970-01-01T00:00:01\.000Z$/);
    assert.equal(bans.faultOf("laptop-2"), undefined);

    now = 1000;
    assert.equal(bans.faultOf("laptop"), undefined);
    assert.deepEqual(bans.all(), []);
  });

  it("is replaced by a newer one, tells its reason, and ends when it is lifted", (t) => {
    const bans = new ClientBans(fileOf(t), () => 0);
    bans.put(BAN);

    bans.put({ ...BAN, until: 2000, reason: "test traffic" });

    assert.match(bans.faultOf("laptop") ?? "", /00:00:02\.000Z: test traffic$/);
    bans.lift("laptop");
    assert.equal(bans.of("laptop"), undefined);
  });

  it("finds no room beyond a thousand, unless it replaces one or others are over", (t) => {
    let now = 0;
    const file = fileOf(t);
    const many = Array.from({ length: 1000 }, (_, at) => ({ ...BAN, clientId: `client-${at}` }));
    writeFileSync(file, JSON.stringify({ version: 1, bans: many }));
    const bans = new ClientBans(file, () => now);

    assert.equal(bans.hasRoomFor("another"), false);
    assert.equal(bans.hasRoomFor("client-7"), true);
    now = 1000;
    assert.equal(bans.hasRoomFor("another"), true);
  });

  it("is there again when the hub is, with its reason, unless it is over or was lifted; others cannot read it", (t) => {
    const file = fileOf(t);
    const first = new ClientBans(file, () => 0);
    first.put(BAN);
    first.put({ clientId: "scanner", since: 0, by: "user:ann", reason: "not ours" });
    first.put({ ...BAN, clientId: "lifted" });
    first.lift("lifted");

    const second = new ClientBans(file, () => 1000);

    assert.deepEqual(
      second.all().map(({ clientId }) => clientId),
      ["scanner"],
    );
    assert.equal(second.faultOf("scanner"), "it is banned until somebody lets it in: not ours");
    assert.equal(new ClientBans(file, () => 999).of("laptop")?.until, 1000);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("does not hold when it cannot be written", (t) => {
    const folder = tempDir(t);
    const bans = new ClientBans(join(folder, "client-bans.json"), () => 0);
    rmSync(folder, { recursive: true });

    assert.throws(() => bans.put(BAN), { code: "ENOENT" });

    assert.equal(bans.of("laptop"), undefined);
  });

  it("of a file that nobody can read is a hub that does not start", (t) => {
    const file = fileOf(t);
    writeFileSync(file, '{"version":1,"bans":[{"clientId":7}]}');

    assert.throws(() => new ClientBans(file, () => 0), {
      name: "IdentityFileError",
      message: /client-bans\.json cannot be read: .*delete it to keep nobody out$/s,
    });
  });
});
