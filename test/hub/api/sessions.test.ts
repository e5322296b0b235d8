/** Signing in at the page: sessions, their cookies, and who cannot use them. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { Sessions } from "../../../hub/src/identity/sessions.ts";
import { ADMIN, PASSWORD, startClosedHub, Visit } from "../../support/http-hub.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";

const sessionsAnswer = z.object({
  sessions: z.array(z.object({ id: z.string(), user: z.string(), isThis: z.boolean() })),
});
const sessionAnswer = z.object({
  user: z.object({ name: z.string(), role: z.string(), may: z.array(z.string()) }).nullable(),
  anonymous: z.string(),
  awaitsFirstAdmin: z.boolean(),
});

describe("signing in at the page", { timeout: 180_000 }, () => {
  it("gives a cookie that no script reads, no other site gets, and that is stored as a hash only", async (t) => {
    const hub = await startClosedHub(t);
    const visit = new Visit(hub.url);

    const answer = await visit.signIn(ADMIN.name, ADMIN.password);

    assert.equal(answer.status, 200);
    const [cookie = ""] = answer.headers.getSetCookie();
    assert.match(cookie, /^unshub-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const secret = visit.cookie.split("=")[1] ?? "";
    const file = join(hub.dataDir, "sessions.json");
    assert.doesNotMatch(readFileSync(file, "utf8"), new RegExp(secret));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await visit.ask("GET", "/api/v1/users")).status, 200);
    assert.equal((await visit.ask("GET", "/api/ns/children")).status, 200);
  });

  it("refuses a wrong password in words, and after some for a while", async (t) => {
    const hub = await startClosedHub(t);
    const visit = new Visit(hub.url);
    const statuses: number[] = [];

    for (let round = 0; round < 5; round += 1) {
      statuses.push((await visit.signIn(ADMIN.name, "guess")).status);
    }
    // all at once: each that fails doubles how long the next ones have to wait
    await Promise.all(Array.from({ length: 8 }, () => visit.signIn(ADMIN.name, "guess")));
    statuses.push((await visit.signIn(ADMIN.name, "guess")).status);

    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    const late = await visit.signIn(ADMIN.name, ADMIN.password);
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers.get("retry-after")) >= 1);
    assert.equal(visit.cookie, "");
    assert.match(readFileSync(join(hub.dataDir, "audit.jsonl"), "utf8"), /"action":"sign in"/);
  });

  it("opens no session with a token", async (t) => {
    const hub = await startClosedHub(t);
    const expiresAt = Date.now() + 60_000;
    const answer = await hub.admin.json("PUT", "/api/v1/tokens/mes", { role: "viewer", expiresAt });
    const { secret } = z.object({ secret: z.string() }).parse(answer);

    assert.equal((await new Visit(hub.url).signIn("mes", secret)).status, 401);
  });

  it("says who is signed in, and after signing out that nobody is", async (t) => {
    const hub = await startClosedHub(t);
    const who = async (): Promise<z.output<typeof sessionAnswer>> =>
      sessionAnswer.parse(await hub.admin.json("GET", "/api/v1/session"));

    const before = await who();
    const { cookie } = hub.admin;
    await hub.admin.json("POST", "/api/v1/logout");
    const after = await who();
    hub.admin.cookie = cookie; // whoever kept it has nothing
    const kept = await who();

    assert.equal(before.user?.name, "root");
    assert.ok(before.user?.may.includes("manage identities"));
    assert.deepEqual(after, { user: null, anonymous: "none", awaitsFirstAdmin: false });
    assert.equal(kept.user, null);
  });

  it("survives a restart of the hub", async (t) => {
    const hub = await startClosedHub(t);
    await hub.stop();
    const again = await startTestHub(t, "", {
      more: "identity: { anonymous: none }",
      dataDir: hub.dataDir,
      ports: { http: hub.httpPort },
    });

    assert.equal(again.httpPort, hub.httpPort);
    assert.equal((await hub.admin.ask("GET", "/api/v1/users")).status, 200);
  });
});

describe("the page on a full disk", { timeout: 180_000 }, () => {
  it("signs people in and out, also who is signed in already", async (t) => {
    const hub = await startClosedHub(t);
    mkdirSync(join(hub.dataDir, "sessions.json.new")); // nothing can be written there

    const again = await hub.admin.signIn(ADMIN.name, ADMIN.password);
    const inside = await hub.admin.ask("GET", "/api/v1/users");
    const out = await hub.admin.ask("POST", "/api/v1/logout");
    const outside = await hub.admin.ask("GET", "/api/v1/users");

    assert.deepEqual(
      [again, inside, out, outside].map(({ status }) => status),
      [200, 200, 204, 401],
    );
  });
});

describe("a session of somebody else's page", { timeout: 180_000 }, () => {
  it("changes nothing without the header that only our page sends", async (t) => {
    const hub = await startClosedHub(t);
    const path = new URL("/api/v1/users/eve", hub.url);
    const body = JSON.stringify({ role: "admin", password: PASSWORD });
    const headers = { cookie: hub.admin.cookie, "content-type": "application/json" };

    const bare = await fetch(path, { method: "PUT", headers, body });
    const marked = { ...headers, "x-uns-hub": "page" };
    const foreign = await fetch(path, {
      method: "PUT",
      headers: { ...marked, origin: "https://evil.example" },
      body,
    });
    const crossSite = await fetch(path, {
      method: "PUT",
      headers: { ...marked, "sec-fetch-site": "cross-site" },
      body,
    });
    const form = await fetch(path, {
      method: "PUT",
      headers: { ...marked, "content-type": "text/plain" },
      body,
    });

    assert.deepEqual(
      [bare, foreign, crossSite, form].map(({ status }) => status),
      [403, 403, 403, 415],
    );
    const { users } = z
      .object({ users: z.array(z.object({ name: z.string() })) })
      .parse(await hub.admin.json("GET", "/api/v1/users"));
    assert.deepEqual(users, [{ name: "root" }]);
  });

  it("signs nobody in or out", async (t) => {
    const hub = await startClosedHub(t);

    for (const path of ["/api/v1/login", "/api/v1/logout"]) {
      const answer = await fetch(new URL(path, hub.url), {
        method: "POST",
        headers: { cookie: hub.admin.cookie, "content-type": "application/json" },
        body: JSON.stringify(ADMIN),
      });
      assert.equal(answer.status, 403, path);
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    assert.equal((await hub.admin.ask("GET", "/api/v1/users")).status, 200);
  });

  it("is nobody's when its cookie comes twice", async (t) => {
    const hub = await startClosedHub(t);
    const [name] = hub.admin.cookie.split("=");

    const headers = { cookie: `${name}=x; ${hub.admin.cookie}` };
    const answer = await fetch(new URL("/api/v1/users", hub.url), { headers });

    assert.equal(answer.status, 401);
  });
});

describe("one's own account", { timeout: 180_000 }, () => {
  it("gets a new password from who knows the present one; other sessions end", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("vera", "viewer", []);
    const here = await hub.visit("vera", PASSWORD);
    const there = await hub.visit("vera", PASSWORD);
    const change = (current: string): Promise<Response> =>
      here.ask("PUT", "/api/v1/me/password", { current, next: "another one" });

    const wrong = await change("guess");
    const right = await change(PASSWORD);

    assert.deepEqual([wrong.status, right.status], [409, 204]);
    assert.equal((await here.ask("GET", "/api/v1/me/sessions")).status, 200);
    assert.equal((await there.ask("GET", "/api/v1/me/sessions")).status, 401);
    assert.equal((await new Visit(hub.url).signIn("vera", PASSWORD)).status, 401);
    assert.equal((await new Visit(hub.url).signIn("vera", "another one")).status, 200);
  });

  it("shows its sessions and ends them, and nobody else's", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("vera", "viewer", []);
    const here = await hub.visit("vera", PASSWORD);
    const there = await hub.visit("vera", PASSWORD);
    const all = sessionsAnswer.parse(await hub.admin.json("GET", "/api/v1/sessions")).sessions;
    const own = sessionsAnswer.parse(await here.json("GET", "/api/v1/me/sessions")).sessions;
    const other = own.find(({ isThis }) => !isThis);
    const admins = all.find(({ user }) => user === "root");

    const notHis = await here.ask("DELETE", `/api/v1/me/sessions/${admins?.id}`);
    await here.json("DELETE", `/api/v1/me/sessions/${other?.id}`);

    assert.deepEqual([all.length, own.length], [3, 2]);
    assert.equal(notHis.status, 404);
    assert.equal((await there.ask("GET", "/api/v1/me/sessions")).status, 401);
    assert.equal((await hub.admin.ask("GET", "/api/v1/users")).status, 200);
    assert.equal((await here.ask("GET", "/api/v1/sessions")).status, 403);
  });

  it("has no session any more when an administrator sets its password, or deletes it", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("vera", "viewer", []);
    const vera = await hub.visit("vera", PASSWORD);

    await hub.putUser("vera", "viewer", []);
    const afterReset = await vera.ask("GET", "/api/v1/me/sessions");
    await vera.signIn("vera", PASSWORD);
    await hub.admin.json("DELETE", "/api/v1/users/vera");

    assert.equal(afterReset.status, 401);
    assert.equal((await vera.ask("GET", "/api/v1/me/sessions")).status, 401);
  });
});

describe("a session", () => {
  const opening = { user: "vera", credential: "c", address: "127.0.0.1", browser: "b" };

  it("ends when it was not used for a while, and after a shift all the same", (t) => {
    let now = 0;
    const file = join(tempDir(t), "sessions.json");
    const open = () => new Sessions({ file, idleMs: 100, longestMs: 250, now: () => now });
    const sessions = open();
    const { secret } = sessions.open(opening);

    const uses = [90, 180, 240, 260].map((at) => {
      now = at;
      return sessions.use(secret) !== undefined;
    });
    now = 0;
    const idle = open().open(opening).secret;
    now = 101;

    assert.deepEqual(uses, [true, true, true, false]);
    assert.equal(open().use(idle), undefined);
  });

  it("is used on while its file cannot be written, which is told once and tried again", (t) => {
    let now = 0;
    const folder = join(tempDir(t), "away");
    const file = join(folder, "sessions.json");
    const failures: unknown[] = [];
    const failed = (cause: unknown): unknown => failures.push(cause);
    const sessions = new Sessions({ file, idleMs: 1e9, longestMs: 1e9, now: () => now, failed });
    const { secret } = sessions.open(opening);

    for (now = 60_000; now < 300_000; now += 60_000) sessions.sweep();
    const isUsed = sessions.use(secret) !== undefined;
    mkdirSync(folder);
    sessions.sweep();

    assert.equal(isUsed, true);
    assert.equal(failures.length, 1);
    assert.match(readFileSync(file, "utf8"), /"usedAt": 300000/);
  });

  it("ends also while its file cannot be written, and in the file as soon as it can be", (t) => {
    let now = 0;
    const file = join(tempDir(t), "sessions.json");
    const open = () => new Sessions({ file, idleMs: 1e9, longestMs: 1e9, now: () => now });
    const sessions = open();
    const [kept, ended] = [sessions.open(opening), sessions.open(opening)];
    mkdirSync(`${file}.new`); // nothing can be written there

    sessions.end(ended.id);
    sessions.renew(kept.id, "another");
    const uses = [ended, kept].map(({ secret }) => sessions.use(secret)?.credential);
    rmdirSync(`${file}.new`);
    now = 60_000;
    sessions.sweep();

    assert.deepEqual(uses, [undefined, "another"]);
    assert.deepEqual(
      open()
        .of("vera")
        .map(({ id }) => id),
      [kept.id],
    );
  });

  it("of a user with very many goes when it is the oldest", (t) => {
    const file = join(tempDir(t), "sessions.json");
    const sessions = new Sessions({ file, idleMs: 100, longestMs: 250, now: () => 0 });
    const secrets = Array.from({ length: 25 }, () => sessions.open(opening).secret);

    const open = secrets.map((secret) => sessions.use(secret) !== undefined);

    assert.deepEqual([open.indexOf(true), open.filter(Boolean).length], [5, 20]);
  });
});
