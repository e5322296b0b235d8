/** The black box: recorded at one hub, saved by the command, played against another one. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { BD_SEQ } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";
import { foundBy, playBlackBox } from "../support/black-box.ts";
import { unshub } from "../support/cli.ts";
import { startTestHub, tempDir, type TestHub } from "../support/hub.ts";
import { RawClient } from "../support/mqtt-raw-client.ts";
import { dbirth, message, nbirth, ndeath, speed } from "../support/sparkplug-messages.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/blackbox");
const SILENT_TIMES = { rebirthMs: 3_600_000, rebirthPauseMs: 3_600_000, stateMs: 3_600_000 };

function openHub(t: TestContext, more = ""): Promise<TestHub> {
  return startTestHub(t, "", { guardTimes: SILENT_TIMES, more });
}

function say(client: RawClient, ...messages: readonly PublishedMessage[]): void {
  for (const { topic, payload } of messages)
    client.send({
      cmd: "publish",
      topic,
      payload: Buffer.from(payload),
      qos: 0,
      dup: false,
      retain: false,
    });
}

async function edgeNode(
  hub: TestHub,
  clientId: string,
  protocolVersion: 4 | 5,
): Promise<RawClient> {
  const { topic, payload } = ndeath();
  const will = { topic, payload: Buffer.from(payload), qos: 1, retain: false } as const;
  return await RawClient.connected(hub.mqttPort, { protocolVersion, clientId, will });
}

/** Somebody who is not let in. */
async function stayOut(hub: TestHub): Promise<void> {
  const login = { username: "nobody", password: Buffer.from("not in any file") };
  await using client = await RawClient.connected(hub.mqttPort, { clientId: "nobody", ...login });
  await client.closed;
}

/** What goes wrong in a plant: a lost message, data of nobody, a topic of no type, a death without a word. */
async function trouble(hub: TestHub): Promise<void> {
  await stayOut(hub);
  const edge = await edgeNode(hub, "edge", 4);
  edge.send({
    cmd: "subscribe",
    messageId: 1,
    subscriptions: [{ topic: "spBv1.0/g/NCMD/e", qos: 1 }],
  });
  await edge.take("suback");
  say(edge, nbirth(), dbirth(), speed(1, 2), speed(2, 5), speed(3, 6));
  await edge.settle();
  await using stranger = await RawClient.connected(hub.mqttPort, {
    protocolVersion: 5,
    clientId: "stranger",
  });
  say(
    stranger,
    message("DDATA/nobody/d", [{ name: "x", datatype: "Int32", tellDatatype: true, value: 1 }], 3),
    message("XDATA/nobody", [], 4),
  );
  stranger.publish("recipes/secret", "cocoa", 1, 9);
  await stranger.settle();
  edge.vanish();
  await hub.until(() => hub.hub.tree.online(hub.hub.tree.find("g/e") ?? -1) === false);
}

async function save(t: TestContext, hub: TestHub, ...args: readonly string[]): Promise<string> {
  const file = join(tempDir(t), "box.jsonl");
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const { exitCode, err } = await unshub("blackbox", "save", file, "--url", url, ...args);
  assert.equal(exitCode, 0, err);
  return file;
}

describe("a black box", { timeout: 180_000 }, () => {
  it("played against another hub brings the same findings", async (t) => {
    const hub = await openHub(t);
    await trouble(hub);
    const file = await save(t, hub);

    const other = await openHub(t);
    const played = await playBlackBox(t, other, file);

    assert.deepEqual(foundBy(other), foundBy(hub));
    assert.ok(foundBy(hub).length > 2, foundBy(hub).join("\n"));
    assert.partialDeepStrictEqual(played, { connections: 3, refused: 1, skipped: 0 });
  });

  it("is saved without passwords, and without the payloads that somebody names", async (t) => {
    const hub = await openHub(t, 'blackBox: { redact: ["spBv1.0/g/NDEATH/#"] }');
    await trouble(hub);

    const file = await save(t, hub, "--redact", "recipes/#");
    const text = readFileSync(file, "utf8");
    const all = [...text.matchAll(/"bytes":"([^"]*)"/g)].map(([, bytes = ""]) =>
      Buffer.from(bytes, "base64").toString("latin1"),
    );

    assert.doesNotMatch(all.join(), /not in any file|cocoa/);
    const connect = all.find((bytes) => bytes.includes("MQTT") && bytes.includes("NDEATH"));
    assert.doesNotMatch(connect ?? BD_SEQ, new RegExp(BD_SEQ));
    assert.match(all.join(), /recipes\/secret/);
    assert.match(all.join(), /Motor\/Speed/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("is shown by one command and played by another", async (t) => {
    const hub = await openHub(t);
    await trouble(hub);
    const file = await save(t, hub);
    const other = await openHub(t);

    const shown = await unshub("blackbox", "show", file);
    const url = `mqtt://127.0.0.1:${other.mqttPort}`;
    const played = await unshub("blackbox", "replay", file, "--url", url, "--speed", "max");

    assert.match(shown.out, /Z {2}edge {2}connect 127\.0\.0\.1:\d+ \(\d+ B\)$/m);
    assert.match(shown.out, /Z {2}nobody {2}connect \S+ \(\d+ B, redacted\)$/m);
    assert.match(shown.out, /Z {2}stranger {2}publish recipes\/secret \(\d+ B\)$/m);
    assert.match(shown.out, /Z {2}edge {2}end by network$/m);
    assert.match(shown.out, /Z {2}stranger {2}end by (client 0x00|network)$/m);
    assert.equal(played.exitCode, 0, played.err);
    assert.match(played.out, /^\d+ packets of 3 connections, 1 of which were refused\.$/);
    assert.deepEqual(foundBy(other), foundBy(hub));
  });

  it("has who came before the recording, with what they had subscribed to", async (t) => {
    const hub = await openHub(t, "blackBox: { maxSize: 1MiB }");
    await using reader = await RawClient.connected(hub.mqttPort, { clientId: "reader" });
    await reader.subscribe("news/#", 1);
    await using writer = await RawClient.connected(hub.mqttPort, { clientId: "writer" });
    for (let at = 0; at < 40; at += 1) writer.publish("filler", "x".repeat(40_000));
    writer.publish("news/a", "now", 1, 5);
    await writer.settle();
    const file = await save(t, hub);
    const other = await openHub(t);

    const shown = await unshub("blackbox", "show", file);
    await playBlackBox(t, other, file);
    const url = `http://127.0.0.1:${other.httpPort}`;
    const clients = await unshub("clients", "--json", "--url", url);

    assert.match(shown.out, /reader {2}connect \S+ \(\d+ B, before\)\n.*reader {2}subscribe {2}\(/);
    assert.match(clients.out, /"clientId":"reader".*"sent":1,.*"subscriptions":1/);
    assert.ok(statSync(file).size < 2_000_000);
  });

  it("has the births of edge nodes that were born before the recording", async (t) => {
    const hub = await openHub(t, "blackBox: { maxSize: 1MiB }");
    await using edge = await edgeNode(hub, "edge", 5);
    say(edge, nbirth(), dbirth());
    await edge.settle();
    await using filler = await RawClient.connected(hub.mqttPort, { clientId: "filler" });
    for (let at = 0; at < 40; at += 1) filler.publish("filler", "x".repeat(40_000));
    await filler.settle();
    say(edge, speed(77, 2));
    await edge.settle();
    const file = await save(t, hub);
    const other = await openHub(t);

    await playBlackBox(t, other, file);

    const { tree } = other.hub;
    const id = tree.find("g/e/d/Motor/Speed") ?? -1;
    assert.equal(tree.values.value(id), 77);
    assert.deepEqual(
      foundBy(other).filter((one) => !one.startsWith("S04")),
      foundBy(hub),
    );
  });

  it("says what a file is that is none, and where one is broken", async (t) => {
    const hub = await openHub(t, "blackBox: { record: false }");
    const file = join(tempDir(t), "none.jsonl");
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const none = await unshub("blackbox", "save", file, "--url", url);
    const wrong = await unshub("blackbox", "show", hub.file);

    assert.equal(none.exitCode, 1);
    assert.match(none.err, /there is no black box: blackBox\.record is false/);
    assert.equal(existsSync(file), false);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.err, /line 1: this is no black box of version 1/);
  });
});

describe("recordings of plants", { timeout: 180_000 }, () => {
  for (const name of readdirSync(FIXTURES)) {
    it(`bring what was found then: ${name}`, async (t) => {
      const hub = await openHub(t);

      await playBlackBox(t, hub, join(FIXTURES, name, "recording.jsonl"));

      const expected: unknown = JSON.parse(
        readFileSync(join(FIXTURES, name, "findings.json"), "utf8"),
      );
      assert.deepEqual(foundBy(hub), expected);
    });
  }
});
