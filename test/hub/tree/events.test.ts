import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Datatype, MetricToSend, PropertyToSend } from "@unshub/sparkplug";
import { BirthNews } from "../../../hub/src/tree/birth-news.ts";
import { ChangedSet } from "../../../hub/src/tree/changes.ts";
import { dbirth, message, nbirth, speed } from "../../support/sparkplug-messages.ts";
import { keepingLog } from "../../support/silent-log.ts";
import { openTestTree } from "../../support/sparkplug-tree.ts";

function metric(name: string, alias: number, datatype: Datatype = "Int32"): MetricToSend {
  return { name, alias, datatype, tellDatatype: true, value: 1 };
}

/** A plant with metrics `a` (alias 1) and `b` (alias 2), whose births are listened to. */
function openPlant() {
  const opened = openTestTree();
  const { tree, sessions } = opened;
  sessions.apply(nbirth());
  sessions.apply(message("DBIRTH/e/d", [metric("a", 1), metric("b", 2)], 1));
  const events: string[] = [];
  const name = (id: number): string => tree.rows.name(id);
  tree.observe({
    rowAdded: (id) => events.push(`added ${name(id)}`),
    metricRemoved: (id) => events.push(`removed ${name(id)}`),
    metricRetyped: (id, before) =>
      events.push(`${name(id)} was ${before.datatype} is ${tree.info(id)?.datatype}`),
    metricRenamed: (before, now) => events.push(`${name(before)} became ${name(now)}`),
  });
  return { ...opened, events };
}

describe("what a birth changes", () => {
  it("is told: a metric it leaves out", () => {
    const { sessions, events, now } = openPlant();

    sessions.apply(message("DBIRTH/e/d", [metric("a", 1)], 2));

    assert.deepEqual(events, ["removed b"]);
    assert.deepEqual(
      [now("g/e/d/b").quality, now("g/e/d/b").reason],
      ["stale", "not in the last birth"],
    );
  });

  it("is told: a metric of another type", () => {
    const { sessions, events } = openPlant();

    sessions.apply(message("DBIRTH/e/d", [metric("a", 1, "Int64"), metric("b", 2)], 2));

    assert.deepEqual(events, ["a was Int32 is Int64"]);
  });

  it("is told: a new name with the alias and type of one that is gone", () => {
    const { sessions, events } = openPlant();

    sessions.apply(message("DBIRTH/e/d", [metric("a", 1), metric("c", 2)], 2));

    assert.deepEqual(events, ["added c", "removed b", "b became c"]);
  });

  it("is no new name when only aliases moved", () => {
    const { sessions, events } = openPlant();

    sessions.apply(message("DBIRTH/e/d", [metric("new", 1), metric("a", 2), metric("b", 3)], 2));

    assert.deepEqual(events, ["added new"]);
  });

  it("is nothing when it says the same again", () => {
    const { sessions, events } = openPlant();

    sessions.apply(message("DBIRTH/e/d", [metric("a", 1), metric("b", 2)], 2));

    assert.deepEqual(events, []);
  });
});

/** As `openPlant`, whose log is kept. */
function openPlantWithLog() {
  const plant = openPlant();
  const { log, lines } = keepingLog();
  let nowMs = 0;
  new BirthNews(plant.tree, log, () => nowMs).start();
  const pass = (ms: number): void => void (nowMs += ms);
  return { ...plant, lines, pass };
}

describe("the log of what births change", () => {
  it("names the device and what was removed, renamed and retyped, in one line", async () => {
    const { sessions, lines } = openPlantWithLog();
    sessions.apply(message("DBIRTH/e/d", [metric("a", 1), metric("b", 2), metric("c", 3)], 2));

    sessions.apply(message("DBIRTH/e/d", [metric("a", 1, "Int64"), metric("F/new", 2)], 3));
    await Promise.resolve();

    assert.deepEqual(lines, [
      {
        level: "info",
        fields: {
          edgeNode: "g/e",
          device: "d",
          removed: ["c"],
          renamed: ["b → F/new"],
          retyped: ["a: Int32 → Int64"],
        },
        message: "metrics removed, renamed or retyped",
      },
    ]);
  });

  it("names ten of many, and says nothing of a birth that changes nothing", async () => {
    const { sessions, lines } = openPlantWithLog();
    const many = Array.from({ length: 15 }, (_, at) => metric(`m${at}`, at + 10));
    sessions.apply(message("NBIRTH/e", many, 0));

    sessions.apply(message("NBIRTH/e", many, 0));
    sessions.apply(message("NBIRTH/e", [], 0));
    await Promise.resolve();

    const [line] = lines.map(({ fields }) => JSON.stringify(fields));
    assert.equal(lines.length, 1);
    assert.match(
      line ?? "",
      /^\{"edgeNode":"g\/e","removed":\["[^\]]*","m9?[^\]]*","and \d+ more"\]\}$/,
    );
  });

  it("takes at most 30 lines a minute, then says how many there were", async () => {
    const { sessions, lines, pass } = openPlantWithLog();
    const change = async (turn: number): Promise<void> => {
      sessions.apply(message("DBIRTH/e/d", [metric("a", 1, turn % 2 === 0 ? "Int8" : "Int16")], 2));
      await Promise.resolve();
    };
    for (let turn = 0; turn < 40; turn += 1) await change(turn);
    const before = lines.length;
    pass(60_000);

    await change(40);

    assert.equal(before, 30);
    assert.deepEqual(
      lines.slice(30).map((line) => [line.message, JSON.stringify(line.fields).slice(0, 14)]),
      [
        ["more metrics removed, renamed or retyped", '{"births":10}'],
        ["metrics removed, renamed or retyped", '{"edgeNode":"g'],
      ],
    );
  });
});

describe("readers of changes", () => {
  it("collect each changed metric of their range once, until they take it", () => {
    const { tree, sessions } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const id = tree.find("g/e/d/Motor/Speed") ?? 0;
    const all = tree.collect();
    const others = tree.collect(id + 1);

    sessions.apply(speed(1, 2));
    sessions.apply(speed(2, 3));
    const taken = all.take();
    sessions.apply(speed(3, 4));
    tree.changes.drop(all);
    sessions.apply(speed(4, 5));

    assert.deepEqual([...taken], [id]);
    assert.deepEqual([...all.take()], [id]);
    assert.deepEqual([...all.take()], []);
    assert.equal(others.size, 0);
  });

  it("keep any number of ids in their order", () => {
    const set = new ChangedSet(10, 100_010);

    for (let id = 0; id < 200_000; id += 1) set.note(200_000 - id);

    const taken = set.take();
    assert.deepEqual([taken.length, taken[0], taken.at(-1)], [100_000, 100_009, 10]);
  });

  it("that watch the same row stop one by one", () => {
    const { tree, sessions } = openTestTree();
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const id = tree.find("g/e/d/Motor/Speed") ?? 0;
    const heard: string[] = [];
    const a = tree.watch(() => heard.push("a"));
    const b = tree.watch(() => heard.push("b"));
    a.add(id);
    b.add(id);

    sessions.apply(speed(1, 2));
    a.stop();
    sessions.apply(speed(2, 3));
    b.delete(id);
    sessions.apply(speed(3, 4));

    assert.deepEqual(heard, ["a", "b", "b"]);
  });
});

function quality(value: number): readonly PropertyToSend[] {
  return [{ key: "Quality", datatype: "Int32", value }];
}

describe("five ways not to be good", () => {
  it("are five different things", () => {
    const { sessions, now } = openTestTree();
    sessions.apply(nbirth());
    const metrics = [
      { ...metric("good", 1), properties: quality(192) },
      { ...metric("bad", 2), properties: quality(0) },
      { ...metric("stale", 3), properties: quality(500) },
      { ...metric("uncertain", 4), properties: quality(64) },
    ];
    sessions.apply(message("DBIRTH/e/d", metrics, 1));
    sessions.apply(message("DBIRTH/e/dead", [metric("offline", 5)], 2));
    sessions.apply(message("DDEATH/e/dead", [], 3));

    for (const { name } of metrics) assert.equal(now(`g/e/d/${name}`).quality, name);
    assert.equal(now("g/e/d/uncertain").reason, "its source says quality 64");
    assert.equal(now("g/e/dead/offline").quality, "offline");
  });
});

describe("a tree that is full", () => {
  it("says so once, counts what it leaves out, and asks for no birth because of it", () => {
    const told: string[] = [];
    const { tree, sessions, causes, counts } = openTestTree({
      limits: { metrics: 4, nameBytes: 10 },
      limitReached: (limit, most) => told.push(`${limit} ${most}`),
    });
    sessions.apply(nbirth()); // bdSeq fits, "Node Control" does not

    const names = ["a", "b", "c", "d", "e", "a name that is too long"];
    const metrics = names.map((name, alias) => metric(name, alias));
    sessions.apply(message("DBIRTH/e/d", metrics, 1));
    for (let alias = 3; alias < 6; alias += 1) {
      const data = { alias, datatype: "Int32", tellDatatype: false, value: 2 } as const;
      sessions.apply(message("DDATA/e/d", [data], alias - 1));
    }
    sessions.apply(message("DDATA/e/d", [metric("e", 4)], 5));

    assert.deepEqual(told, ["nameBytes 10", "metrics 4"]);
    assert.deepEqual([tree.refused.metrics, tree.refused.nameBytes], [2, 2]);
    assert.equal(counts("g").metrics, 4);
    assert.deepEqual(causes, []);
  });

  it("takes no more devices and edge nodes than there is room for, and asks none of them for births", () => {
    const { tree, sessions, causes, now } = openTestTree({ limits: { members: 3 } });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const { size } = tree.rows;

    sessions.apply(message("DBIRTH/e/more", [metric("a", 1)], 2));
    sessions.apply(message("DDATA/e/more", [metric("a", 1)], 3));
    sessions.apply({ ...nbirth(), topic: "spBv1.0/g/NBIRTH/other" });
    sessions.apply({ ...speed(1, 1), topic: "spBv1.0/g/DDATA/other/d" });
    sessions.apply(speed(8, 4));

    assert.equal(tree.rows.size, size);
    assert.equal(now("g/e/d/Motor/Speed").value, 8);
    assert.deepEqual(causes, []);
  });
});
