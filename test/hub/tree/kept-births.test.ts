import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { MetricToSend } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../../hub/src/broker/index.ts";
import {
  openTree,
  restoreCertificates,
  SnapshotKeeper,
  type RebirthCause,
} from "../../../hub/src/tree/index.ts";
import { tempDir } from "../../support/hub.ts";
import { keepingLog } from "../../support/silent-log.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";
import { looking, openTestTree } from "../../support/sparkplug-tree.ts";

const SPEED = "g/e/d/Motor/Speed";
const LOAD: MetricToSend = { name: "load", datatype: "Int8", tellDatatype: true, value: 5 };
const REASON = "as its last birth said, not heard since";

function kept(birth: PublishedMessage): PublishedMessage {
  return { ...birth, topic: `$sparkplug/certificates/${birth.topic}`, retain: true };
}

async function restored(births: readonly PublishedMessage[]) {
  const opened = openTestTree();
  const { log, lines } = keepingLog();
  const { tree, sessions } = opened;
  const filters: string[] = [];
  const retained = (filter: string) => {
    filters.push(filter);
    return [undefined, ...births.map(kept)];
  };
  await restoreCertificates({ tree, sessions, log, now: () => Date.now(), retained });
  return { ...opened, lines, filters };
}

describe("a tree from birth certificates", () => {
  it("has structure and values of the last births as last known, and says so", async () => {
    const { now, state, counts, lines, filters, causes } = await restored([nbirth(3), dbirth()]);

    const metric = now(SPEED);
    assert.deepEqual([metric.value, metric.quality], [1200, "last-known"]);
    assert.deepEqual([metric.reason, metric.timestamp], [REASON, SOURCE_TIME]);
    assert.deepEqual([metric.info.unit, metric.info.writable], ["rpm", true]);
    assert.deepEqual([state("g/e"), state("g/e/d")], ["last-known", "last-known"]);
    assert.deepEqual(counts("g"), { metrics: 4, bad: 0, stale: 4 });
    assert.deepEqual(filters, ["$sparkplug/certificates/#"]);
    assert.match(lines[0]?.message ?? "", /restored from birth certificates/);
    assert.deepEqual(causes, [], "nobody is asked because of that");
  });

  it("is the same in whatever order they come, and without that of the edge node", async () => {
    const turned = await restored([dbirth(), nbirth()]);
    const partial = await restored([dbirth()]);

    assert.equal(turned.state("g/e"), "last-known");
    assert.equal(turned.now("g/e/bdSeq").quality, "last-known");
    assert.equal(partial.state("g/e"), "last-known");
    assert.equal(partial.now(SPEED).value, 1200);
  });

  it("believes data only after a birth, which it asks for", async () => {
    const { sessions, now, state, causes } = await restored([nbirth(), dbirth()]);

    sessions.apply(speed(900, 2));
    const before = now(SPEED);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(901, 2));

    assert.deepEqual([before.value, before.quality], [1200, "last-known"]);
    assert.deepEqual(causes, ["data before birth"]);
    assert.deepEqual(
      [now(SPEED).value, now(SPEED).quality, state("g/e/d")],
      [901, "good", "online"],
    );
  });

  it("hears the death of the session that was born last, and of no other", async () => {
    const { sessions, state, now } = await restored([nbirth(3), dbirth()]);

    sessions.apply(ndeath(2));
    const still = state("g/e");
    sessions.apply(ndeath(3));

    assert.deepEqual([still, state("g/e"), state("g/e/d")], ["last-known", "offline", "offline"]);
    assert.equal(now(SPEED).quality, "offline");
  });

  it("passes over certificates that are broken or none", async () => {
    const broken = { ...nbirth(), payload: Uint8Array.of(0x12, 0x7f) };

    const { tree, lines } = await restored([broken, message("DDATA/e/d", []), speed(1, 1)]);

    assert.equal(tree.rows.counts(0).metrics, 0);
    assert.deepEqual(lines, []);
  });
});

describe("a kept birth", () => {
  it("of a device that the snapshot missed is added, and its node does not go on without a birth", async (t) => {
    const file = join(tempDir(t), "tree.snapshot");
    const { log, lines } = keepingLog();
    const before = openTestTree();
    before.sessions.apply(nbirth());
    before.sessions.apply(dbirth());
    await new SnapshotKeeper({ ...before, file, log }).stop();
    const causes: RebirthCause[] = [];
    const opened = openTree({ file, log, needsRebirth: (_node, cause) => causes.push(cause) });
    const { now, state } = looking(opened.tree);
    const births = [nbirth(), dbirth(), message("DBIRTH/e/new", [LOAD], 2)].map(kept);

    await restoreCertificates({ ...opened, log, now: () => Date.now(), retained: () => births });
    opened.sessions.apply(speed(900, 2));

    assert.deepEqual([now("g/e/new/load").value, state("g/e/new")], [5, "last-known"]);
    assert.equal(now(SPEED).reason, "not heard since the hub started; was good");
    assert.match(lines.at(-1)?.message ?? "", /births that the snapshot missed/);
    assert.deepEqual(causes, ["data before birth"]);
  });

  it("says nothing new of who was heard", () => {
    const { sessions, now, state } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(speed(900, 2));

    const isNew = [nbirth(), dbirth()].map((birth) => sessions.keptBirth(kept(birth)));

    assert.deepEqual(isNew, [false, false]);
    assert.deepEqual([now(SPEED).value, state("g/e")], [900, "online"]);
  });
});

describe("a tree that hears nothing more", () => {
  it("keeps its values as stale, and its nodes as last known, until they are born again", () => {
    const { sessions, now, state, causes } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    sessions.lostTouch({ because: "connection to the server lost", at: RECEIVED_AT });
    const lost = now(SPEED);
    const lostState = state("g/e/d");
    sessions.apply(speed(900, 2));
    const unheard = now(SPEED).value;
    sessions.apply(nbirth());
    sessions.apply(dbirth());

    assert.deepEqual([lost.value, lost.quality, lostState], [1200, "stale", "last-known"]);
    assert.equal(lost.reason, "connection to the server lost");
    assert.deepEqual([unheard, causes], [1200, ["data before birth"]]);
    assert.deepEqual([now(SPEED).quality, state("g/e/d")], ["good", "online"]);
  });

  it("leaves offline who had died", () => {
    const { sessions, now, state } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    sessions.apply(ndeath());

    sessions.lostTouch({ because: "connection to the server lost", at: RECEIVED_AT });

    assert.deepEqual([now(SPEED).quality, state("g/e")], ["offline", "offline"]);
  });
});
