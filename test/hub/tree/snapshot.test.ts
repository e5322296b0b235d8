import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import type { MetricToSend } from "@unshub/sparkplug";
import { tempDir } from "../../support/hub.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  RECEIVED_AT,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";
import { livingPlant, openHub, snapshotFile } from "../../support/tree-on-disk.ts";

const SPEED = "g/e/d/Motor/Speed";

describe("a hub that starts again", () => {
  it("shows the last state at once, as last known", async (t) => {
    const file = await livingPlant(t);

    const { now, state, counts, tree } = openHub(file);

    const metric = now(SPEED);
    assert.deepEqual([metric.value, metric.quality], [1200, "last-known"]);
    assert.equal(metric.reason, "not heard since the hub started; was good");
    assert.deepEqual([metric.timestamp, metric.receivedAt], [SOURCE_TIME, RECEIVED_AT]);
    assert.deepEqual([metric.info.unit, metric.info.writable, metric.info.alias], ["rpm", true, 1]);
    assert.equal(metric.info.datatype, "Int32");
    assert.deepEqual([state("g/e"), state("g/e/d")], ["last-known", "last-known"]);
    assert.deepEqual(counts("g"), { metrics: 4, bad: 0, stale: 4 });
    assert.equal(tree.propertiesOf(tree.find(SPEED) ?? 0).size, 2);
  });

  it("keeps every kind of value, times and reasons", async (t) => {
    const table = { columns: ["a"], types: ["Int8" as const], rows: [[1], [null]] };
    const values = [
      ["text", "String", "né"],
      ["empty", "String", ""],
      ["big", "UInt64", 2n ** 63n],
      ["bytes", "Bytes", Uint8Array.of(1, 2, 3)],
      ["table", "DataSet", table],
      ["list", "Int32Array", [1, -2]],
      ["nan", "Double", Number.NaN],
      ["null", "Int8", null],
    ] as const;
    const metrics = values.map(([name, datatype, value]) => {
      const quality = { key: "Quality", datatype: "Int32", value: 0 } as const;
      const reason = { key: "Reason", datatype: "String", value: `why ${name}` } as const;
      return { name, datatype, value, tellDatatype: true, properties: [quality, reason] };
    });

    const { now } = openHub(await livingPlant(t, metrics));

    for (const [name, , value] of values) {
      const metric = now(`g/e/more/${name}`);
      assert.deepEqual(
        metric.value instanceof Uint8Array ? [...metric.value] : metric.value,
        value instanceof Uint8Array ? [...value] : value,
      );
      assert.equal(metric.reason, "not heard since the hub started; was bad");
    }
  });

  it("keeps the numbers of its rows, and gives new ones to new rows", async (t) => {
    const file = await livingPlant(t);
    const before = openHub(file);
    const { tree, sessions } = openHub(file);

    sessions.apply(nbirth(4));
    sessions.apply(dbirth());
    sessions.apply(message("DBIRTH/e/new", [], 2));

    assert.equal(tree.find(SPEED), before.tree.find(SPEED));
    assert.equal(tree.find("g/e/new"), before.tree.rows.size);
  });

  it("was restarted while edges lived on: their data goes on by its aliases, without a rebirth", async (t) => {
    const { sessions, now, state, causes } = openHub(await livingPlant(t));

    sessions.apply(speed(77, 3));

    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [77, "good"]);
    assert.deepEqual([state("g/e"), state("g/e/d")], ["online", "online"]);
    assert.deepEqual([now("g/e/d/ok").value, now("g/e/d/ok").quality], [true, "last-known"]);
    assert.deepEqual(causes, []);
  });

  it("asks for births when it missed messages, and believes nothing of what comes", async (t) => {
    const { sessions, now, causes } = openHub(await livingPlant(t));

    sessions.apply(speed(77, 9));

    assert.deepEqual([now(SPEED).value, now(SPEED).quality], [1200, "last-known"]);
    assert.deepEqual(causes, ["data before birth"]);
  });

  it("shows a node live with its birth", async (t) => {
    const { sessions, now, state, counts } = openHub(await livingPlant(t));

    sessions.apply(nbirth(4));
    sessions.apply(dbirth());

    assert.deepEqual([now(SPEED).quality, now(SPEED).reason], ["good", undefined]);
    assert.deepEqual([state("g/e"), state("g/e/d")], ["online", "online"]);
    assert.equal(counts("g").stale, 0);
  });

  it("hears the death of a node that it knows from before", async (t) => {
    const { sessions, now, state } = openHub(await livingPlant(t));

    sessions.apply(ndeath(3));

    assert.deepEqual([now(SPEED).quality, state("g/e")], ["offline", "offline"]);
  });

  it("still shows a node offline that had died before", async (t) => {
    const file = snapshotFile(t);
    const before = openHub(file);
    before.sessions.apply(nbirth(3));
    before.sessions.apply(dbirth());
    before.sessions.apply(ndeath(3));
    await before.stop();

    const { now, state } = openHub(file);

    assert.deepEqual([state("g/e"), now(SPEED).quality], ["offline", "last-known"]);
    assert.equal(now(SPEED).reason, "not heard since the hub started; was offline");
  });

  it("does not go on by aliases where templates need the types of a birth", async (t) => {
    const value = { isDefinition: false, templateRef: "M", metrics: [], parameters: [] };
    const motor = { name: "M1", datatype: "Template", tellDatatype: true, value } as const;
    const { sessions, causes } = openHub(await livingPlant(t, [motor]));

    sessions.apply(speed(1, 3));

    assert.deepEqual(causes, ["data before birth"]);
  });

  it("goes on after two restarts in a row", async (t) => {
    const file = await livingPlant(t);
    const second = openHub(file);
    second.sessions.apply(speed(5, 3));
    await second.stop();

    const { sessions, now, causes } = openHub(file);
    sessions.apply(speed(6, 4));

    assert.equal(now(SPEED).value, 6);
    assert.equal(now("g/e/d/ok").reason, "not heard since the hub started; was good");
    assert.deepEqual(causes, []);
  });
});

describe("a snapshot that cannot be read", () => {
  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ["is cut", (file) => truncateSync(file, readFileSync(file).length - 20)],
    ["is empty", (file) => writeFileSync(file, "")],
    ["is another file", (file) => writeFileSync(file, "hello: world\n".repeat(100))],
    [
      "has one wrong bit",
      (file) => {
        const bytes = readFileSync(file);
        bytes[600] = (bytes[600] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
    ],
    [
      "is of a later version",
      (file) => {
        const bytes = readFileSync(file);
        bytes[11] = 99;
        writeFileSync(file, bytes);
      },
    ],
  ];
  for (const [what, damage] of damages) {
    it(`is told and left aside when it ${what}`, async (t) => {
      const file = await livingPlant(t);
      damage(file);

      const { tree, sessions, lines, now } = openHub(file);
      sessions.apply(nbirth());
      sessions.apply(dbirth());

      assert.deepEqual(
        lines.map(({ level, message: text }) => [level, text]),
        [["warn", "the snapshot of the tree cannot be read; the tree begins empty"]],
      );
      assert.equal(now(SPEED).quality, "good");
      assert.ok(tree.rows.size > 1);
    });
  }

  it("is not written where nothing was ever heard", async (t) => {
    const file = snapshotFile(t);

    await openHub(file).stop();

    assert.throws(() => readFileSync(file), { code: "ENOENT" });
  });

  it("is tried again ever more rarely while the disk refuses it, and then as before", async (t) => {
    const waits: { readonly ring: () => void; readonly ms: number }[] = [];
    t.mock.method(globalThis, "setTimeout", (ring: () => void, ms: number) => {
      waits.push({ ring, ms });
      return { unref: () => undefined };
    });
    const file = join(tempDir(t), "gone", "tree.snapshot");
    const { sessions, start, stop } = openHub(file);
    t.after(stop);
    const elapse = async (): Promise<void> => {
      const before = waits.length;
      waits.at(-1)?.ring();
      while (waits.length === before) await settled();
    };
    sessions.apply(nbirth());
    start();

    for (let time = 0; time < 8; time += 1) await elapse();
    mkdirSync(dirname(file));
    await elapse();

    const seconds = waits.map(({ ms }) => ms / 1000);
    assert.deepEqual(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60, 1]);
    assert.ok(existsSync(file));
  });

  it("costs nothing but a line in the log when the disk refuses it", async (t) => {
    const { sessions, stop, lines } = openHub(join(tempDir(t), "no such folder", "tree.snapshot"));
    sessions.apply(nbirth());

    await stop();

    assert.deepEqual(
      lines.map(({ message: text }) => text),
      ["the tree could not be kept on disk"],
    );
  });
});

describe("a snapshot of a plant of 20 000 metrics", () => {
  it("is the same plant, row by row", async (t) => {
    const file = snapshotFile(t);
    const before = openHub(file);
    before.sessions.apply(nbirth(3));
    for (let device = 0; device < 20; device += 1) {
      const metrics = Array.from({ length: 1000 }, (_, at): MetricToSend => {
        const isText = at % 3 === 0;
        return {
          name: `Line ${at % 7}/${device === 0 ? "ä" : "M"}${at}`,
          alias: device * 1000 + at,
          datatype: isText ? "String" : "Double",
          tellDatatype: true,
          value: isText ? `text ${at}` : at / 8,
          properties: [{ key: "engUnit", datatype: "String", value: `u${at % 50}` }],
        };
      });
      before.sessions.apply(message(`DBIRTH/e/d${device}`, metrics, device + 1));
    }
    await before.stop();

    const after = openHub(file);

    const facts = ({ tree }: typeof after, id: number) => {
      const { info, value, timestamp } = tree.metric(id) ?? {};
      return { kind: tree.rows.kind(id), path: tree.segments(id), info, value, timestamp };
    };
    assert.equal(after.tree.rows.size, before.tree.rows.size);
    for (let id = 1; id < before.tree.rows.size; id += 1) {
      assert.deepEqual(facts(after, id), facts(before, id));
    }
    const { metrics } = before.tree.rows.counts(0);
    assert.deepEqual(after.tree.rows.counts(0), { metrics, bad: 0, stale: metrics });
    assert.deepEqual(
      [...after.tree.rows.children(after.tree.find("g/e/d0") ?? 0)],
      [...before.tree.rows.children(before.tree.find("g/e/d0") ?? 0)],
    );
    assert.equal((await after.tree.search("d19/line Ä999", 5)).hits, 0);
    assert.equal((await after.tree.search("d0/line Ä999", 5)).hits, 1);
  });
});
