/** A part of the plant told again: by the command, to real subscribers of a real hub. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { decodePayload, encodePayload, readTopic } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { RunningCommand, unshub } from "../support/cli.ts";
import { Inbox } from "../support/mqtt-inbox.ts";
import {
  JsonReader,
  PRESS,
  READ_AT,
  reading,
  saidBy,
  startJsonPlant,
  writer,
  type JsonPlant,
} from "../support/json-plant.ts";

const PATH = "acme%3Adallas/line1/press";

interface Said {
  readonly topic: string;
  readonly type: string;
  readonly payload: ReturnType<typeof decodePayload>;
}

/** Hears all of Sparkplug. */
async function host(
  t: TestContext,
  port: number,
): Promise<{ client: MqttClient; said: Inbox<Said> }> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
  t.after(() => client.endAsync(true));
  const said = new Inbox<Said>();
  client.on("message", (topic, payload) => {
    const read = readTopic(topic);
    if (read.kind !== "sparkplug" || read.topic.kind === "state") return;
    said.push({ topic, type: read.topic.type, payload: decodePayload(payload) });
  });
  await client.subscribeAsync("spBv1.0/#", { qos: 0 });
  return { client, said };
}

/** Resolves when the hub has them. */
async function say(
  { edge, hub: { hub, until } }: JsonPlant,
  ...values: readonly (readonly [value: number, afterMs: number])[]
): Promise<void> {
  for (const [value, afterMs] of values)
    edge.node.changed("press", [reading("Setpoint", value, READ_AT + afterMs)]);
  const id = hub.tree.find(`${PATH}/Setpoint`) ?? -1;
  await until(() => hub.tree.values.value(id) === values.at(-1)?.[0]);
}

function command(plant: JsonPlant, ...args: readonly string[]): readonly string[] {
  return ["replay", ...args, "--url", `http://127.0.0.1:${plant.hub.httpPort}`];
}

const ALL = ["--from", String(READ_AT), "--to", String(READ_AT + 3000)];

describe("a part of the plant told again", { timeout: 180_000 }, () => {
  it("comes to hosts as an edge node of its own, its values historical and in order", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    await say(plant, [30, 1000], [31, 2000], [32, 3000]);
    const { said } = await host(t, plant.port);
    const found = plant.hub.hub.guard.findings().length;

    const told = await unshub(...command(plant, PATH, ...ALL, "--speed", "100"));
    await said.find(({ topic, type }) => type === "NDEATH" && topic.endsWith("line1.replay"));

    assert.equal(told.exitCode, 0, told.err);
    assert.match(told.out, /historical x100 {2}done, 6 values of 3 metrics, up to 2023-/);
    const own = said.all.filter(({ topic }) => topic.includes("/line1.replay"));
    const types = own.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 2), ["NBIRTH", "DBIRTH"]);
    assert.deepEqual(types.slice(-2), ["DDEATH", "NDEATH"]);
    assert.deepEqual([...new Set(types.slice(2, -2))], ["DDATA"]);
    const seqs = own.slice(0, -1).map(({ payload }) => Number(payload.seq));
    assert.deepEqual(
      seqs,
      seqs.map((_, at) => at),
    );
    const values = own
      .filter(({ type }) => type === "DDATA")
      .flatMap(({ payload }) => payload.metrics)
      .map(({ isHistorical, timestamp }) => [isHistorical, Number(timestamp)] as const);
    assert.equal(values.length, 6);
    assert.ok(values.every(([isHistorical]) => isHistorical));
    assert.deepEqual(
      values.map(([, at]) => at),
      values.map(([, at]) => at).toSorted((a, b) => a - b),
    );
    const { tree, guard } = plant.hub.hub;
    assert.equal(tree.find("acme%3Adallas/line1.replay"), undefined);
    assert.equal(guard.findings().length, found);
    const live = said.all.filter(({ topic }) => topic.includes("/line1/"));
    assert.ok(live.flatMap(({ payload }) => payload.metrics).every((one) => !one.isHistorical));
  });

  it("gives births to who asks for them, and ends when it is told to", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    await say(plant, [30, 1000], [31, 3_600_000]);
    const { client, said } = await host(t, plant.port);
    const range = ["--from", String(READ_AT), "--to", String(READ_AT + 3_600_000)];
    const running = new RunningCommand(t, command(plant, PATH, ...range));
    await said.find(({ type }) => type === "DDATA");

    const rebirth = encodePayload({
      metrics: [
        { name: "Node Control/Rebirth", datatype: "Boolean", tellDatatype: true, value: true },
      ],
    });
    await client.publishAsync("spBv1.0/acme:dallas/NCMD/line1.replay", Buffer.from(rebirth));
    await said.find(({ type, topic }) => type === "NBIRTH" && topic.endsWith("line1.replay"));
    const second = await unshub(...command(plant, PATH, ...range));
    const list = await unshub(...command(plant, "--list"));
    const code = await running.interrupt();
    await said.find(({ topic, type }) => type === "NDEATH" && topic.endsWith("line1.replay"));

    assert.equal(second.exitCode, 1);
    assert.match(second.err, /the edge node acme:dallas\/line1\.replay is there already/);
    assert.match(list.out, /^1 {2}acme%3Adallas\/line1\/press {2}historical x1 {2}running/);
    assert.equal(code, 0);
    assert.match(running.out, /stopped, \d+ values of 3 metrics/);
    const trail = readFileSync(join(dirname(plant.hub.file), "audit.jsonl"), "utf8");
    assert.match(trail, /"action":"start replay","object":"acme%3Adallas\/line1\/press"/);
    assert.match(trail, /"action":"stop replay"/);
  });

  it("stands under a prefix, at the pace that is asked for, and is retained nowhere", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    await say(plant, [30, 1000], [31, 6000]);
    const reader = await JsonReader.open(t, plant.port, "sandbox/#");
    const range = ["--from", String(READ_AT + 1), "--to", String(READ_AT + 9000)];
    const how = ["--as", "sandbox", "--prefix", "sandbox/monday", "--speed", "10"];

    const onLive = await unshub(
      ...command(plant, PATH, ...range, "--as", "sandbox", "--prefix", PRESS),
    );
    const began = performance.now(); // the first one may be read late
    const telling = unshub(...command(plant, PATH, ...range, ...how));
    const first = await reader.heard.next();
    const second = await reader.heard.next();
    const waited = performance.now() - began;
    const told = await telling;
    const late = await JsonReader.open(t, plant.port, "sandbox/#");
    await saidBy(await writer(t, plant.port), "sandbox/end", "");
    const after = await late.heard.next();

    assert.equal(told.exitCode, 0, told.err);
    assert.deepEqual(
      [first, second].map(({ topic, text, retain }) => [topic, JSON.parse(text), retain]),
      [30, 31].map((value, index) => [
        `sandbox/monday/${PRESS}/Setpoint`,
        {
          value,
          timestamp: new Date(READ_AT + (index === 0 ? 1000 : 6000)).toISOString(),
          quality: "Good",
        },
        false,
      ]),
    );
    assert.ok(
      waited > 450,
      `${waited} ms until the second, 5 s after the first, ten times as fast`,
    );
    assert.equal(after.topic, "sandbox/end");
    assert.match(onLive.err, /below "acme\/dallas\/line1\/press" is what the plant says now/);
  });

  it("says why it cannot be", async (t) => {
    const plant = await startJsonPlant(t, undefined);
    const cases = [
      [["nowhere"], 1, /no metric with a history at or below "nowhere"/],
      [[PATH, ...ALL, "--as", "sandbox"], 1, /there are no plain topics: uns\.projection/],
      [[PATH, ...ALL, "--as", "sandbox", "--prefix", "spBv1.0/x"], 1, /is no prefix of topics/],
      [[PATH, ...ALL, "--speed", "1000"], 2, /--speed 1000: a number from 1 to 100/],
      [["--stop", "7"], 1, /there is no replay 7/],
      [[], 2, /one PATH, please/],
    ] as const;

    for (const [args, code, words] of cases) {
      const { exitCode, err } = await unshub(...command(plant, ...args));
      assert.equal(exitCode, code, args.join(" "));
      assert.match(err, words);
    }
  });
});
