import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import {
  bdSeqOf,
  decodePayload,
  deviceCommand,
  metricValue,
  type Payload,
} from "@unshub/sparkplug";
import { startBroker, type PublishedMessage } from "../../../hub/src/broker/index.ts";
import { Supervisor } from "../../../hub/src/supervisor/index.ts";
import { keepingLog } from "../../support/silent-log.ts";

const ROGUE_WORKER = new URL("../../support/rogue-adapter-worker.ts", import.meta.url);

/** A broker with supervised rogue adapters, each an edge node `g/<name>`, and everything that was published. */
async function openSupervisor(t: TestContext, names: readonly string[], dataDir = tempDir(t)) {
  const published: PublishedMessage[] = [];
  let wake: (() => void) | undefined;
  const { log, lines } = keepingLog(() => wake?.());
  const broker = await startBroker({
    id: "test",
    listeners: [],
    log,
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
    watcherOf: () => (message) => {
      published.push({ ...message, payload: Uint8Array.from(message.payload) });
      wake?.();
      return undefined;
    },
  });
  const entries = names.map((name) => ({
    name,
    protocol: "rogue",
    groupId: "g",
    edgeNodeId: name,
    input: {},
  }));
  const supervisor = new Supervisor(entries, {
    hubId: "test",
    dataDir,
    log,
    now: Date.now,
    connect: () => {
      const [ours, brokers] = duplexPair();
      broker.attach(brokers);
      return ours;
    },
    workerEntry: ROGUE_WORKER,
  });
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    await broker.stop();
  };
  t.after(stop);
  supervisor.start();
  const count = (topic: string): number =>
    published.filter((message) => message.topic === topic).length;
  const write = (edgeNodeId: string, value: number): Promise<void> =>
    broker.publish(
      deviceCommand(
        { groupId: "g", edgeNodeId, deviceId: "d", metric: "n", datatype: "Int32", value },
        Date.now(),
      ),
    );
  return { published, lines, count, until, write, stop };
}

function tempDir(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-supervisor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function payloadsOf(published: readonly PublishedMessage[], topic: string): readonly Payload[] {
  return published
    .filter((message) => message.topic === topic)
    .map((message) => decodePayload(message.payload));
}

const [NBIRTH, DBIRTH, DDATA, DDEATH, NDEATH] = [
  "spBv1.0/g/NBIRTH/a",
  "spBv1.0/g/DBIRTH/a/d",
  "spBv1.0/g/DDATA/a/d",
  "spBv1.0/g/DDEATH/a/d",
  "spBv1.0/g/NDEATH/a",
];

describe("a supervised adapter", () => {
  it("is an edge node: NBIRTH, DBIRTH, DDATA, and DDEATH, NDEATH when it stops", async (t) => {
    const { published, until, count, stop } = await openSupervisor(t, ["a"]);
    await until(() => count(DDATA) > 2);

    await stop();

    const topics = [...new Set(published.map((message) => message.topic))].filter((topic) =>
      topic.includes("/a"),
    );
    assert.deepEqual(topics, [NBIRTH, DBIRTH, DDATA, DDEATH, NDEATH]);
    assert.equal(count(NDEATH), 1);
  });

  it("keeps its bdSeq across restarts of the hub", async (t) => {
    const dataDir = tempDir(t);
    for (const expected of [0, 1, 2]) {
      const { published, until, count, stop } = await openSupervisor(t, ["a"], dataDir);
      await until(() => count(NBIRTH) > 0);
      await stop();

      const [birth] = payloadsOf(published, NBIRTH);
      assert.equal(birth && bdSeqOf(birth), expected);
    }
  });

  it("numbers its messages without a gap", async (t) => {
    const { published, until, count } = await openSupervisor(t, ["a"]);

    await until(() => count(DDATA) > 20);

    const seqs = published
      .filter(({ topic }) => topic.endsWith("/a") || topic.endsWith("/a/d"))
      .map(({ payload }) => decodePayload(payload).seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => index % 256),
    );
  });

  for (const [what, value] of [
    ["throws", -2],
    ["uses up its memory", -5],
  ] as const) {
    it(`that ${what} dies alone and is born again`, async (t) => {
      const { until, count, write } = await openSupervisor(t, ["a", "b"]);
      await until(() => count(DDATA) > 0 && count("spBv1.0/g/DDATA/b/d") > 0);

      await write("a", value);
      await until(() => count(DDEATH) === 1);
      await until(() => count(DBIRTH) === 2);

      assert.equal(count("spBv1.0/g/DDEATH/b/d"), 0);
      assert.equal(count(NBIRTH), 1);
    });
  }

  it("that blocks its thread for seconds holds up neither the broker nor another adapter", async (t) => {
    const { published, until, count, write } = await openSupervisor(t, ["a", "b"]);
    await until(() => count(DDATA) > 0);

    await write("a", -3);
    const before = count("spBv1.0/g/DDATA/b/d");
    await until(() => count("spBv1.0/g/DDATA/b/d") > before + 100);
    const duringBlock = count(DDATA);
    await until(() => count(DDATA) > duringBlock + 5);

    assert.equal(count(DDEATH), 0);
    const values = payloadsOf(published, "spBv1.0/g/DDATA/b/d").map(
      (payload) => payload.metrics[0],
    );
    const numbers = values.map((metric) => metric && metricValue(metric, "Int32"));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    ); // b lost nothing meanwhile
  });

  it("that hangs is ended and started again", async (t) => {
    const { until, count, write, lines } = await openSupervisor(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await write("a", -4);
    await until(() => count(DBIRTH) === 2);

    assert.equal(count(DDEATH), 1);
    const ended = lines.find((line) => line.message === "adapter thread ended");
    assert.match(JSON.stringify(ended?.fields), /did not answer for 10 s/);
  });

  it("that cannot start is tried again until it can", async (t) => {
    const dataDir = tempDir(t);
    writeFileSync(join(dataDir, "adapters"), "a file where a folder belongs");
    const { until, count, lines } = await openSupervisor(t, ["a"], dataDir);
    await until(() => lines.some((line) => JSON.stringify(line.fields).includes("did not start")));

    rmSync(join(dataDir, "adapters"));

    await until(() => count(DBIRTH) === 1);
  });

  it("that refuses a write says so in the log and goes on", async (t) => {
    const { until, count, write, lines } = await openSupervisor(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await write("a", -1);
    await until(() => lines.some((line) => line.message === "write failed"));

    assert.match(JSON.stringify(lines), /refused for the test/);
  });
});
