/** Signing in and making the first administrator, without a screen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEntry, type Entry } from "../../uns-browser/lib/entry.ts";
import { areAllDone, askFirstSteps } from "../../uns-browser/lib/first-steps.ts";
import type { SendLike } from "../../uns-browser/lib/hub-request.ts";
import { texts } from "../../uns-browser/lib/texts.ts";
import { answering, silent, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const session = { user: null, anonymous: "none", awaitsFirstAdmin: false };
const ok = (body: unknown) => ({ status: 200, body });
const refused = (status: number, detail: string) => ({ status, body: { detail } });
const ADMIN = { code: " c0de ", name: "root", password: "long enough", again: "long enough" };

/** Waits until what was answered at once has been taken in. */
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

async function open(
  place: "login" | "welcome",
  send: SendLike,
  search = "",
): Promise<{ readonly entry: Entry; readonly went: string[]; readonly time: FakeTime }> {
  const went: string[] = [];
  const time = new FakeTime();
  const go = (to: string): void => void went.push(to);
  const entry = createEntry({ send, timer: time.timer, search, go }, place);
  await settled();
  return { entry, went, time };
}

describe("signing in", () => {
  it("goes on to where somebody wanted to go", async () => {
    const said: Said[] = [];
    const send = answering(said, [ok(session), ok({})]);
    const { entry, went } = await open("login", send, "?next=%2Fns%2F%3Fp%3Da");

    await entry.signIn("vera", "long enough");

    assert.deepEqual(went, ["/ns/?p=a"]);
    assert.deepEqual(said[1]?.body, { name: "vera", password: "long enough" });
    assert.equal(entry.form.get().isBusy, true); // until the next page is there
  });

  it("says in the hub's words why not, and takes another try", async () => {
    const send = answering([], [ok(session), refused(401, "the name or the password is wrong")]);
    const { entry, went } = await open("login", send);

    await entry.signIn("vera", "wrong");

    assert.deepEqual(entry.form.get(), {
      isBusy: false,
      problem: "The name or the password is wrong.",
    });
    assert.deepEqual(went, []);
  });

  it("asks nobody while a field is empty", async () => {
    const said: Said[] = [];
    const { entry } = await open("login", answering(said, [ok(session)]));

    await entry.signIn("vera", "");

    assert.equal(entry.form.get().problem, texts.login.incomplete);
    assert.equal(said.length, 1);
  });

  it("is sent once, however often the button is pressed", async () => {
    const said: Said[] = [];
    const { entry } = await open("login", answering(said, [ok(session), ok({})]));

    await Promise.all([entry.signIn("vera", "x"), entry.signIn("vera", "x")]);

    assert.equal(said.filter(({ url }) => url === "/api/v1/login").length, 1);
  });

  it("is passed over by who is signed in, and where nobody signs in", async () => {
    const user = { name: "vera", role: "viewer", may: [] };

    for (const found of [
      { ...session, user },
      { ...session, anonymous: "full" },
    ]) {
      const { went } = await open("login", answering([], [ok(found)]));
      assert.deepEqual(went, ["/ns/"]);
    }
  });

  it("waits for a hub that does not answer, and goes on by itself", async () => {
    let isThere = false;
    const there = answering([], [ok(session)]);
    const send: SendLike = (url, how) => (isThere ? there(url, how) : silent(url, how));
    const { entry, time } = await open("login", send);
    const before = entry.state.get();
    isThere = true;

    time.pass(2000);
    await settled();

    assert.deepEqual(before, { kind: "absent", tries: 1 });
    assert.deepEqual(entry.state.get(), { kind: "form" });
  });

  it("leads to the welcome while there is no administrator", async () => {
    const { went } = await open(
      "login",
      answering([], [ok({ ...session, awaitsFirstAdmin: true })]),
    );

    assert.deepEqual(went, ["/welcome/"]);
  });
});

describe("making the first administrator", () => {
  const waiting = ok({ ...session, awaitsFirstAdmin: true });

  it("signs him in", async () => {
    const said: Said[] = [];
    const { entry, went } = await open("welcome", answering(said, [waiting, 204, ok({})]));

    await entry.makeFirstAdmin(ADMIN);

    assert.deepEqual(said[1]?.body, { code: "c0de", name: "root", password: "long enough" });
    assert.equal(said[2]?.url, "/api/v1/login");
    assert.deepEqual(went, ["/welcome/"]);
  });

  it("compares both passwords before it asks", async () => {
    const said: Said[] = [];
    const { entry } = await open("welcome", answering(said, [waiting]));

    await entry.makeFirstAdmin({ ...ADMIN, again: "other" });

    assert.equal(entry.form.get().problem, texts.welcome.different);
    assert.equal(said.length, 1);
  });

  it("is closed when there is one", async () => {
    const { entry } = await open("welcome", answering([], [ok(session)]));

    assert.deepEqual(entry.state.get(), { kind: "closed" });
  });

  it("gives way to the first steps for those who may look", async () => {
    const { entry } = await open("welcome", answering([], [ok({ ...session, anonymous: "read" })]));

    assert.deepEqual(entry.state.get(), { kind: "open" });
  });
});

const asked = (answers: Readonly<Record<string, unknown>>) =>
  askFirstSteps(async (url) => ({
    ok: true,
    status: 200,
    json: async () => answers[url.split("?")[0] ?? ""] ?? {},
  }));

describe("the first steps", () => {
  it("are ticked by what the hub says: clients of others, births, values that are good", async () => {
    const nothing = await asked({
      "/api/v1/clients": { clients: [{ address: "in-process" }] },
      "/api/v1/nodes": { nodes: [{ state: "last-known", own: { births: 0 } }] },
      "/api/v1/adapters": { adapters: [{ devices: [{ state: "online", tags: 2, badTags: 2 }] }] },
    });
    const all = await asked({
      "/api/v1/clients": { clients: [{ address: "10.0.0.7:1" }] },
      "/api/v1/nodes": { nodes: [{ state: "offline", own: { births: 1 } }] },
      "/api/v1/adapters": { adapters: [{ devices: [{ state: "online", tags: 2, badTags: 1 }] }] },
    });

    const none = { broker: true, client: false, birth: false, value: false };
    assert.deepEqual(nothing, { kind: "done", value: none });
    assert.equal(areAllDone(none), false);
    assert.equal(areAllDone({ ...none, client: true, birth: true, value: true }), true);
    assert.deepEqual(all, {
      kind: "done",
      value: { broker: true, client: true, birth: true, value: true },
    });
  });
});
