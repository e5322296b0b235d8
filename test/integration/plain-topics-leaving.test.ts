/** Paths that leave the plant, places that two want, and what a hub that starts again makes of its plain topics. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  born,
  type Heard,
  JsonReader,
  plainEdge,
  PRESS,
  startJsonHub,
  startJsonPlant,
} from "../support/json-plant.ts";
import { tempDir, type TestHub } from "../support/hub.ts";

async function asked(hub: TestHub, path: string): Promise<unknown> {
  return await (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).json();
}

function cleared(dataDir: string): readonly { because: string; topics: readonly string[] }[] {
  const lines = readFileSync(join(dataDir, "uns-cleared.jsonl"), "utf8").trim().split("\n");
  return lines.map((line): { because: string; topics: readonly string[] } => JSON.parse(line));
}

const PERSISTENT = { clientId: "mes", clean: false, properties: { sessionExpiryInterval: 3600 } };

describe("a path that leaves the plant", { timeout: 180_000 }, () => {
  it("is cleared, and stands in the list, the log and the answer of the API", async (t) => {
    const dataDir = tempDir(t);
    const { port, edge, hub } = await startJsonPlant(t, "{}", { dataDir });
    const reader = await JsonReader.open(t, port, `${PRESS}/+`);
    await reader.next(`${PRESS}/Running`);

    edge.node.born("press", [born("Setpoint", 26, { writable: true })]);
    const gone = await reader.heard.find(({ text }) => text === "");
    const late = await JsonReader.open(t, port, `${PRESS}/+`);
    await late.next(`${PRESS}/Setpoint`);
    const answer = await asked(hub, "/api/v1/uns/cleared");

    const topics = [`${PRESS}/Hydraulics/Pressure`, `${PRESS}/Running`];
    assert.deepEqual([gone.topic, gone.retain], [`${PRESS}/Running`, false]);
    assert.ok(!late.heard.all.some(({ topic }) => topics.includes(topic)));
    assert.deepEqual(cleared(dataDir)[0]?.topics.toSorted(), topics);
    assert.partialDeepStrictEqual(answer, { batches: [{ count: 2 }] });
    assert.ok(hub.logged.some(({ message }) => message === "plain topics cleared"));
  });

  it("is cleared with everything of a device that an administrator removed", async (t) => {
    const dataDir = tempDir(t);
    const { port, edge, hub } = await startJsonPlant(t, "{}", { dataDir });
    const reader = await JsonReader.open(t, port, "acme/#");
    await reader.next(`${PRESS}/Running`);
    await edge.stop();
    await reader.heard.find(({ text }) => text.includes("Uncertain"));

    const at = `http://127.0.0.1:${hub.httpPort}/api/v1/certificates/acme%3Adallas/line1/press`;
    const removed = await fetch(at, { method: "DELETE" });
    const empty = new Set<string>();
    while (empty.size < 9) empty.add((await reader.heard.find(({ text }) => text === "")).topic);

    const leaves = ["_model", "_state", "_violations"];
    const names = ["Hydraulics/Pressure", "Running", "Setpoint", ...leaves];
    const levels = ["acme", "acme/dallas", "acme/dallas/line1"];
    const gone = [
      ...names.map((name) => `${PRESS}/${name}`),
      ...levels.map((level) => `${level}/_violations`), // nothing stands below them any more
    ].toSorted();
    assert.ok(removed.ok, await removed.text());
    assert.deepEqual([...empty].toSorted(), gone);
    assert.deepEqual(
      cleared(dataDir)
        .flatMap(({ topics }) => topics)
        .toSorted(),
      gone,
    );
  });
});

describe("a hub that is started again", { timeout: 180_000 }, () => {
  it("has its plain topics at once, uncertain until the plant is heard again", async (t) => {
    const dataDir = tempDir(t);
    const first = await startJsonPlant(t, "{}", { dataDir });
    await first.edge.stop();
    await first.hub.stop();

    const second = await startJsonHub(t, dataDir, "  projection: {}\n");
    const reader = await JsonReader.open(t, second.mqttPort, `${PRESS}/+`);
    const value = await reader.json(`${PRESS}/Setpoint`);

    assert.partialDeepStrictEqual(value, { value: 25, quality: "Uncertain" });
  });

  it("clears what another configuration had published, for sessions that lived on", async (t) => {
    const dataDir = tempDir(t);
    const first = await startJsonPlant(t, "{}", { dataDir });
    const before = await JsonReader.open(t, first.port, "#", PERSISTENT);
    await before.next(`${PRESS}/Running`);
    await before.client.endAsync();
    await first.edge.stop();
    await first.hub.stop();

    const moved = "  placement: [{ method: levels, enterprise: other }]\n  projection: {}\n";
    const second = await startJsonHub(t, dataDir, moved);
    const after = await JsonReader.open(t, second.mqttPort, undefined, PERSISTENT);
    const gone = (): Heard | undefined =>
      after.heard.all.find(({ topic, text }) => topic === `${PRESS}/Running` && text === "");
    const moving = "other/acme:dallas/line1/press/Running";
    const hasMoved = (): boolean => after.heard.all.some(({ topic }) => topic === moving);
    await after.heard.find(() => gone() !== undefined && hasMoved()); // in whatever order

    assert.equal(gone()?.qos, 1);
    assert.equal(cleared(dataDir)[0]?.because, "uns.placement or uns.projection was changed");
    assert.equal(cleared(dataDir)[0]?.topics.length, 9);
  });

  it("clears everything when plain topics are turned off, and nothing twice", async (t) => {
    const dataDir = tempDir(t);
    const first = await startJsonPlant(t, "{}", { dataDir });
    await first.edge.stop();
    await first.hub.stop();

    for (let life = 0; life < 2; life += 1) {
      const hub = await startJsonHub(t, dataDir, "");
      await hub.stop();
    }

    assert.equal(cleared(dataDir).length, 1);
  });
});

describe("two devices that want one place", { timeout: 180_000 }, () => {
  it("are both published, one of them unplaced, and told in a finding and its topic", async (t) => {
    const placement = '  placement: [{ method: map, path: "acme/{device}" }]\n';
    const { port, hub } = await startJsonPlant(t, "{}", { placement });
    const findings = await JsonReader.open(t, port, "$UNS/findings/U02/#");
    plainEdge(t, port, { edgeNode: "line2", metrics: [born("Setpoint", 7)] });
    const reader = await JsonReader.open(t, port, "unplaced/#");

    const other = await reader.json("unplaced/acme:dallas/line2/press/Setpoint");
    const finding = await findings.heard.next();
    const answer = await asked(hub, "/api/v1/findings");

    assert.partialDeepStrictEqual(other, { value: 7 });
    assert.match(finding.text, /acme:dallas\/line1\/press stands at acme\/press already/);
    assert.match(JSON.stringify(answer), /"code":"U02".*acme:dallas\/line2\/press/);
  });
});
