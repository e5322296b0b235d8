/** What is done over HTTP stands on the audit trail, also what was refused. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { ADMIN, PASSWORD, startClosedHub, type ClosedHub } from "../../support/http-hub.ts";
import { pressAdapter } from "../../support/hub.ts";

const trailSchema = z.object({
  lines: z.array(z.looseObject({ actor: z.string(), action: z.string() })),
});

async function linesOf(hub: ClosedHub, action: string): Promise<readonly object[]> {
  const { lines } = trailSchema.parse(await hub.admin.json("GET", "/api/v1/audit?last=1000"));
  return lines.filter((line) => line.action === action);
}

describe("the audit trail of HTTP", { timeout: 180_000 }, () => {
  it("tells who tried to log in with what was no token and no password of his", async (t) => {
    const hub = await startClosedHub(t);
    const basic = `Basic ${Buffer.from(`${ADMIN.name}:guess`).toString("base64")}`;

    for (const authorization of [basic, "Bearer hub_nobody"]) {
      const answer = await fetch(`${hub.url}/api/v1/users`, { headers: { authorization } });
      assert.equal(answer.status, 401);
    }

    const lines = await linesOf(hub, "log in");
    const told = { via: "api", address: "127.0.0.1", result: "refused" };
    assert.partialDeepStrictEqual(lines, [
      { ...told, actor: "user:root" },
      { ...told, actor: "nobody" },
    ]);
    assert.doesNotMatch(JSON.stringify(lines), /guess|hub_nobody/);
  });

  it("tells who sent a client away, and who switched a trace on", async (t) => {
    const hub = await startClosedHub(t, pressAdapter(1));
    await hub.putUser("vera", "viewer", ["read *"]);
    const login = { username: "vera", password: PASSWORD, clientId: "vera", reconnectPeriod: 0 };
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, login);
    t.after(() => client.endAsync(true));

    await hub.admin.json("DELETE", "/api/v1/clients/vera");
    await hub.admin.ask("PUT", "/api/v1/adapters/press/links/none/trace", { on: true });

    const told = { actor: "user:root", via: "ui" };
    const [kicked] = await linesOf(hub, "disconnect client");
    const [traced] = await linesOf(hub, "trace");
    assert.partialDeepStrictEqual(kicked, { ...told, object: "client vera" });
    assert.partialDeepStrictEqual(traced, { ...told, object: "adapter press, link none" });
  });

  it("is told by who, what, time and result, and all of that as a file without formulas", async (t) => {
    const hub = await startClosedHub(t);
    const before = Date.now();
    await hub.putUser("vera", "viewer", ["read *"]);
    await hub.admin.json("PUT", "/api/v1/clients/x/ban", { minutes: 5, reason: "=1+1" });
    await hub.admin.json("DELETE", "/api/v1/users/vera");
    const objects = async (query: string): Promise<readonly unknown[]> => {
      const answer = await hub.admin.json("GET", `/api/v1/audit?${query}`);
      return trailSchema.parse(answer).lines.map((line) => line["object"]);
    };

    assert.deepEqual(await objects("action=user%20deleted"), ["user vera"]);
    assert.deepEqual(await objects(`user=ROOT&words=vera&from=${before}`), [
      "user vera",
      "user vera",
    ]);
    assert.deepEqual(await objects(`to=${before - 3_600_000}`), []);
    assert.deepEqual(await objects("user=nobody-of-this-name"), []);
    const file = await hub.admin.ask("GET", `/api/v1/audit/export?user=root&from=${before}`);
    const [head, newest, ...others] = (await file.text()).trimEnd().split("\r\n");
    assert.match(file.headers.get("content-type") ?? "", /^text\/csv/);
    assert.equal(
      head,
      "number,time_utc,actor,via,address,action,object,before,after,result,reason",
    );
    assert.match(newest ?? "", /^\d+,\d{4}-.*Z,user:root,ui,127\.0\.0\.1,user deleted,user vera,/);
    assert.deepEqual(
      others.slice(0, 2).map((line) => line.endsWith(",'=1+1")), // signing in may have been in the same millisecond
      [true, false],
    );
  });
});
