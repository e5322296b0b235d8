/** What an adapter learnt, and whom it trusts, goes with it to another name, whenever it got that. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openRogues, rogueEntry, tempDir } from "../../support/rogue-supervisor.ts";
import { Supervisor } from "../../../hub/src/supervisor/index.ts";
import type { AdapterEntry } from "../../../hub/src/config/index.ts";
import { ownFolder } from "../../../hub/src/supervisor/folder-owners.ts";
import { keepingLog, SILENT_LOG } from "../../support/silent-log.ts";

/** Of the edge node `g/<node>`; stopped, so that nothing but folders is begun. */
function entry(name: string, node: string): AdapterEntry {
  return {
    ...rogueEntry(node, {}),
    name,
    stopped: { by: undefined, at: undefined, because: undefined },
  };
}

/** The folder of an adapter that ran as `g/<node>` once, with something that it learnt. */
function learnt(dataDir: string, name: string, node: string): void {
  ownFolder({ dataDir, log: SILENT_LOG }, entry(name, node));
  writeFileSync(join(dataDir, "adapters", name, "known.json"), node);
}

const connect = (): never => {
  throw new Error("it is stopped");
};

async function startWith(t: TestContext, dataDir: string, entries: readonly AdapterEntry[]) {
  const { log, lines } = keepingLog(() => undefined);
  const supervisor = new Supervisor(entries, { hubId: "h", dataDir, log, now: Date.now, connect });
  t.after(() => supervisor.stop());
  supervisor.start();
  return { supervisor, lines };
}

const knows = (dataDir: string, name: string): boolean =>
  existsSync(join(dataDir, "adapters", name, "known.json"));

/** Which edge node each folder knows of, by its name. */
function knownIn(dataDir: string): Readonly<Record<string, string>> {
  const folder = join(dataDir, "adapters");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "known.json")));
  const shown = names.map((name) => [
    name.replace(/\d{9,}/, "…"),
    readFileSync(join(folder, name, "known.json"), "utf8"),
  ]);
  return Object.fromEntries(shown);
}

describe("the folder of an adapter", () => {
  it("has its new name after a start, when the hub fell before it could be renamed", async (t) => {
    const dataDir = tempDir(t);
    learnt(dataDir, "press", "press");

    const { lines } = await startWith(t, dataDir, [entry("press-modbus", "press")]);

    assert.deepEqual(readdirSync(join(dataDir, "adapters")), ["press-modbus"]);
    assert.equal(knows(dataDir, "press-modbus"), true);
    assert.ok(lines.some(({ message }) => message === "files of a renamed adapter go with it"));
  });

  it("gives way to it, where a former adapter of that name has left one", async (t) => {
    const dataDir = tempDir(t);
    learnt(dataDir, "press", "press");
    mkdirSync(join(dataDir, "adapters", "press-modbus"));
    writeFileSync(join(dataDir, "adapters", "press-modbus", "former.json"), "2");

    await startWith(t, dataDir, [entry("press-modbus", "press")]);

    assert.equal(knows(dataDir, "press-modbus"), true);
    assert.equal(existsSync(join(dataDir, "adapters", "press-modbus", "former.json")), false);
    assert.match(
      readdirSync(join(dataDir, "adapters")).join(),
      /^\.press-modbus-\d+,press-modbus$/,
    );
  });

  it("stays where another edge node, an adapter that is there, or nobody has it", async (t) => {
    const dataDir = tempDir(t);
    learnt(dataDir, "press", "press");
    learnt(dataDir, "oven", "oven");
    mkdirSync(join(dataDir, "adapters", "unknown"));

    await startWith(t, dataDir, [entry("kiln", "kiln"), entry("oven", "oven")]);

    assert.deepEqual(readdirSync(join(dataDir, "adapters")), ["oven", "press", "unknown"]);
    assert.equal(knows(dataDir, "oven"), true);
  });

  it("is never that of another one, whichever way names were exchanged while the hub was down", async (t) => {
    const [swapped, moved, halfway] = [tempDir(t), tempDir(t), tempDir(t)];
    for (const dataDir of [swapped, moved, halfway])
      for (const name of ["a", "b"]) learnt(dataDir, name, name);
    const folder = join(halfway, "adapters"); // the hub fell while it exchanged them
    renameSync(join(folder, "b"), join(folder, ".b-1764195600000-on-its-way"));
    renameSync(join(folder, "a"), join(folder, "b"));

    await startWith(t, swapped, [entry("a", "b"), entry("b", "a")]);
    await startWith(t, moved, [entry("b", "a"), entry("c", "b")]);
    await startWith(t, halfway, [entry("a", "b"), entry("b", "a")]);

    assert.deepEqual(knownIn(swapped), { a: "b", b: "a" });
    assert.deepEqual(knownIn(halfway), { a: "b", b: "a" });
    assert.deepEqual(knownIn(moved), { b: "a", c: "b" });
  });

  it("is never that of another one, whichever way names are exchanged while the hub runs", async (t) => {
    const dataDir = tempDir(t);
    for (const name of ["a", "b"]) learnt(dataDir, name, name);
    const { supervisor } = await startWith(t, dataDir, [entry("a", "a"), entry("b", "b")]);

    await supervisor.reload([entry("b", "a"), entry("a", "b")]);
    const swapped = knownIn(dataDir);
    await supervisor.reload([entry("c", "a"), entry("b", "b")]);
    const moved = knownIn(dataDir);
    await supervisor.reload([entry("c", "b")]); // and the one that had the name is gone

    assert.deepEqual(swapped, { a: "b", b: "a" });
    assert.deepEqual(moved, { b: "b", c: "a" });
    assert.deepEqual(knownIn(dataDir), { ".c-…": "a", c: "b" });
  });

  it("is nobody's once a hub ran without it: who comes to its edge node later trusts nobody yet", async (t) => {
    const dataDir = tempDir(t);
    learnt(dataDir, "press", "press");
    await startWith(t, dataDir, []);

    await startWith(t, dataDir, [entry("press-2", "press")]);

    assert.equal(knows(dataDir, "press-2"), false);
    assert.equal(knows(dataDir, "press"), true);
  });

  it("is nobody's once its adapter is taken out while the hub runs", async (t) => {
    const dataDir = tempDir(t);
    learnt(dataDir, "press", "press");
    const { supervisor } = await startWith(t, dataDir, [entry("press", "press")]);
    await supervisor.reload([]);

    await startWith(t, dataDir, [entry("press-2", "press")]);

    assert.equal(knows(dataDir, "press-2"), false);
  });

  it("is known by its edge node and protocol from the first start of the adapter on", async (t) => {
    const dataDir = tempDir(t);
    const { until, count, stop } = await openRogues(t, ["a"], { dataDir });
    await until(() => count("spBv1.0/g/NBIRTH/a") > 0);
    await stop();
    writeFileSync(join(dataDir, "adapters", "a", "known.json"), "1");

    await startWith(t, dataDir, [entry("b", "a")]);

    assert.equal(knows(dataDir, "b"), true);
  });
});
