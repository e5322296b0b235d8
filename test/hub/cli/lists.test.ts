/** Lists of those who may come in, and the trail of what they did: for people and for programs. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unshubApart } from "../../support/cli.ts";
import { identityHub } from "../../support/identity-hub.ts";

describe("lists in the terminal", { timeout: 180_000 }, () => {
  it("are tables for people and JSON lines for programs", async (t) => {
    const hub = await identityHub(t);
    await hub.addUser("ann", "viewer", ["read Plant1"]);
    const token = await hub.addToken("script", "admin", []);
    const asked = async (...args: string[]) =>
      await unshubApart([...args, "--url", `http://127.0.0.1:${hub.httpPort}`], {
        UNSHUB_TOKEN: token,
      });

    const name = "root";
    await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-uns-hub": "page" },
      body: JSON.stringify({ name, password: "guess" }),
    });

    const [users, json, tokens, trail, lines, odd] = await Promise.all([
      asked("user"),
      asked("user", "--json"),
      asked("token", "--json"),
      asked("audit"),
      asked("audit", "--json"),
      asked("audit", "--last", "many"),
    ]);

    assert.match(users.out, /^name +role +grants\n[^]*ann +viewer +read Plant1$/m);
    const ann = json.out.split("\n").find((line) => line.includes('"ann"'));
    assert.partialDeepStrictEqual(JSON.parse(ann ?? "{}"), {
      name: "ann",
      grants: ["read Plant1"],
    });
    assert.match(tokens.out, /"name":"script","role":"admin"/);
    assert.match(trail.out, /^TIME +WHO +BY +ACTION +OBJECT +RESULT\n[^]*Z {2}/);
    assert.match(trail.out, /user:root +ui +sign in +refused: \S/);
    assert.match(lines.out.split("\n")[0] ?? "", /^\{"at":".*"hash":"[0-9a-f]{64}"\}$/);
    assert.deepEqual([odd.exitCode, odd.err], [2, "--last many: how many lines? e.g. 20\n"]);
  });
});
