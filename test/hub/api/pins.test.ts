/** Pins for everybody, over HTTP: who shares them, who sees them, and where they are kept. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { dataFiles } from "../../../hub/src/backup/data-files.ts";
import { PASSWORD, startClosedHub, Visit, type ClosedHub } from "../../support/http-hub.ts";
import { startTestHub, tempDir } from "../../support/hub.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

const PINS = "/api/v1/pins";
const SPEED = "g/e/d/Motor/Speed";
const shared = z.object({ paths: z.array(z.string()) });
const told = z.object({ detail: z.string() });
const trail = z.object({
  lines: z.array(z.object({ action: z.string(), actor: z.string(), result: z.string() })),
});

/** A hub with a device, an engineer for it, and readers of this and of another group. */
async function plant(t: TestContext, dataDir = tempDir(t)) {
  const hub = await startClosedHub(t, "", { dataDir });
  await hub.putUser("node", "viewer", ["node g/e"]);
  await hub.putUser("erik", "engineer", ["read g"]);
  await hub.putUser("vera", "viewer", ["read g/e"]);
  await hub.putUser("otto", "engineer", ["read h"]);
  await hub.putUser("olga", "operator", ["read *"]);
  const login = { clientId: "node", username: "node", password: PASSWORD };
  const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, login);
  t.after(() => client.endAsync(true));
  for (const { topic, payload } of [nbirth(), dbirth()])
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  return hub;
}

type Place = Pick<ClosedHub, "url">;

async function come({ url }: Place, name: string): Promise<Visit> {
  const visit = new Visit(url);
  await visit.signIn(name, PASSWORD);
  return visit;
}

const seenBy = async (hub: Place, name: string) =>
  shared.parse(await (await come(hub, name)).json("GET", PINS)).paths;

const change = async (hub: Place, name: string, body: object) =>
  await (await come(hub, name)).ask("POST", PINS, body);

describe("shared pins", () => {
  it("are shared by who may change things, and seen by everybody who may read them", async (t) => {
    const hub = await plant(t);

    const answer = await change(hub, "erik", { add: ["g/e", SPEED, SPEED] });

    assert.deepEqual(shared.parse(await answer.json()).paths, ["g/e", SPEED]);
    assert.deepEqual(await seenBy(hub, "vera"), ["g/e", SPEED]);
    assert.deepEqual(await seenBy(hub, "otto"), []);
    assert.equal((await change(hub, "olga", { add: ["g"] })).status, 403);
    const lost = await change(hub, "erik", { add: ["g/none"] });
    assert.equal(lost.status, 404);
    assert.match(told.parse(await lost.json()).detail, /there is no "g\/none"/);
    const { lines } = trail.parse(await hub.admin.json("GET", "/api/v1/audit"));
    const mine = lines.filter(({ action }) => action === "shared pins changed");
    assert.deepEqual(
      mine.map(({ actor }) => actor),
      ["user:erik"],
    );
  });

  it("that could not be kept are told as failed on the audit trail, and hold for nobody", async (t) => {
    const dataDir = tempDir(t);
    const hub = await plant(t, dataDir);
    mkdirSync(join(dataDir, "shared-pins.json.new")); // no file can be written there

    const answer = await change(hub, "erik", { add: [SPEED] });

    assert.equal(answer.status, 500);
    assert.deepEqual(await seenBy(hub, "erik"), []);
    const { lines } = trail.parse(await hub.admin.json("GET", "/api/v1/audit"));
    const mine = lines.filter(({ action }) => action === "shared pins changed");
    assert.deepEqual(mine.map(({ result }) => result).toSorted(), ["done", "failed"]);
  });

  it("are taken away only by who may read them", async (t) => {
    const hub = await plant(t);
    await change(hub, "erik", { add: ["g/e", SPEED] });

    const other = await change(hub, "otto", { remove: [SPEED] });
    assert.equal(other.status, 200);
    assert.deepEqual(await seenBy(hub, "vera"), ["g/e", SPEED]);
    const mine = await change(hub, "erik", { remove: [SPEED] });

    assert.deepEqual(shared.parse(await mine.json()).paths, ["g/e"]);
    assert.deepEqual(await seenBy(hub, "vera"), ["g/e"]);
  });

  it("are kept over a restart, also for rows that are not there yet, and are part of a backup", async (t) => {
    const dataDir = tempDir(t);
    const first = await plant(t, dataDir);
    await change(first, "erik", { add: [SPEED] });
    await first.stop();
    const file = join(dataDir, "shared-pins.json");
    const paths = ["g/e/later/x", ...shared.parse(JSON.parse(readFileSync(file, "utf8"))).paths];
    writeFileSync(file, JSON.stringify({ version: 1, paths }));

    const more = "identity: { anonymous: none }";
    const again = await startTestHub(t, "", { dataDir, more });

    const url = `http://127.0.0.1:${again.httpPort}`;
    assert.deepEqual(await seenBy({ url }, "vera"), ["g/e/later/x", SPEED]);
    assert.deepEqual(await seenBy({ url }, "otto"), []);
    assert.ok(dataFiles(dataDir).includes("shared-pins.json"));
  });

  it("are not shared at all, and not overwritten, while their file cannot be read", async (t) => {
    const dataDir = tempDir(t);
    const file = join(dataDir, "shared-pins.json");
    writeFileSync(file, "{ half");
    const hub = await plant(t, dataDir);

    const answer = await change(hub, "erik", { add: [SPEED] });

    assert.equal(answer.status, 409);
    assert.match(
      told.parse(await answer.json()).detail,
      /shared-pins\.json cannot be read: .*delete it/s,
    );
    assert.equal(readFileSync(file, "utf8"), "{ half");
    assert.deepEqual(await seenBy(hub, "vera"), []);
  });
});
