import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  bdSeqOf,
  decodePayload,
  encodePayload,
  metricValue,
  type Payload,
} from "@unshub/sparkplug";
import type { PublishedMessage } from "../../../hub/src/broker/index.ts";
import { openRogues, rogueEntry, tempDir } from "../../support/rogue-supervisor.ts";

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
    const { published, until, count, stop } = await openRogues(t, ["a"]);
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
      const { published, until, count, stop } = await openRogues(t, ["a"], { dataDir });
      await until(() => count(NBIRTH) > 0);
      await stop();

      const [birth] = payloadsOf(published, NBIRTH);
      assert.equal(birth && bdSeqOf(birth), expected);
    }
  });

  it("numbers its messages without a gap", async (t) => {
    const { published, until, count } = await openRogues(t, ["a"]);

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
    ["uses up its heap", -5],
    ["keeps more and more buffers", -6],
    ["calls process.exit", -7],
  ] as const) {
    it(`that ${what} dies alone and is born again`, async (t) => {
      const { until, count, write } = await openRogues(t, ["a", "b"]);
      await until(() => count(DDATA) > 0 && count("spBv1.0/g/DDATA/b/d") > 0);

      await write("a", value);
      await until(() => count(DDEATH) === 1);
      await until(() => count(DBIRTH) === 2);

      assert.equal(count("spBv1.0/g/DDEATH/b/d"), 0);
      assert.equal(count(NBIRTH), 1);
    });
  }

  it("that blocks its thread for seconds holds up neither the broker nor another adapter", async (t) => {
    const { published, until, count, write } = await openRogues(t, ["a", "b"]);
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
    const { until, count, write, lines } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await write("a", -4);
    await until(() => count(DBIRTH) === 2);

    assert.equal(count(DDEATH), 1);
    const ended = lines.find((line) => line.message === "adapter thread ended");
    assert.match(JSON.stringify(ended?.fields), /did not answer for 10 s/);
  });

  it("that takes long to start is not taken for one that hangs", async (t) => {
    const { until, count, lines } = await openRogues(t, ["a"], { input: { slowStartMs: 12_000 } });
    await until(() => count(DBIRTH) === 1);
    assert.equal(lines.filter((line) => line.message === "adapter thread ended").length, 0);
  });

  it("that cannot start is tried again until it can", async (t) => {
    const dataDir = tempDir(t);
    writeFileSync(join(dataDir, "adapters"), "a file where a folder belongs");
    const { until, count, lines } = await openRogues(t, ["a"], { dataDir });
    await until(() => lines.some((line) => JSON.stringify(line.fields).includes("did not start")));

    rmSync(join(dataDir, "adapters"));

    await until(() => count(DBIRTH) === 1);
  });

  it("that refuses a write says so in the log and goes on", async (t) => {
    const { until, count, write, lines } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await write("a", -1);
    await until(() => lines.some((line) => line.message === "write failed"));

    assert.match(JSON.stringify(lines), /refused for the test/);
  });
});

describe("a write for a supervised adapter", () => {
  it("of which the hub has told meanwhile that nothing came back is not carried out", async (t) => {
    const asked: unknown[] = [];
    const { until, count, write, lines } = await openRogues(t, ["a"], {
      awaitedUntil: ({ askedAt: _askedAt, ...metric }) => {
        asked.push(metric);
        return Date.now() - 1;
      },
    });
    await until(() => count(DDATA) > 0);

    await write("a", -1);
    await until(() => lines.some((line) => line.message === "write failed"));

    assert.deepEqual(asked, [{ groupId: "g", edgeNodeId: "a", deviceId: "d", name: "n" }]);
    assert.match(JSON.stringify(lines), /d n: whoever asked was told before its turn/);
    assert.doesNotMatch(JSON.stringify(lines), /refused for the test/);
  });
});

describe("a supervised adapter that is stopped", () => {
  it("is ended by force when it never stops by itself", async (t) => {
    const { until, count, stop } = await openRogues(t, ["a"], { input: { stubborn: true } });
    await until(() => count(DDATA) > 0);

    await stop(); // would not come back else

    assert.equal(count(NDEATH), 1);
  });
});

describe("a reload", () => {
  it("hands an adapter its new part; what it can apply itself costs no birth", async (t) => {
    const { supervisor, lines, until, count } = await openRogues(t, ["a", "b"]);
    await until(() => count(DDATA) > 0 && count("spBv1.0/g/DDATA/b/d") > 0);

    const failures = await supervisor.reload([
      rogueEntry("a", { step: 1000 }),
      rogueEntry("b", {}),
    ]);
    const isTaken = (step: string): boolean =>
      lines.some(({ message }) => message === `took step ${step}`);
    await until(() => isTaken("1000") && isTaken("undefined"));

    assert.deepEqual(failures, []);
    assert.deepEqual([count(DBIRTH), count("spBv1.0/g/DBIRTH/b/d")], [1, 1]);
    const took = lines.filter(({ message }) => message.startsWith("took step"));
    assert.deepEqual(
      new Set(took.map(({ fields }) => "adapter" in fields && fields.adapter)),
      new Set(["a", "b"]), // b is asked too: a file that its part names may be another
    );
  });

  it("does not restart an adapter whose part is the same, even one that takes none while it runs", async (t) => {
    const { supervisor, until, count } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);
    await supervisor.reload([rogueEntry("a", { wants: "restart" })]);
    await until(() => count(DBIRTH) === 2);

    await supervisor.reload([rogueEntry("a", { wants: "restart" })]);
    const before = count(DDATA);
    await until(() => count(DDATA) > before + 2);

    assert.equal(count(DDEATH), 1);
  });

  it("starts an adapter anew that cannot apply it", async (t) => {
    const { supervisor, until, count } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await supervisor.reload([rogueEntry("a", { wants: "restart" })]);
    await until(() => count(DBIRTH) === 2);

    assert.equal(count(DDEATH), 1);
    assert.equal(count(NBIRTH), 1);
  });

  it("that an adapter refuses changes nothing, and says why", async (t) => {
    const { supervisor, until, count } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    const failures = await supervisor.reload([rogueEntry("a", { wants: "nonsense" })]);
    const before = count(DDATA);
    await until(() => count(DDATA) > before + 2);

    assert.deepEqual(failures, [{ adapter: "a", because: "wants: nonsense is not served here" }]);
    assert.equal(count(DDEATH), 0);
    assert.equal(supervisor.isStarted, true);
  });

  it("starts what is new and ends what is gone", async (t) => {
    const { supervisor, until, count } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await supervisor.reload([rogueEntry("c", {})]);
    await until(() => count("spBv1.0/g/DDATA/c/d") > 0);

    assert.equal(count(NDEATH), 1);
    const reports = await supervisor.reports();
    assert.deepEqual(
      reports.map(({ name, status, onlineDevices }) => [name, status, onlineDevices]),
      [["c", "running", ["d"]]],
    );
  });

  it("is asked for by Node Control/Reload, a rescan by Node Control/Rescan", async (t) => {
    const { broker, published, lines, until, count } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);
    const ask = (metric: string): Promise<void> => {
      const metrics = [
        { name: metric, datatype: "Boolean", tellDatatype: true, value: true, timestamp: 1 },
      ] as const;
      return broker.publish({
        topic: "spBv1.0/g/NCMD/a",
        payload: encodePayload({ timestamp: 1, metrics }),
        qos: 0,
        retain: false,
      });
    };

    await ask("Node Control/Rescan");
    await until(() => lines.some(({ message }) => message === "rescanned"));
    await ask("Node Control/Reload");
    await until(() => lines.some(({ message }) => message === "reload asked"));

    const names = payloadsOf(published, NBIRTH)[0]?.metrics.map(({ name }) => name) ?? [];
    assert.deepEqual(
      new Set(names.filter((name) => name?.startsWith("Node Control/"))),
      new Set(["Node Control/Rebirth", "Node Control/Rescan", "Node Control/Reload"]),
    );
  });
});

describe("samples of a supervised adapter", () => {
  it("become data, with the last values and a count when the hub is slow", async (t) => {
    const { supervisor, published, until, count, write } = await openRogues(t, ["a"]);
    await until(() => count(DDATA) > 0);

    await write("a", -8); // 100 000 samples of "n" in one go, and as many turns
    const numbers = (): readonly unknown[] =>
      payloadsOf(published, DDATA).flatMap((payload) =>
        payload.metrics.map((metric) => metricValue(metric, "Int32")),
      );
    await until(() => numbers().includes(1_099_999));

    const [report] = await supervisor.reports();
    const told = numbers().filter((value) => Number(value) >= 1_000_000).length;
    const coalesced = report?.diagnostics.devices[0]?.coalesced ?? 0;
    assert.equal(told + coalesced, 100_000);
    assert.ok(coalesced > 0);
  });
});
