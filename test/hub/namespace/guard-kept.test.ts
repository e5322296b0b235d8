import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { GuardKeeper } from "../../../hub/src/namespace/guard/keeper.ts";
import { Ledger } from "../../../hub/src/namespace/guard/ledger.ts";
import { Standings } from "../../../hub/src/namespace/guard/standings.ts";
import { unshub } from "../../support/cli.ts";
import { deathWill, nbirth, type Ids } from "../../support/guard-plant.ts";
import { startTestHub, tempDir, type TestHub } from "../../support/hub.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";
import { keepingLog } from "../../support/silent-log.ts";

const IDS: Ids = { clientId: "gw", edge: "e", host: "h" };
const FILE = "guard.jsonl";
const DAY_MS = 86_400_000;

/** An edge node that cannot be asked for a rebirth: S11. */
async function deafNode({ mqttPort }: TestHub): Promise<void> {
  await using client = await RawClient.connected(mqttPort, {
    clientId: IDS.clientId,
    will: deathWill(IDS),
  });
  const { topic, payload } = nbirth(IDS);
  client.send(publishPacket(topic, Buffer.from(payload)));
  await client.settle();
}

/** What one run of the hub remembers, kept in `file`. */
function openKeeper(file: string, now = Date.now()) {
  const { log, lines } = keepingLog();
  const [ledger, standings] = [new Ledger(), new Standings()];
  const keeper = new GuardKeeper({ file, ledger, standings, log, now: () => now });
  keeper.start();
  return { keeper, ledger, standings, lines };
}

function fileIn(t: TestContext): string {
  return join(tempDir(t), FILE);
}

describe("findings and grades", { timeout: 180_000 }, () => {
  it("are the same after a restart of the hub, and published again", async (t) => {
    const dataDir = tempDir(t);
    const first = await startTestHub(t, "", { dataDir });
    await deafNode(first);
    const found = first.hub.guard.findings();
    await first.stop();

    const second = await startTestHub(t, "", { dataDir, guardTimes: { sweepMs: 5 } });
    await using listener = await RawClient.connected(second.mqttPort, { clientId: "listener" });
    await listener.subscribe("$UNS/findings/#");
    const published = await listener.find("publish", ({ topic }) => topic.includes("/S11/"));
    const url = ["--url", `http://127.0.0.1:${second.httpPort}`];
    const graded = await unshub("conformance", "--since", "1h", ...url);

    assert.ok(found.length > 0);
    assert.deepEqual(second.hub.guard.findings(), found);
    assert.match(String(published.payload), /"code":"S11"/);
    assert.equal(graded.exitCode, 1);
    assert.match(graded.out, /edge node G\/e: \d+ kept, \d+ broken/);
  });

  it("are counted on", async (t) => {
    const dataDir = tempDir(t);
    for (const count of [1, 2]) {
      const hub = await startTestHub(t, "", { dataDir });
      await deafNode(hub);
      const finding = hub.hub.guard.findings().find(({ code }) => code === "S11");
      assert.equal(finding?.count, count);
      await hub.stop();
    }
  });

  it("are kept as far as lines can be read; the others are told", async (t) => {
    const dataDir = tempDir(t);
    const first = await startTestHub(t, "", { dataDir });
    await deafNode(first);
    const found = first.hub.guard.findings();
    await first.stop();
    appendFileSync(join(dataDir, FILE), '{"finding":{"code":"Z99"}}\nhalf a li');

    const second = await startTestHub(t, "", { dataDir });

    assert.deepEqual(second.hub.guard.findings(), found);
    const told = second.logged.filter(({ message }) => message.includes("cannot be read"));
    assert.partialDeepStrictEqual(told, [{ level: "warn", fields: { lines: 2 } }]);
  });

  it("that are a month old are forgotten", async (t) => {
    const file = fileIn(t);
    const before = openKeeper(file);
    const subject = before.standings.of("edge node", "g/e");
    before.standings.saw(subject, "NBIRTH", Date.now());
    await before.keeper.stop();

    const soon = openKeeper(file, Date.now() + 29 * DAY_MS);
    const late = openKeeper(file, Date.now() + 31 * DAY_MS);

    assert.deepEqual(
      [soon, late].map(({ standings }) => standings.grades().length),
      [1, 0],
    );
  });

  it("of no more than 5000 are kept: those seen last", async (t) => {
    const file = fileIn(t);
    const { keeper, standings } = openKeeper(file);
    for (let at = 0; at < 5100; at += 1) {
      standings.saw(standings.of("edge node", `g/${at}`), "NBIRTH", Date.now() + at);
    }
    await keeper.stop();

    const lines = readFileSync(file, "utf8").trimEnd().split("\n");

    assert.equal(lines.length, 5000);
    assert.match(lines[0] ?? "", /"g\/100"/);
  });

  it("that cannot be kept are told once, and nothing else is lost", async (t) => {
    const file = fileIn(t);
    mkdirSync(file);
    const { keeper, lines } = openKeeper(file);

    await keeper.stop();

    assert.deepEqual(
      lines.map(({ level, message }) => [level, message]),
      [
        ["warn", "kept findings and grades cannot be read; they begin anew"],
        ["error", "findings and grades could not be kept on disk"],
      ],
    );
  });

  it("leave an empty file alone", (t) => {
    const file = fileIn(t);
    writeFileSync(file, "");

    const { lines, ledger } = openKeeper(file);

    assert.deepEqual([lines.length, ledger.findings().length], [0, 0]);
  });
});

describe("grades since a time", () => {
  it("count what was kept and broken since then, nothing of before", () => {
    const standings = new Standings();
    const subject = standings.of("edge node", "g/e");
    standings.saw(subject, "NBIRTH", 1000);
    standings.broke(subject, { code: "S05", occasion: "NBIRTH", because: "seq 3", at: 1000 });
    standings.saw(subject, "NDEATH", 2000);

    const [all] = standings.grades();
    const [late] = standings.grades(1500);

    assert.ok((all?.broken.length ?? 0) > 0);
    assert.deepEqual(late?.broken, []);
    assert.ok(late.notSeen.some((id) => id.includes("nbirth")));
    assert.ok(!late.fine.some((id) => id.includes("nbirth-seq")));
    assert.ok((all?.notSeen.length ?? 0) < late.notSeen.length);
  });
});
