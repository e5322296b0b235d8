import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shortDuration, textTable } from "../../../hub/src/cli/text-table.ts";
import { unshub } from "../../support/cli.ts";
import { startTestHub } from "../../support/hub.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

describe("unshub clients", { timeout: 180_000 }, () => {
  it("lists who is connected and who is away, in columns", async (t) => {
    const { mqttPort, httpPort, url } = await hubWith(t);
    await using line = await RawClient.connected(mqttPort, { clientId: "line-1" });
    await line.subscribe("a/#");
    line.publish("a/b", "x");
    await line.take("publish");
    await leave(mqttPort, "historian");
    line.publish("h/1", "waits", 1);
    await line.take("puback");

    const { exitCode, out } = await unshub("clients", "--url", url);

    assert.equal(exitCode, 0);
    const [head, ...rows] = out.split("\n").map((row) => row.split(/ {2,}/));
    assert.deepEqual(head, "CLIENT ADDRESS MQTT SINCE SUBS IN OUT QUEUED DROPPED".split(" "));
    const [historian, line1] = rows.filter(([id]) => id === "historian" || id === "line-1");
    assert.deepEqual(historian?.slice(0, 3), ["historian", "away", "3.1.1"]);
    assert.deepEqual(historian?.slice(4), ["1", "0", "0", "1", "0"]);
    assert.match(line1?.[1] ?? "", /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(line1?.slice(4), ["1", "2", "1", "0", "0"]);
    assert.notEqual(httpPort, 0);
  });

  it("prints one JSON line per client, however many there are", async (t) => {
    const { mqttPort, url } = await hubWith(t);
    await using one = await RawClient.connected(mqttPort, { clientId: "a" });
    await using two = await RawClient.connected(mqttPort, { clientId: "b" });
    await Promise.all([one.ping(), two.ping()]);

    const { out } = await unshub("clients", "list", "--json", "--url", url);
    const pageOfOne = await fetch(`${url}/api/v1/clients?limit=1`);

    const ids = out.split("\n").map((line) => Object(JSON.parse(line)).clientId);
    assert.deepEqual(ids, ["a", "b"]);
    assert.equal(Object(await pageOfOne.json()).more, true);
    const rest = await fetch(`${url}/api/v1/clients?limit=1&after=a`);
    assert.equal(Object(await rest.json()).clients[0].clientId, "b");
  });

  it("shows one client with its subscriptions and its Will", async (t) => {
    const { mqttPort, url } = await hubWith(t);
    const will = { topic: "gone", payload: Buffer.from("x"), qos: 1 as const, retain: false };
    await using client = await RawClient.connected(mqttPort, { clientId: "Halle 3/Presse", will });
    await client.subscribe("a/#", 1);

    const { exitCode, out } = await unshub("clients", "show", "Halle 3/Presse", "--url", url);

    assert.equal(exitCode, 0);
    assert.match(out, /^client +Halle 3\/Presse$/m);
    assert.match(out, /^state +connected since 20/m);
    assert.match(out, /^session +ends with the connection$/m);
    assert.match(out, /^will +gone$/m);
    assert.match(out, /^subscribes +a\/# \(QoS 1\)$/m);
  });

  it("writes out what could move the cursor of a terminal", async (t) => {
    const { mqttPort, url } = await hubWith(t);
    const evil = "evil\u001b[2J\u202eback";
    await using client = await RawClient.connected(mqttPort, { clientId: evil });
    await client.ping();

    const list = await unshub("clients", "--url", url);
    const show = await unshub("clients", "show", evil, "--url", url);

    for (const { out } of [list, show]) {
      assert.match(out, /evil\\u001b\[2J\\u202eback/);
      assert.ok(!out.includes("\u001b") && !out.includes("\u202e"));
    }
  });

  it("sends a client off, and keeps its session unless told otherwise", async (t) => {
    const { mqttPort, url } = await hubWith(t);
    const stays = { clientId: "c", clean: false };
    await using client = await RawClient.connected(mqttPort, stays);
    await client.subscribe("a");

    const first = await unshub("clients", "kick", "c", "--url", url);
    await client.closed;
    await using again = await RawClient.open(mqttPort);
    const { sessionPresent } = await again.connect(stays);
    const second = await unshub("clients", "kick", "c", "--end-session", "--url", url);
    await again.closed;
    const third = await unshub("clients", "kick", "c", "--url", url);

    assert.deepEqual([first.exitCode, second.exitCode, third.exitCode], [0, 0, 1]);
    assert.equal(first.out, "c was disconnected; its session is kept.");
    assert.equal(sessionPresent, true);
    assert.equal(second.out, "c was disconnected; its session has ended.");
    assert.equal(third.err, 'there is no client "c"');
  });

  it("says of a session without a client that nobody is there to be sent off", async (t) => {
    const { mqttPort, url } = await hubWith(t);
    await leave(mqttPort, "historian");

    const { exitCode, err } = await unshub("clients", "kick", "historian", "--url", url);

    assert.equal(exitCode, 1);
    assert.match(err, /"historian" is not connected; only its session is left/);
  });

  it("sends nobody off where nobody may change anything", async (t) => {
    const { mqttPort, url } = await hubWith(t, "identity: { anonymous: read }");
    await using client = await RawClient.connected(mqttPort, { clientId: "c" });

    const { exitCode, err } = await unshub("clients", "kick", "c", "--url", url);

    assert.equal(exitCode, 1);
    assert.match(err, /identity\.anonymous is read/);
    await client.ping();
  });

  for (const args of [["show"], ["kick"], ["list", "x"], ["fly"], ["show", "a", "b"]]) {
    it(`is the caller's mistake with: ${args.join(" ")}`, async () => {
      const { exitCode, err } = await unshub("clients", ...args);

      assert.equal(exitCode, 2);
      assert.match(err, /unshub clients \[list \| show ID \| kick ID/);
    });
  }
});

describe("a table for people", () => {
  it("has aligned columns, and lets what is too wide stand out", () => {
    const long = "x".repeat(50);

    const table = textTable(
      [
        ["NAME", "left"],
        ["N", "right"],
      ],
      [
        ["a", "1"],
        [long, "100"],
      ],
    );

    assert.deepEqual(table, [
      `NAME${" ".repeat(36)}    N`,
      `a${" ".repeat(39)}    1`,
      `${long}  100`,
    ]);
  });

  const durations: readonly (readonly [number, string])[] = [
    [-5, "0s"],
    [0, "0s"],
    [59_999, "59s"],
    [60_000, "1m"],
    [61_000, "1m 1s"],
    [3_600_000 * 5 + 60_000 * 7, "5h 7m"],
    [86_400_000 * 3, "3d"],
  ];
  for (const [ms, text] of durations) {
    it(`says ${text} for ${ms} ms`, () => {
      assert.equal(shortDuration(ms), text);
    });
  }
});

async function hubWith(t: Parameters<typeof startTestHub>[0], more = "") {
  const hub = await startTestHub(t, "", { more });
  return { ...hub, url: `http://127.0.0.1:${hub.httpPort}` };
}

/** A session that is left behind with a subscription to `h/#`. */
async function leave(port: number, clientId: string): Promise<void> {
  await using client = await RawClient.connected(port, { clientId, clean: false });
  await client.subscribe("h/#", 1);
  client.send({ cmd: "disconnect" });
  await client.closed;
}
