/** What changes after a snapshot of the tree: as it is found when a hub was killed. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import type { MetricToSend } from "@unshub/sparkplug";
import { dbirth, message, nbirth, speed } from "../../support/sparkplug-messages.ts";
import { livingPlant, openHub, snapshotFile } from "../../support/tree-on-disk.ts";

const SPEED = "g/e/d/Motor/Speed";

/** A hub that keeps its tree, by a clock that stands still, and in which an edge node was born. */
function startedHub(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const file = snapshotFile(t);
  const { sessions, start, stop } = openHub(file);
  t.after(stop);
  start();
  sessions.apply(nbirth(3));
  return { file, sessions };
}

/** A living plant whose hub has written a snapshot, and then, without another one, that its speed is 77. */
async function changedPlant(t: TestContext) {
  const { file, sessions } = startedHub(t);
  sessions.apply(dbirth());
  const changes = `${file}.changes`;
  await ticking(t, () => existsSync(changes) && readFileSync(changes).length > 0);
  const before = readFileSync(file);
  sessions.apply(speed(77, 2));
  await ticking(t, () => openHub(file).now(SPEED).value === 77);
  return { file, changes, before, sessions };
}

/** A second passes, until `holds`. */
async function ticking(t: TestContext, holds: () => boolean): Promise<void> {
  while (!holds()) {
    t.mock.timers.tick(1000);
    await settled();
  }
}

/** Every other one a text. */
const tenThousand = (worth: (at: number) => string | number): readonly MetricToSend[] =>
  Array.from({ length: 10_000 }, (_, at) => ({
    name: `m${at}`,
    datatype: at % 2 === 0 ? "String" : "Double",
    tellDatatype: true,
    value: worth(at),
  }));

describe("what changes after a snapshot", () => {
  it("is on disk by the second, without another snapshot", async (t) => {
    const { file, before } = await changedPlant(t);

    const { now, sessions, causes } = openHub(file); // as after kill -9
    const kept = now(SPEED);
    sessions.apply(speed(78, 3));

    assert.deepEqual([kept.value, kept.quality], [77, "last-known"]);
    assert.deepEqual(readFileSync(file), before);
    assert.equal(now("g/e/d/ok").value, true);
    assert.deepEqual([now(SPEED).value, causes], [78, []]); // no message was missed
  });

  it("is there as far as it is whole, wherever the file ends", async (t) => {
    const { file, changes } = await changedPlant(t);
    const whole = readFileSync(changes);

    const seen = new Set<unknown>();
    for (let length = 0; length <= whole.length; length += 1) {
      writeFileSync(changes, whole.subarray(0, length));
      const { now, lines } = openHub(file);
      seen.add(now(SPEED).value);
      assert.ok(lines.every(({ level }) => level === "info"));
    }

    assert.deepEqual([...seen], [1200, 77]);
  });

  it("is null where there was a text or a reason before", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const file = snapshotFile(t);
    const { sessions, start, stop } = openHub(file);
    t.after(stop);
    start();
    const quality = { key: "Quality", datatype: "Int32", value: 0 } as const;
    const reason = { key: "Reason", datatype: "String", value: "torn" } as const;
    const text = { name: "order", datatype: "String", tellDatatype: true } as const;
    const torn = { ...text, value: "A-17", properties: [quality, reason] };
    sessions.apply(nbirth(3));
    sessions.apply(dbirth());
    sessions.apply(message("DBIRTH/e/more", [torn], 2));
    await ticking(t, () => existsSync(`${file}.changes`));
    sessions.apply(message("DDATA/e/more", [{ ...text, value: null }], 3));
    sessions.apply(speed(77, 4));
    await ticking(t, () => openHub(file).now(SPEED).value === 77);

    const { value, reason: because } = openHub(file).now("g/e/more/order");

    assert.equal(value, null);
    assert.equal(because, "not heard since the hub started; was good");
  });

  it("costs the snapshot nothing when it cannot be read", async (t) => {
    const { file, changes } = await changedPlant(t);
    rmSync(changes);
    mkdirSync(changes);

    const { now, lines } = openHub(file);

    assert.equal(now(SPEED).value, 1200);
    assert.partialDeepStrictEqual(lines, [
      { level: "warn", message: "what changed after the snapshot of the tree cannot be read" },
      { level: "info" },
    ]);
  });

  it("is there whole when very much changes at once", async (t) => {
    const { file, sessions } = startedHub(t);
    sessions.apply(
      message(
        "DBIRTH/e/d",
        tenThousand((at) => (at % 2 === 0 ? "" : 0)),
        1,
      ),
    );
    await ticking(t, () => existsSync(`${file}.changes`));
    const now = tenThousand((at) => (at % 2 === 0 ? `text ${at} `.repeat(20) : at / 8));
    sessions.apply(message("DDATA/e/d", now, 2));
    const last = `g/e/d/${now.at(-1)?.name}`;
    await ticking(t, () => openHub(file).now(last).value === now.at(-1)?.value);

    const kept = openHub(file);
    kept.sessions.apply(message("DDATA/e/d", [], 3));

    assert.deepEqual(
      now.map(({ name }) => kept.now(`g/e/d/${name}`).value),
      now.map(({ value }) => value),
    );
    assert.deepEqual(kept.causes, []); // the seq that follows was kept as well
  });

  it("is not laid over another snapshot", async (t) => {
    const { file, changes } = await changedPlant(t);
    const foreign = readFileSync(changes);
    const other = await livingPlant(t);
    writeFileSync(`${other}.changes`, foreign);

    assert.equal(openHub(other).now(SPEED).value, 1200);
    assert.equal(openHub(file).now(SPEED).value, 77);
  });

  it("is on disk by the second also while births wait for another snapshot, but for what that snapshot does not know", async (t) => {
    t.mock.method(performance, "now", () => 0); // it is never time for another one
    const { file, before, sessions } = await changedPlant(t);
    const [motor, ok] = ["Motor/Speed", "ok"].map((name, at) => ({
      name,
      alias: at + 1,
      datatype: "Int32" as const,
      tellDatatype: true,
      value: 78 + at,
    }));
    assert.ok(motor !== undefined && ok !== undefined);
    sessions.apply(message("DBIRTH/e/d", [motor, ok], 3));
    const strange = { name: "x", datatype: "Int32", tellDatatype: true, value: 1 } as const;
    sessions.apply(message("DBIRTH/e/new", [strange], 4));

    await ticking(t, () => openHub(file).now(SPEED).value === 78);
    const kept = openHub(file);
    kept.sessions.apply(speed(79, 5));

    assert.deepEqual(readFileSync(file), before);
    assert.deepEqual([kept.now("g/e/d/ok").value, kept.now(SPEED).value], [true, 78]);
    assert.deepEqual(kept.causes, ["data before birth"]); // it does not know what was born
  });

  it("does not make a device live again that died while another snapshot was waited for", async (t) => {
    t.mock.method(performance, "now", () => 0);
    const { file, before, sessions } = await changedPlant(t);
    sessions.apply(message("DDEATH/e/d", [], 3));

    await ticking(t, () => openHub(file).now(SPEED).reason?.endsWith("was offline") === true);
    const kept = openHub(file);
    kept.sessions.apply(message("NDATA/e", [], 4));

    assert.deepEqual(readFileSync(file), before);
    assert.deepEqual(kept.causes, ["data before birth"]);
    assert.equal(kept.state("g/e/d"), "last-known");
  });

  it("waits for the next snapshot when a birth came between", async (t) => {
    const { file, changes, before } = await changedPlant(t);
    const kept = openHub(file);
    t.after(kept.stop);
    kept.start();
    kept.sessions.apply(nbirth(4));
    kept.sessions.apply(dbirth());
    kept.sessions.apply(speed(5, 2));

    await ticking(t, () => !readFileSync(file).equals(before) && existsSync(changes));
    await ticking(t, () => openHub(file).now(SPEED).value === 5);

    assert.equal(openHub(file).now(SPEED).quality, "last-known");
  });
});
