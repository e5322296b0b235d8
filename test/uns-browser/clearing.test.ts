/** Deleting retained messages, without its screen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import { createClearer } from "../../uns-browser/lib/clearing.ts";
import { createTree } from "../../uns-browser/lib/tree.ts";
import { answering, silent, type Said } from "./fake-answers.ts";

const PLAN = {
  filter: "line/#",
  messages: [{ topic: "line/1", size: 7, qos: 1, publisher: "plc", isHeard: true }],
  bytes: 7,
  refused: [{ topic: "line/x", because: "no grant" }],
  isTooMany: false,
  plan: "abc",
};
const DELETION = { id: "d1", at: 1, by: "user root", filter: "line/#", count: 1, until: 2 };

function level(id: number, name: string): TreeRow {
  return { id, parent: null, name, kind: "topic", branch: false };
}

describe("deleting retained messages", () => {
  it("takes exactly what the dry run found, and brings it back", async () => {
    const said: Said[] = [];
    const answers = [PLAN, { ...DELETION, left: ["line/2"] }, { restored: 0, left: ["line/1"] }];
    const clearer = createClearer(
      answering(
        said,
        answers.map((body) => ({ status: 200, body })),
      ),
    );

    await clearer.plan("line/#");
    assert.equal(clearer.state.get()?.kind, "planned");
    await clearer.delete();
    assert.deepEqual(clearer.state.get(), {
      kind: "deleted",
      deletion: DELETION,
      left: ["line/2"],
      isBusy: false,
    });
    await clearer.restore("d1");

    assert.deepEqual(clearer.state.get(), { kind: "restored", count: 0, left: ["line/1"] });
    assert.deepEqual(
      said.map(({ method, url, body }) => [method, url, body]),
      [
        ["GET", "/api/v1/retained/plan?filter=line%2F%23", null],
        ["POST", "/api/v1/retained/delete", { filter: "line/#", plan: "abc" }],
        ["POST", "/api/v1/retained/deleted/d1/restore", null],
      ],
    );
  });

  it("says in the hub's words why it was not done, and that there was no answer", async () => {
    const body = { detail: "these messages have changed meanwhile; look again" };
    const answers = [
      { status: 200, body: PLAN },
      { status: 409, body },
    ];
    const clearer = createClearer(answering([], answers));
    await clearer.plan("line/#");
    await clearer.delete();
    assert.deepEqual(clearer.state.get(), {
      kind: "failed",
      because: "These messages have changed meanwhile; look again.",
    });

    const alone = createClearer(silent);
    await alone.list();
    const state = alone.state.get();
    assert.ok(state?.kind === "failed");
    assert.match(state.because, /did not answer/);
  });

  it("deletes nothing without a dry run, and hears no answer after its dialog was closed", async () => {
    const said: Said[] = [];
    const clearer = createClearer(answering(said, [{ status: 200, body: PLAN }]));

    await clearer.delete();
    await clearer.restore("d1");
    assert.deepEqual(said, []);
    const asked = clearer.plan("line/#");
    clearer.close();
    await asked;

    assert.equal(clearer.state.get(), null);
  });
});

describe("a deletion whose dialog was closed", () => {
  it("is told when the hub has done it, and when it has not", async () => {
    const answers = [
      { status: 200, body: PLAN },
      { status: 200, body: DELETION },
      { status: 200, body: PLAN },
      { status: 409, body: { detail: "look again" } },
      { status: 200, body: { deletions: [DELETION] } },
      { status: 200, body: { restored: 2, left: ["line/1"] } },
    ];
    const clearer = createClearer(answering([], answers));
    await clearer.plan("line/#");
    const deleted = clearer.delete();
    clearer.close();
    assert.equal(clearer.ended.get(), null);
    await deleted;

    assert.equal(clearer.state.get(), null);
    assert.match(clearer.ended.get()?.sentence ?? "", /^1 retained message was deleted/);
    assert.equal(clearer.ended.get()?.isLate, true);
    await clearer.plan("line/#");
    await clearer.delete();
    assert.deepEqual(clearer.ended.get(), { sentence: "Look again.", isLate: false });
    await clearer.list();
    const restored = clearer.restore("d1");
    clearer.close();
    await restored;
    assert.match(
      clearer.ended.get()?.sentence ?? "",
      /^2 retained messages are back\. These .*: line\/1$/,
    );
  });
});

describe("levels that are not there any more", () => {
  it("leave the tree, and may come again; rows of the hub stay", () => {
    const tree = createTree();
    tree.put([level(-2, "a"), level(-3, "b"), level(4, "metric")]);

    tree.keepOnly(null, new Set([-3]));
    assert.deepEqual([...tree.order.get()], [-3, 4]);
    assert.equal(tree.get(-2), null);
    tree.put([level(-2, "a")]);

    assert.deepEqual([...tree.order.get()], [-2, -3, 4]);
  });
});
