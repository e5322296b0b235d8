import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  auditFields,
  integerFault,
  rangeFault,
  rejected,
  WriteDesk,
  type WriteAudit,
  type WriteCommand,
  type WriteDeskOptions,
  type WriteResult,
} from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";

const NOW = Date.UTC(2026, 0);

function command(
  metric: string,
  value: MetricValue,
  more: Partial<WriteCommand> = {},
): WriteCommand {
  return { deviceId: "plc", metric, value, ...more };
}

const OK: WriteResult = { outcome: "ok", at: NOW };

/** A desk whose device takes a write only when the test lets it. "bad" is refused, "A/…" is the atomic group A. */
function openDesk(more: Partial<Pick<WriteDeskOptions, "maxAgeMs" | "now" | "perform">> = {}) {
  const sent: string[] = [];
  const audits: WriteAudit[] = [];
  const waiting: (() => void)[] = [];
  const desk = new WriteDesk({
    check: (each) =>
      each.metric.endsWith("bad")
        ? rejected(each, "not_writable", { because: "it is read-only", at: NOW })
        : rangeFault(each, NOW, [0, 100]),
    groupOf: ({ metric }) => (metric.startsWith("A/") ? "A" : undefined),
    joins: (before, { metric }) => before.metric.startsWith("co") && metric.startsWith("co"),
    perform: async (commands) => {
      sent.push(commands.map(({ metric, value }) => `${metric}=${Number(value)}`).join(" "));
      await new Promise<void>((resolve) => waiting.push(resolve));
      return commands.map(() => OK);
    },
    valueOf: () => 1,
    audit: (entry) => audits.push(entry),
    now: () => NOW,
    ...more,
  });
  /** The device answers all that it was sent, and what follows from that. */
  const answer = async (): Promise<void> => {
    while (waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
  return { desk, sent, audits, answer };
}

function outcomes(results: readonly WriteResult[]): readonly string[] {
  return results.map(({ outcome }) => outcome);
}

describe("a write desk", () => {
  it("carries out the metrics of a command one after the other, in payload order", async () => {
    const { desk, sent, answer } = openDesk();

    const done = desk.write([command("b", 1), command("a", 2), command("c", 3)]);
    const atFirst = [...sent];
    await answer();

    assert.deepEqual(outcomes(await done), ["ok", "ok", "ok"]);
    assert.deepEqual(atFirst, ["b=1"]);
    assert.deepEqual(sent, ["b=1", "a=2", "c=3"]);
  });

  it("sends nothing of what fails its checks, and the rest", async () => {
    const { desk, sent, answer } = openDesk();

    const done = desk.write([
      command("bad", 1),
      command("a", 200),
      command("b", NaN),
      command("c", 3),
    ]);
    await answer();

    const results = await done;
    assert.deepEqual(outcomes(results), [
      "rejected_not_writable",
      "rejected_out_of_range",
      "rejected_not_a_number",
      "ok",
    ]);
    assert.equal(results[1]?.because, "plc a: 200 is outside of 0 to 100");
    assert.deepEqual(sent, ["c=3"]);
  });

  it("rejects what was asked too long ago, unless the sender's clock cannot be right", async () => {
    const { desk, sent, answer } = openDesk({ maxAgeMs: 10_000 });

    const done = desk.write([
      command("old", 1, { askedAt: NOW - 10_001 }),
      command("young", 1, { askedAt: NOW - 10_000 }),
      command("neverSet", 1, { askedAt: 5_000_000 }),
      command("ahead", 1, { askedAt: NOW + 3_600_000 }),
      command("timeless", 1),
    ]);
    await answer();

    assert.deepEqual(outcomes(await done), ["rejected_too_old", "ok", "ok", "ok", "ok"]);
    assert.equal(sent.length, 4);
  });

  it("does not carry out what has become too old while it waited, nor a part of a group", async () => {
    let now = NOW;
    const { desk, sent, answer } = openDesk({ maxAgeMs: 10_000, now: () => now });
    const askedAt = NOW - 4001;

    const first = desk.write([command("slow", 1, { askedAt })]);
    const waiting = desk.write([
      command("a", 2, { askedAt }),
      command("A/x", 3, { askedAt }),
      command("A/y", 4),
      command("timeless", 5),
    ]);
    now = NOW + 6000;
    const young = desk.write([command("b", 6, { askedAt: now })]);
    await answer();

    assert.deepEqual(outcomes(await first), ["ok"]); // it was under way
    const results = await waiting;
    assert.deepEqual(outcomes(results), [
      "rejected_too_old",
      "rejected_too_old",
      "rejected_group_incomplete",
      "ok",
    ]);
    assert.equal(results[0]?.because, "plc a: asked 10 s ago, older than 10 s");
    assert.deepEqual(outcomes(await young), ["ok"]);
    assert.deepEqual(sent, ["slow=1", "timeless=5", "b=6"]);
  });

  it("counts from when it came, where the sender says no time or a wrong one", async () => {
    let now = NOW;
    const { desk, sent, answer } = openDesk({ maxAgeMs: 10_000, now: () => now });

    void desk.write([command("slow", 1)]);
    const waiting = desk.write([
      command("timeless", 2),
      command("longAgo", 3, { askedAt: 0 }),
      command("ahead", 4, { askedAt: NOW + 3_600_000 }),
    ]);
    now = NOW + 10_001;
    await answer();

    const results = await waiting;
    assert.deepEqual(
      outcomes(results),
      results.map(() => "rejected_too_old"),
    );
    assert.match(results[0]?.because ?? "", /^plc timeless: not sent: .* 10 s$/);
    assert.deepEqual(sent, ["slow=1"]);
  });

  it("lets a waiting write give way to a later one of the same metric, never one under way", async () => {
    const { desk, sent, answer } = openDesk();

    const all = [1, 2, 3].map((value) => desk.write([command("a", value)]));
    all.push(desk.write([command("b", 9)]), desk.write([command("a", 4)]));
    await answer();

    const results = (await Promise.all(all)).flat();
    assert.deepEqual(outcomes(results), [
      "ok",
      "rejected_superseded",
      "rejected_superseded",
      "ok",
      "ok",
    ]);
    assert.deepEqual(sent, ["a=1", "b=9", "a=4"]);
  });

  it("sends an atomic group as one, or not at all", async () => {
    const { desk, sent, answer } = openDesk();

    const whole = desk.write([command("A/x", 1), command("b", 2), command("A/y", 3)]);
    await answer();
    const spoilt = desk.write([command("A/x", 1), command("A/bad", 2), command("b", 5)]);
    await answer();

    assert.deepEqual(outcomes(await whole), ["ok", "ok", "ok"]);
    assert.deepEqual(outcomes(await spoilt), [
      "rejected_group_incomplete",
      "rejected_not_writable",
      "ok",
    ]);
    assert.deepEqual(sent, ["b=2", "A/x=1 A/y=3", "b=5"]);
  });

  it("does not let one device wait for another", async () => {
    const { desk, sent, answer } = openDesk();

    const done = desk.write([command("a", 1), command("a", 2, { deviceId: "other" })]);

    assert.deepEqual(sent, ["a=1", "a=2"]);
    await answer();
    await done;
  });

  it("tells each write to the audit: who, before, asked, what became of it", async () => {
    const { desk, audits, answer } = openDesk();
    const by = { topic: "spBv1.0/g/DCMD/n/plc" };

    const done = desk.write([command("a", 2n, { by, askedAt: NOW }), command("bad", 1)]);
    await answer();
    await done;

    assert.deepEqual(
      new Set(audits.map(auditFields)),
      new Set([
        {
          device: "plc",
          metric: "a",
          before: 1,
          asked: "2",
          outcome: "ok",
          askedAt: NOW,
          topic: by.topic,
        },
        {
          device: "plc",
          metric: "bad",
          before: 1,
          asked: 1,
          outcome: "rejected_not_writable",
          because: "plc bad: it is read-only",
        },
      ]),
    );
  });

  it("goes on after an adapter that throws", async () => {
    let isBroken = true;
    const desk = new WriteDesk({
      check: () => undefined,
      perform: async (commands) => {
        if (isBroken) throw new Error("broken for the test");
        return commands.map(() => OK);
      },
      valueOf: () => undefined,
      audit: () => undefined,
      now: () => NOW,
    });

    const broken = await desk.write([command("a", 1)]);
    isBroken = false;
    const whole = await desk.write([command("a", 1)]);

    assert.deepEqual(outcomes([...broken, ...whole]), ["rejected_failed", "ok"]);
    assert.match(broken[0]?.because ?? "", /broken for the test/);
  });
});

describe("a write that somebody waits for", () => {
  it("is not carried out when its turn comes after he was told that nobody knows", async () => {
    let now = NOW;
    const { desk, sent, answer } = openDesk({ now: () => now });
    const first = desk.write([command("a", 1, { awaitedUntil: NOW + 2000 })]);
    const given = desk.write([command("b", 2, { askedAt: NOW, awaitedUntil: NOW + 2000 })]);
    const still = desk.write([command("c", 3, { askedAt: NOW, awaitedUntil: NOW + 9000 })]);
    now = NOW + 2001;
    await answer();

    const [done, late, other] = await Promise.all([first, given, still]);
    assert.deepEqual(outcomes([...done, ...late, ...other]), ["ok", "rejected_too_old", "ok"]);
    assert.match(late[0]?.because ?? "", /^plc b: whoever asked was told before its turn/);
    assert.deepEqual(sent, ["a=1", "c=3"]);
  });
});

describe("how long a write may wait at its link", () => {
  it("is as long as somebody waits for it, and never longer than commands hold", async () => {
    const waits: number[] = [];
    const { desk } = openDesk({
      maxAgeMs: 5000,
      perform: async (commands, waitMs) => {
        waits.push(waitMs);
        return commands.map(() => OK);
      },
    });

    await desk.write([command("a", 1, { askedAt: NOW - 1000, awaitedUntil: NOW + 2000 })]);
    await desk.write([command("a", 1, { askedAt: NOW - 1000, awaitedUntil: NOW + 9000 })]);
    await desk.write([command("a", 1, { awaitedUntil: NOW + 2000 })]);
    await desk.write([command("a", 1)]);

    assert.deepEqual(waits, [2000, 4000, 2000, 5000]);
  });
});

describe("a whole number", () => {
  it("is asked for where only such can be written", () => {
    assert.equal(integerFault(command("a", 1.7), NOW)?.outcome, "rejected_not_integer");
    assert.equal(integerFault(command("a", 2), NOW), undefined);
    assert.equal(integerFault(command("a", "x"), NOW), undefined);
  });
});

describe("writes that may share a request", () => {
  it("go out together when they stand side by side in one command, in their order", async () => {
    const { desk, sent, answer } = openDesk();

    const done = desk.write([
      command("co1", 1),
      command("co2", 2),
      command("a", 3),
      command("co3", 4),
    ]);
    await answer();

    assert.deepEqual(outcomes(await done), ["ok", "ok", "ok", "ok"]);
    assert.deepEqual(sent, ["co1=1 co2=2", "a=3", "co3=4"]);
  });

  it("give way one by one, members of an atomic group only together", async () => {
    const { desk, sent, answer } = openDesk();
    const first = desk.write([command("x", 1)]);
    const waiting = desk.write([
      command("co1", 1),
      command("co2", 2),
      command("A/p", 3),
      command("A/q", 4),
    ]);
    const later = desk.write([command("co1", 9), command("A/p", 9)]);
    await answer();

    assert.deepEqual(outcomes(await waiting), ["rejected_superseded", "ok", "ok", "ok"]);
    assert.deepEqual(outcomes(await later), ["ok", "ok"]);
    assert.deepEqual(sent, ["x=1", "co2=2", "A/p=3 A/q=4", "co1=9", "A/p=9"]);
    await first;
  });
});
