/** Who is signed in, as the page understands it, and where it sends those who are not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAccount, stayKnown, type Account } from "../../uns-browser/lib/account.ts";
import { asSentence, askHub, type SendLike } from "../../uns-browser/lib/hub-request.ts";
import {
  mayIn,
  nextPlace,
  readSession,
  wayOut,
  type Session,
} from "../../uns-browser/lib/session.ts";
import { answering, silent, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const closed = { user: null, anonymous: "none", awaitsFirstAdmin: false } as const;
const vera = { name: "vera", role: "viewer", may: ["read values"] };

/** What the page makes of an answer. */
async function read(body: unknown): Promise<Session | null> {
  return await readSession(answering([], [{ status: 200, body }]));
}

function accountOf(send: SendLike): {
  readonly account: Account;
  readonly went: readonly string[];
} {
  const went: string[] = [];
  const go = (place: string): void => void went.push(place);
  return { account: createAccount({ send, here: () => "/ns/", go }), went };
}

describe("a question to the hub", () => {
  it("says that it comes from the hub's own page", async () => {
    const said: Said[] = [];

    await askHub(answering(said, [204]), "POST", "/api/v1/logout");

    assert.equal(said[0]?.headers["x-uns-hub"], "page");
  });

  it("is answered in sentences that write names as they are", () => {
    assert.deepEqual(
      [
        "no grant",
        "seq is 12",
        "nobody",
        "press-01 (unit 1): no answer.",
        "bdSeq is 3",
        "a b?",
      ].map(asSentence),
      [
        "No grant.",
        "Seq is 12.",
        "Nobody.",
        "press-01 (unit 1): no answer.",
        "bdSeq is 3.",
        "A b?",
      ],
    );
  });

  it("is done, refused in the hub's words, or not answered at all", async () => {
    const refusal = { status: 409, body: { detail: "no grant" } };

    assert.deepEqual(await askHub(answering([], [{ status: 200, body: 1 }]), "GET", "/"), {
      kind: "done",
      value: 1,
    });
    assert.deepEqual(await askHub(answering([], [refusal]), "GET", "/"), {
      kind: "refused",
      status: 409,
      because: "no grant",
    });
    assert.deepEqual(await askHub(silent, "GET", "/"), { kind: "unreachable" });
    assert.deepEqual(await askHub(answering([], [502]), "GET", "/"), { kind: "unreachable" });
  });
});

describe("the session", () => {
  it("is what the hub says, and nothing when it says something else", async () => {
    const good = { status: 200, body: { ...closed, user: vera } };

    assert.deepEqual(await readSession(answering([], [good])), { ...closed, user: vera });
    assert.equal(await read({ anonymous: "perhaps" }), null);
    assert.equal(await read("nonsense"), null);
    assert.equal(await readSession(silent), null);
  });

  it("lets a person do what the role may, and everybody everything where nobody signs in", () => {
    assert.equal(mayIn({ ...closed, user: vera }, "read values"), true);
    assert.equal(mayIn({ ...closed, user: vera }, "edit configuration"), false);
    assert.equal(mayIn({ ...closed, anonymous: "full" }, "edit configuration"), true);
    assert.equal(mayIn({ ...closed, anonymous: "read" }, "edit configuration"), false);
  });

  it("sends those who are not signed in to the login, or to the welcome of the first administrator", () => {
    assert.equal(wayOut(closed, "/ns/"), "/login/");
    assert.equal(wayOut(closed, "/ns/?p=a/b"), "/login/?next=%2Fns%2F%3Fp%3Da%2Fb");
    assert.equal(wayOut({ ...closed, awaitsFirstAdmin: true }, "/ns/"), "/welcome/");
    assert.equal(wayOut({ ...closed, user: vera }, "/ns/"), null);
    assert.equal(wayOut({ ...closed, anonymous: "read" }, "/ns/"), null);
  });

  it("goes on to a place of this hub only, whatever the address says", () => {
    assert.equal(nextPlace("?next=%2Fns%2F%3Fp%3Da%2Fb"), "/ns/?p=a/b");
    assert.equal(nextPlace(""), "/ns/");
    const foreign = [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example/",
      "/\t/evil.example/",
      "javascript:alert(1)",
      "\\\\evil.example",
      "/login/",
      "/welcome/?next=/ns/",
    ];
    for (const next of foreign) {
      assert.equal(nextPlace(`?next=${encodeURIComponent(next)}`), "/ns/", next);
    }
  });
});

describe("the account of a page", () => {
  it("leaves the page when the session has ended", async () => {
    const { account, went } = accountOf(answering([], [{ status: 200, body: closed }]));

    await account.check();

    assert.deepEqual(went, ["/login/"]);
  });

  it("leaves once, however often it is told: a second departure would abort the first", async () => {
    const answers = [1, 2].map(() => ({ status: 200, body: closed }));
    const { account, went } = accountOf(answering([], answers));

    await account.check();
    await account.check();

    assert.deepEqual(went, ["/login/"]);
  });

  it("stays when the hub does not answer: that says nothing about anybody", async () => {
    const { account, went } = accountOf(silent);

    await account.check();

    assert.deepEqual(went, []);
    assert.equal(account.session.get(), null);
  });

  it("lasts in a hidden tab, which asks for nothing else, and asks no more when it is left", () => {
    const time = new FakeTime();
    let isHidden = false;
    let asked = 0;
    const account = { check: () => Promise.resolve(void (asked += 1)) };
    const leave = stayKnown(account, { timer: time.timer, isHidden: () => isHidden });

    time.pass(100_000);
    const whileSeen = asked;
    isHidden = true;
    time.pass(100_000);
    const whileHidden = asked;
    leave();
    time.pass(100_000);

    assert.deepEqual([whileSeen, whileHidden, asked], [0, 2, 2]);
  });

  it("stays signed in on the screen when signing out did not reach the hub", async () => {
    const { account, went } = accountOf(silent);

    await account.signOut();

    assert.deepEqual(went, []);
  });
});
