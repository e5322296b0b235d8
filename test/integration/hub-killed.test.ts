/** A hub that is killed with `kill -9` and started again: what it says of commands under way and of plain topics. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { verifyAudit } from "../../hub/src/identity/index.ts";
import { openTree } from "../../hub/src/tree/index.ts";
import { unshub, RunningCommand } from "../support/cli.ts";
import { tempDir } from "../support/hub.ts";
import { keepingLog } from "../support/silent-log.ts";
import { born, JsonReader, plainEdge, PRESS, reading } from "../support/json-plant.ts";

const SETPOINT = `${PRESS}/Setpoint`;
const METRICS = [
  born("Setpoint", 25, { writable: true, range: [0, 350] }),
  born("Running", 1, { writable: false }),
];

const LIVES_ON = {
  clientId: "reader",
  clean: false,
  properties: { sessionExpiryInterval: 3600 },
} as const;

async function startedHub(t: TestContext, file: string) {
  const hub = new RunningCommand(t, ["start", "-c", file]);
  const [, http = ""] = await hub.until(/Page +(http:\/\/127\.0\.0\.1:\d+)\//);
  const [, mqttPort = ""] = await hub.until(/mqtt:\/\/127\.0\.0\.1:(\d+)/);
  await hub.until(/Stop +Ctrl-C/);
  return { hub, http, mqttPort: Number(mqttPort) };
}

const LOOK_MS = 50;

/** What a hub would know that were started now. */
function setpointOnDisk(dataDir: string): unknown {
  const file = join(dataDir, "tree.snapshot");
  const { tree } = openTree({ file, log: keepingLog().log, needsRebirth: () => undefined });
  return tree.metric(tree.find("acme:dallas/line1/press/Setpoint") ?? 0)?.value;
}

/** Nobody has answered it: the hub dies before. */
function writeSetpoint(http: string): Promise<Response | undefined> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ path: SETPOINT, value: 30 });
  const asked = fetch(`${http}/api/ns/write`, { method: "POST", headers, body });
  return asked.catch(() => undefined);
}

it(
  "a hub that was killed says what it does not know of a command, and shows no old value as new",
  { timeout: 60_000 },
  async (t) => {
    const dataDir = tempDir(t);
    const file = join(dataDir, "unshub.yaml");
    writeFileSync(
      file,
      `hub: { dataDir: ${JSON.stringify(dataDir)} }
listeners: { mqtt: { port: 0 }, http: { port: 0 } }
commands: { default: allow, confirmWithin: 1m }
uns: { projection: {} }
`,
    );
    const first = await startedHub(t, file);
    const before = await JsonReader.open(t, first.mqttPort, `${PRESS}/+`, LIVES_ON);
    before.client.on("error", () => undefined); // its hub is killed
    const silent = plainEdge(t, first.mqttPort, { metrics: METRICS, mute: "press" });
    await before.next(SETPOINT);
    silent.edge.node.changed("press", [reading("Running", 2)]);
    await before.heard.find(({ topic, text }) => topic.endsWith("Running") && text.includes(":2,"));
    const unheard = writeSetpoint(first.http);
    await silent.asked.next();
    first.hub.signal("SIGKILL");
    await first.hub.end();
    await silent.edge.stop();
    assert.equal(await unheard, undefined);

    const second = await startedHub(t, file);
    const after = await JsonReader.open(t, second.mqttPort, undefined, LIVES_ON);
    const doubted = await after.heard.find(
      ({ topic, text }) => topic === SETPOINT && text.includes("Uncertain"),
    );
    const stranger = await JsonReader.open(t, second.mqttPort, SETPOINT);
    const kept = await stranger.json(SETPOINT);
    const listed = await (await fetch(`${second.http}/api/v1/commands`)).json();
    const printed = await unshub("commands", "--url", second.http);
    const awake = plainEdge(t, second.mqttPort, { metrics: METRICS });
    const told = await after.heard.find(
      ({ topic, text }) => topic === SETPOINT && text.includes("Good"),
    );
    const late = await JsonReader.open(t, second.mqttPort, SETPOINT);

    assert.partialDeepStrictEqual(JSON.parse(doubted.text), { value: 25 });
    assert.partialDeepStrictEqual(kept, { value: 25, quality: "Uncertain" });
    assert.partialDeepStrictEqual(listed, {
      commands: [{ path: SETPOINT, asked: 30, outcome: { result: "unknown" } }],
    });
    assert.match(printed.out, /unknown: the hub ended before it was known what came of it/);
    assert.partialDeepStrictEqual(JSON.parse(told.text), { value: 25, quality: "Good" });
    assert.partialDeepStrictEqual(await late.json(SETPOINT), { value: 25, quality: "Good" });
    assert.deepEqual(awake.asked.all, []); // nothing is sent again
    assert.deepEqual(verifyAudit(join(dataDir, "audit.jsonl")), []);
  },
);

it(
  "a hub that was killed has the last values, also those since the last birth",
  { timeout: 60_000 },
  async (t) => {
    const dataDir = tempDir(t);
    const file = join(dataDir, "unshub.yaml");
    const config = `hub: { dataDir: ${JSON.stringify(dataDir)} }
listeners: { mqtt: { port: 0 }, http: { port: 0 } }
uns: { projection: {} }
`;
    writeFileSync(file, config);
    const first = await startedHub(t, file);
    const plant = plainEdge(t, first.mqttPort, { metrics: METRICS });
    const reader = await JsonReader.open(t, first.mqttPort, SETPOINT);
    reader.client.on("error", () => undefined); // its hub is killed
    await reader.next(SETPOINT);
    while (setpointOnDisk(dataDir) !== 25) await delay(LOOK_MS);

    plant.edge.node.changed("press", [reading("Setpoint", 77)]);
    while (setpointOnDisk(dataDir) !== 77) await delay(LOOK_MS);
    first.hub.signal("SIGKILL");
    await first.hub.end();
    await plant.edge.stop();

    const second = await startedHub(t, file);
    const after = await JsonReader.open(t, second.mqttPort, SETPOINT);
    assert.partialDeepStrictEqual(await after.json(SETPOINT), { value: 77, quality: "Uncertain" });
  },
);
