/** Tags as somebody wants them: changed, added, removed, undone, and as the hub is asked for them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  added,
  bodyOf,
  changes,
  draftText,
  faultsIn,
  NO_DRAFT,
  parseDraft,
  redone,
  restored,
  undone,
  withoutTag,
  withTag,
  withTags,
} from "../../uns-browser/lib/tag-draft.ts";
import { fieldsOf, formOf } from "../../uns-browser/lib/tag-form.ts";
import {
  placeOfKey,
  placesWritten,
  rowAt,
  rowCount,
  settingsText,
} from "../../uns-browser/lib/tag-rows.ts";
import { fieldDifferences, parseReview, sorted } from "../../uns-browser/lib/tag-review.ts";
import { createTagWindow } from "../../uns-browser/lib/tag-window.ts";
import { parseTags, tagsUrl, wireValue, type TagKey } from "../../uns-browser/lib/tags.ts";
import { createDraftCheck } from "../../uns-browser/lib/draft-check.ts";
import { answering, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const SPEED = { name: "Speed", at: "hr:1", type: "int16" };

describe("a draft of tags", () => {
  it("asks for the tag under its new name, and for the old one to go", () => {
    const draft = withTag(withoutTag(NO_DRAFT, "Gone"), "Speed", { ...SPEED, name: "Velocity" });

    assert.deepEqual(bodyOf("d1", draft), {
      device: "d1",
      rename: [{ from: "Speed", to: "Velocity" }],
      put: [{ ...SPEED, name: "Velocity" }],
      add: [],
      remove: ["Gone"],
    });
  });

  it("has the hub refuse a new tag under the name of one that is there, which it would replace", () => {
    const { put, add } = bodyOf("d1", withTag(NO_DRAFT, null, SPEED));

    assert.deepEqual({ put, add }, { put: [], add: [SPEED] });
  });

  it("forgets a new tag that is removed, and removes one that is written", () => {
    const draft = withTag(NO_DRAFT, null, SPEED);
    const [key = ""] = added(draft)[0] ?? [];

    assert.equal(changes(withoutTag(draft, key)), 0);
    assert.equal(changes(withoutTag(draft, "Written")), 2);
    assert.equal(changes(restored(withoutTag(draft, "Written"), "Written")), 1);
  });

  it("is undone step by step", () => {
    const one = withTag(NO_DRAFT, "A", { name: "A" });
    const two = withoutTag(one, "B");

    assert.deepEqual([...undone(two).puts.keys()], ["A"]);
    assert.equal(changes(undone(two)), 1);
    assert.equal(changes(undone(undone(two))), 0);
    assert.equal(changes(undone(undone(undone(two)))), 0);
  });

  it("takes back what was undone, until something else is done", () => {
    const two = withoutTag(withTag(NO_DRAFT, "A", { name: "A" }), "B");
    const back = undone(undone(two));

    assert.deepEqual([...redone(back).puts.keys()], ["A"]);
    assert.deepEqual([...redone(redone(back)).removed], ["B"]);
    assert.equal(redone(redone(redone(back))).after.length, 0);
    assert.equal(changes(redone(withoutTag(back, "C"))), 1);
    assert.equal(changes(undone(redone(back))), 0);
  });

  it("is kept as text and read again; what is no draft is none", () => {
    const draft = withTag(withoutTag(NO_DRAFT, "B"), null, SPEED);

    assert.deepEqual(bodyOf("d", parseDraft(draftText(draft))), bodyOf("d", draft));
    for (const text of [null, "", "{", "7", '{"puts":7}', '{"puts":[[1,2]]}'])
      assert.equal(changes(parseDraft(text)), 0);
  });
});

const key = (name: string, kind: TagKey["kind"]): TagKey => ({
  name,
  kind,
  isRequired: false,
  choices: [],
  about: null,
});
const KEYS = [
  key("name", "text"),
  key("at", "text"),
  key("scale", "number"),
  key("clamp", "boolean"),
  key("validRange", "range"),
  key("members", "other"),
];

function read(form: Readonly<Record<string, string>>): object {
  return fieldsOf(form, KEYS, {});
}

describe("a tag as it is typed", () => {
  it("is what was written when nothing is typed", () => {
    const fields = {
      name: "A",
      at: "hr:1",
      scale: 0.1,
      clamp: true,
      validRange: [0, 350],
      members: [{ name: "x" }],
    };

    assert.deepEqual(fieldsOf(formOf(fields, KEYS), KEYS, fields), fields);
  });

  it("takes numbers with a comma, ranges in several hands, and leaves the rest to the hub", () => {
    assert.deepEqual(read({ scale: "0,5", validRange: "0..10" }), {
      scale: 0.5,
      validRange: [0, 10],
    });
    assert.deepEqual(read({ validRange: "-5 … 1.5" }), { validRange: [-5, 1.5] });
    assert.deepEqual(read({ scale: "much", validRange: "1", clamp: "perhaps" }), {
      scale: "much",
      clamp: "perhaps",
      validRange: "1",
    });
    assert.deepEqual(read({ scale: " ", name: "" }), {});
  });
});

describe("what the hub says to tags", () => {
  const review = parseReview({
    outcome: { created: ["B", "New"], changed: ["C"], deleted: ["A"], untouched: ["D"] },
    differences: [
      { device: "d", name: "B", was: "A", before: { name: "A" }, after: { name: "B" } },
      { device: "d", name: "Old", before: { name: "Old", at: "hr:1" } },
      { device: "d", name: "New", after: { name: "New", at: "hr:9" } },
      { device: "d", name: "C", before: { at: "hr:2", unit: "bar" }, after: { at: "hr:3" } },
    ],
    plan: { metrics: [], births: [{ edgeNode: "P/gw", device: "d", change: "born anew" }] },
    work: { before: { links: [] } },
    text: "x",
    basis: "abc",
  });

  it("is told by what becomes of the tags, key by key", () => {
    const { renamed, added: come, changed, removed } = sorted(review?.differences ?? []);

    assert.deepEqual(
      [renamed, come, changed, removed].map((each) => each.map(({ name }) => name)),
      [["B"], ["New"], ["C"], ["Old"]],
    );
    assert.deepEqual(renamed.map(fieldDifferences), [[]]);
    assert.deepEqual(changed.map(fieldDifferences), [
      [
        { key: "at", before: "hr:2", after: "hr:3" },
        { key: "unit", before: "bar", after: undefined },
      ],
    ]);
  });

  it("is told by tag and key, or by line and column", () => {
    assert.deepEqual(
      faultsIn({
        errors: [
          { path: "d:A:at", message: "no", tag: { device: "d", name: "A" }, field: "at" },
          { path: "csv:3:scale", message: "nan", line: 3, column: "scale" },
          7,
        ],
      }),
      [
        { message: "no", tag: "A", field: "at", line: null, column: null },
        { message: "nan", tag: null, field: null, line: 3, column: "scale" },
      ],
    );
    assert.deepEqual(faultsIn(null), []);
  });

  it("is asked once somebody stops typing, and only the newest answer counts", async () => {
    const said: Said[] = [];
    const time = new FakeTime();
    const errors = [{ message: "no", tag: { device: "d", name: "A" }, field: "at" }];
    const send = answering(said, [{ status: 400, body: { detail: "wrong", errors } }]);
    const check = createDraftCheck({ send, timer: time.timer }, "/plan");

    check.check({ put: [1] }, 300);
    time.pass(200);
    check.check({ put: [2] }, 300);
    time.pass(299);
    assert.equal(said.length, 0);
    time.pass(1);
    await settled();

    assert.deepEqual(
      said.map(({ url, body }) => [url, body]),
      [["/plan", { put: [2] }]],
    );
    assert.partialDeepStrictEqual(check.state.get(), {
      kind: "refused",
      because: "Wrong.",
      faults: [{ tag: "A", field: "at", message: "no" }],
    });
    check.check(null, 300);
    assert.deepEqual(check.state.get(), { kind: "none" });
  });
});

describe("a check that nobody answers", () => {
  it("is made again by itself until the hub is there, and ends with what it was made for", async () => {
    const said: Said[] = [];
    const time = new FakeTime();
    const send = answering(said, [502, 502, { status: 400, body: { detail: "wrong" } }]);
    const check = createDraftCheck({ send, timer: time.timer }, "/plan");
    check.check({ put: [1] }, 0);
    time.pass(0);
    await settled();
    const away = check.state.get().kind;
    for (const _ of [1, 2]) {
      time.pass(2000);
      await settled();
    }

    assert.equal(away, "unreachable");
    assert.partialDeepStrictEqual(check.state.get(), { kind: "refused", because: "Wrong." });
    assert.equal(said.length, 3);

    const left = createDraftCheck({ send: answering(said, [502]), timer: time.timer }, "/plan");
    left.check({ put: [2] }, 0);
    time.pass(0);
    await settled();
    left.stop();
    time.pass(10_000);
    await settled();
    assert.equal(said.length, 4);
  });
});

const tag = (name: string, value: unknown = 1) => ({
  device: "d",
  name,
  path: `P/gw/d/${name}`,
  fields: { name, at: "hr:0" },
  from: "entry",
  now: { value, quality: "good", datatype: "Int16", timestamp: "2026-11-26T05:00:00.000Z" },
});

function openWindow(total: number) {
  const said: Said[] = [];
  const time = new FakeTime();
  const tags = Array.from({ length: 400 }, (_, at) => tag(`T${at}`));
  const send = answering(said, [{ status: 200, body: { tags, total, now: 7 } }]);
  const world = { send, timer: time.timer };
  return { said, time, window: createTagWindow(world, { adapter: "p", device: "d 1" }) };
}

function query({ url }: Said): URLSearchParams {
  return new URLSearchParams(url.split("?")[1]);
}

describe("the tags on screen", () => {
  it("are asked for where somebody looks, and no others", async () => {
    const { said, time, window } = openWindow(10_000);
    await settled();
    window.look(9000, 9030);
    time.pass(60);
    await settled();

    assert.equal(said.length, 2);
    const [first, second] = said.map(query);
    assert.deepEqual([first?.get("device"), first?.get("from")], ["d 1", "0"]);
    assert.deepEqual([second?.get("from"), second?.get("limit")], ["8960", "110"]);
  });

  it("are those behind the new ones of the draft, however many these are", async () => {
    const { said, time, window } = openWindow(10_000);
    await settled();
    const fields = Array.from({ length: 100 }, (_, at) => ({
      key: null,
      fields: { name: `N${at}` },
    }));
    const draft = withTags(NO_DRAFT, fields);
    window.look(...placesWritten({ first: 9100, end: 9130 }, draft));
    time.pass(60);
    await settled();

    assert.deepEqual(placesWritten({ first: 30, end: 60 }, draft), [0, 0]);
    const last = said.map(query).at(-1);
    assert.deepEqual([last?.get("from"), last?.get("limit")], ["8960", "110"]);
  });

  it("are asked for again as long as they are shown, and begin anew with another filter", async () => {
    const { said, time, window } = openWindow(10);
    await settled();
    time.pass(1500);
    await settled();
    window.filter({ text: "vib", notGood: true });
    time.pass(60);
    await settled();
    window.stop();
    time.pass(10_000);
    await settled();

    assert.equal(said.length, 3);
    const last = said.map(query).at(-1);
    assert.deepEqual([last?.get("text"), last?.get("quality")], ["vib", "notGood"]);
  });

  it("stand behind those that are new in the draft, marked with what is wanted of them", async () => {
    const { window } = openWindow(400);
    await settled();
    const state = window.state.get();
    const draft = withTag(withoutTag(withTag(NO_DRAFT, null, SPEED), "T1"), "T2", {
      name: "Two",
      at: "hr:5",
    });

    assert.equal(rowCount(state, draft), 401);
    const rows = [0, 1, 2, 3].map((place) => rowAt(state, draft, place));
    assert.deepEqual(
      rows.map((row) => [row?.name, row?.mark]),
      [
        ["Speed", "added"],
        ["T0", null],
        ["T1", "removed"],
        ["Two", "changed"],
      ],
    );
    assert.equal(rowAt(state, draft, 900), undefined);
    const [young = ""] = added(draft)[0] ?? [];
    assert.deepEqual(
      [young, "T0", "T2", "nobody"].map((each) => placeOfKey(state, draft, each)),
      [0, 1, 3, null],
    );
  });

  it("keep long integers, times and structures apart from numbers and texts", () => {
    assert.deepEqual(wireValue("9007199254740993", "Int64"), { i64: "9007199254740993" });
    assert.equal(wireValue("2026-11-26T05:00:00.000Z", "DateTime"), Date.UTC(2026, 10, 26, 5));
    assert.equal(wireValue("A-117", "String"), "A-117");
    assert.deepEqual(wireValue([1, 2], "Int16Array"), { o: "Int16Array" });
    assert.equal(wireValue(undefined, null), null);
    assert.equal(parseTags({ tags: [{}, tag("A")], total: 9 })?.tags.length, 1);
    assert.equal(parseTags({}), null);
  });

  it("say in few words what else is set", () => {
    assert.equal(
      settingsText({ name: "A", at: "hr:1", scale: 0.1, access: "rw", writeRange: [0, 350] }),
      "×0.1 · rw · writeRange 0…350",
    );
    assert.equal(
      tagsUrl("a/b", { device: "d", text: " ", notGood: false, from: 0, limit: 5 }),
      "/api/v1/adapters/a%2Fb/tags?device=d&from=0&limit=5",
    );
  });
});
