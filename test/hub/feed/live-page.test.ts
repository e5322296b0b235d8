import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LivePage } from "../../../hub/src/feed/live-page.ts";
import { Sight } from "../../../hub/src/feed/index.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import type { DeltaMessage, HubMessage } from "../../../hub/src/feed/protocol.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import {
  dbirth,
  nbirth,
  RECEIVED_AT,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";

const T = SOURCE_TIME + 1000;

function openPage() {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const page = new LivePage(new Sight(tree, EVERYTHING));
  const watch = tree.watch((changed) => {
    if (page.watched.has(changed)) page.metricChanged(changed);
  });
  const id = tree.find("g/e/d/Motor/Speed") ?? 0;
  watch.add(id);
  return { tree, sessions, page, id };
}

function deltas(frames: readonly HubMessage[]): readonly DeltaMessage[] {
  return frames.filter((frame) => frame.op === "d");
}

describe("a live page", () => {
  it("gets every watched row after a view, then only what changed, merged", () => {
    const { page, sessions, id, tree } = openPage();
    const ok = tree.find("g/e/d/ok") ?? 0;
    page.obey({ op: "view", g: 7, rows: [id, ok] });

    const [first] = deltas(page.frames(T));
    page.obey({ op: "ack", s: first?.s ?? 0 });
    for (let seq = 2; seq < 6; seq += 1) sessions.apply(speed(seq, seq));
    const [second] = deltas(page.frames(T));

    assert.deepEqual(first, {
      op: "d",
      s: 1,
      g: 7,
      t: T,
      u: [id, 1200, 2, -1000, 0, ok, true, 2, -1000, 0],
    });
    assert.deepEqual(second?.u, [id, 5, 2, -900, 4]);
    assert.deepEqual(page.frames(T), []);
  });

  it("is told of the changes since it paused, not of those before, and of all while it was not asked", () => {
    const { page, sessions } = openPage();
    let seq = 1;
    const change = (times: number): void => {
      for (let left = times; left > 0; left -= 1) sessions.apply(speed((seq += 1), seq));
    };
    change(2);
    page.obey({ op: "pause" });
    change(3);
    const first = page.takeChanges();
    change(4);
    page.obey({ op: "resume" }); // rows come into the frozen picture
    change(5);
    page.obey({ op: "pause" });
    const second = page.takeChanges();
    page.obey({ op: "hide" });
    change(6);

    assert.deepEqual([first, second, page.takeChanges()], [3, 9, 6]);
  });

  it("is told once of a metric that falls silent, and of its next value", () => {
    const { page, sessions, id } = openPage();
    let at = RECEIVED_AT;
    const say = (seq: number): void => {
      at += 1000;
      sessions.apply({ ...speed(seq, seq), receivedAt: at });
    };
    for (let seq = 2; seq < 32; seq += 1) say(seq);
    page.obey({ op: "view", g: 1, rows: [id] });
    const qualities = (now: number): readonly unknown[] => {
      page.lookForSilence(now);
      const found = deltas(page.frames(now));
      for (const { s } of found) page.obey({ op: "ack", s });
      return found.map(({ u }) => u[2]);
    };

    assert.deepEqual(qualities(at + 4000), [2]);
    assert.deepEqual(qualities(at + 5000), []);
    assert.deepEqual(qualities(at + 5500), [7]);
    assert.deepEqual(qualities(at + 9000), []);
    say(32);
    assert.deepEqual(qualities(at + 100), [2]);
    assert.deepEqual(qualities(at + 6000), [7]);
  });

  it("gets counts and state of watched branches", () => {
    const { page, tree } = openPage();
    const device = tree.find("g/e/d") ?? 0;
    page.obey({ op: "view", g: 1, rows: [device] });

    assert.deepEqual(page.frames(T), [{ op: "n", s: 1, add: [], cnt: [device, 2, 0, 0, 1] }]);
  });

  it("gets with the counts how many below are silent, once any was", () => {
    const { page, sessions, id, tree } = openPage();
    let at = RECEIVED_AT;
    for (let seq = 2; seq < 32; seq += 1) {
      at += 1000;
      sessions.apply({ ...speed(seq, seq), receivedAt: at });
    }
    const device = tree.find("g/e/d") ?? 0;
    page.obey({ op: "view", g: 1, rows: [device] });
    tree.silences.observe((one) => {
      assert.equal(one, id);
      page.countsChanged(device);
    });
    const look = (now: number): readonly HubMessage[] => {
      tree.silences.look(now);
      return page.frames(now);
    };
    const message = { op: "n", add: [], cnt: [device, 2, 0, 0, 1] };

    assert.deepEqual(look(at + 1000), [{ ...message, s: 1 }]);
    assert.deepEqual(look(at + 6000), [{ ...message, s: 2, sil: [device, 1] }]);
    sessions.apply({ ...speed(1, 32), receivedAt: at + 6500 });
    assert.deepEqual(look(at + 7000), [{ ...message, s: 3, sil: [device, 0] }]);
  });

  it("gets at most three frames it has not acknowledged, and then the newest value", () => {
    const { page, sessions, id } = openPage();
    page.obey({ op: "view", g: 1, rows: [id] });
    let frames = 0;
    for (let seq = 2; seq < 20; seq += 1) {
      sessions.apply(speed(seq, seq));
      frames += page.frames(T).length;
    }
    assert.equal(frames, 3);

    page.obey({ op: "ack", s: 3 });

    assert.deepEqual(deltas(page.frames(T))[0]?.u.slice(0, 2), [id, 19]);
  });

  it("is not fooled by an acknowledgement of frames that were never sent", () => {
    const { page, sessions, id } = openPage();
    page.obey({ op: "ack", s: 1_000_000 });
    page.obey({ op: "view", g: 1, rows: [id] });
    let frames = 0;
    for (let seq = 2; seq < 20; seq += 1) {
      sessions.apply(speed(seq, seq));
      frames += page.frames(T).length;
    }

    assert.equal(frames, 3);
  });

  it("gets nothing while paused or hidden, and everything again afterwards", () => {
    const { page, sessions, id } = openPage();
    page.obey({ op: "view", g: 1, rows: [id] });
    page.frames(T);
    for (const op of ["pause", "hide"] as const) {
      page.obey({ op });
      sessions.apply(speed(9, 2));
      assert.deepEqual(page.frames(T), []);
      page.obey({ op: "resume" });
      assert.equal(deltas(page.frames(T))[0]?.u[1], 9);
    }
  });

  it("passes over rows that do not exist", () => {
    const { page, id } = openPage();

    page.obey({ op: "view", g: 1, rows: [id, 999_999, 0] });

    assert.deepEqual([...page.watched], [id]);
  });
});
