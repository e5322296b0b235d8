/** What people do with Mosquitto's command line clients every day, in each version of MQTT. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unique } from "../support/mqtt-suite.ts";
import {
  mosquittoPub,
  mosquittoSub,
  type MosquittoSub,
  SKIP_WITHOUT_MOSQUITTO,
} from "../support/mqtt-mosquitto.ts";
import { startServerUnderTest } from "../support/server-under-test.ts";

/** The next lines, sorted: clients print messages of different topics in any order. */
async function linesOf(sub: MosquittoSub, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  while (lines.length < count) lines.push(await sub.lines.next());
  return lines.toSorted();
}

/** A subscriber that has subscribed for sure: a retained message on a topic of its own was its first line. */
async function subscribed(
  port: number,
  version: string,
  ...args: readonly string[]
): Promise<MosquittoSub> {
  const ready = unique("ready");
  await mosquittoPub(port, "-t", ready, "-m", "ready", "-r", "-q", "1");
  const sub = await mosquittoSub(port, "-V", version, "-v", "-t", ready, ...args);
  assert.match(await sub.lines.next(), /ready$/);
  return sub;
}

for (const version of ["mqttv31", "mqttv311", "mqttv5"]) {
  /** What makes a session last: in MQTT 5 its expiry besides. */
  const lasting = version === "mqttv5" ? ["-c", "-x", "300"] : ["-c"];

  describe(
    `mosquitto_pub and mosquitto_sub with ${version}`,
    {
      skip: SKIP_WITHOUT_MOSQUITTO,
      timeout: 180_000,
    },
    () => {
      it("pass messages of each QoS", async () => {
        await using server = await startServerUnderTest();
        const { port } = server.tcp;
        const base = unique("m");
        await using sub = await subscribed(
          port,
          version,
          "-t",
          `${base}/q`,
          "-q",
          "2",
          "-F",
          "%q %p",
        );

        for (const qos of ["0", "1", "2"]) {
          await mosquittoPub(port, "-V", version, "-t", `${base}/q`, "-m", `qos${qos}`, "-q", qos);
        }

        assert.deepEqual(await linesOf(sub, 3), ["0 qos0", "1 qos1", "2 qos2"]);
      });

      it("keep a retained message for who comes later, until an empty one removes it", async () => {
        await using server = await startServerUnderTest();
        const { port } = server.tcp;
        const base = unique("m");
        const retained = ["-V", version, "-t", `${base}/kept`, "-r", "-q", "1"];
        await mosquittoPub(port, ...retained, "-m", "kept");
        await using before = await mosquittoSub(port, "-V", version, "-v", "-t", `${base}/#`);
        assert.equal(await before.lines.next(), `${base}/kept kept`);

        await mosquittoPub(port, ...retained, "-n");
        await using after = await subscribed(port, version, "-t", `${base}/#`);
        await mosquittoPub(port, "-t", `${base}/end`, "-m", "end", "-q", "1");

        assert.equal(await after.lines.next(), `${base}/end end`, "nothing retained came before");
      });

      it("find what came while a persistent subscriber was away", async () => {
        await using server = await startServerUnderTest();
        const { port } = server.tcp;
        const base = unique("m");
        const persistent = [...lasting, "-i", unique("s"), "-q", "1", "-t", `${base}/data`];
        const first = await subscribed(port, version, ...persistent);
        await first.kill();

        for (const payload of ["one", "two", "three"]) {
          await mosquittoPub(port, "-V", version, "-t", `${base}/data`, "-m", payload, "-q", "1");
        }
        await using again = await mosquittoSub(port, "-V", version, "-v", ...persistent);

        const lines = [
          await again.lines.next(),
          await again.lines.next(),
          await again.lines.next(),
        ];
        assert.deepEqual(
          lines,
          ["one", "two", "three"].map((payload) => `${base}/data ${payload}`),
        );
      });

      it("see the Will of a client that was killed, not of one that took its leave", async () => {
        await using server = await startServerUnderTest();
        const { port } = server.tcp;
        const base = unique("m");
        const will = (name: string): readonly string[] =>
          `--will-topic ${base}/will --will-payload ${name} --will-qos 1`.split(" ");
        await using watcher = await subscribed(port, version, "-t", `${base}/will`, "-q", "1");
        const leaving = await subscribed(port, version, ...will("left"), "-C", "1"); // leaves after a message
        const dying = await subscribed(port, version, ...will("killed"));

        await leaving.ended;
        await dying.kill();

        assert.equal(await watcher.lines.next(), `${base}/will killed`);
      });

      it("match wildcards", async () => {
        await using server = await startServerUnderTest();
        const { port } = server.tcp;
        const base = unique("m");
        await using one = await subscribed(port, version, "-t", `${base}/+/temperature`, "-q", "1");
        await using all = await subscribed(port, version, "-t", `${base}/line/#`, "-q", "1");
        const topics = ["line/temperature", "oven/temperature", "line/a/temperature", "oven/speed"];

        for (const topic of [...topics, "line/temperature"]) {
          await mosquittoPub(port, "-V", version, "-t", `${base}/${topic}`, "-m", "x", "-q", "1");
        }

        assert.deepEqual(
          await linesOf(one, 3),
          ["line/temperature", "line/temperature", "oven/temperature"].map(
            (topic) => `${base}/${topic} x`,
          ),
        );
        assert.deepEqual(
          await linesOf(all, 3),
          ["line/a/temperature", "line/temperature", "line/temperature"].map(
            (topic) => `${base}/${topic} x`,
          ),
        );
      });
    },
  );
}
