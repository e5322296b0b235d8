import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { decodePayload, type MetricToSend, type MetricValue } from "@unshub/sparkplug";
import type { WriteOutcome } from "../../../hub/src/command/index.ts";
import type { NodeSessions } from "../../../hub/src/tree/index.ts";
import { becauseOf, openCommands, person, SPEED } from "../../support/command-plant.ts";
import { message, ndeath, speed } from "../../support/sparkplug-messages.ts";

/** Lets the time for a read-back pass once the command is out. */
async function afterMs(t: TestContext, ms: number): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  t.mock.timers.tick(ms);
}

describe("a write", () => {
  it("goes out as DCMD at QoS 0, not retained, and is confirmed by the value that comes back", async () => {
    const { commands, sent } = openCommands({
      onSent: (sessions) => sessions.apply(speed(900, 2)),
    });

    const outcome = await commands.write(SPEED, "900");

    assert.deepEqual(outcome, { result: "confirmed", value: 900, afterMs: 0, unchanged: false });
    assert.deepEqual(
      sent.map(({ topic, qos, retain }) => [topic, qos, retain]),
      [["spBv1.0/g/DCMD/e/d", 0, false]], // [tck-id-topics-dcmd-mqtt]
    );
    const payload = decodePayload(sent[0]?.payload ?? new Uint8Array());
    assert.equal(payload.seq, undefined); // [tck-id-payloads-dcmd-seq]
    assert.equal(payload.timestamp, 1000);
  });

  it("is a mismatch when another value comes back, and tells both", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands } = openCommands({ onSent: (sessions) => sessions.apply(speed(899, 2)) });

    const outcome = commands.write(SPEED, 900);
    await afterMs(t, 5000);

    assert.deepEqual(await outcome, {
      result: "mismatch",
      value: 899,
      because: "899 came back within 5 s, not 900",
    });
  });

  it("is no mismatch when the old value is told once more while the adapter has not answered", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const after = async (rpm: number): Promise<WriteOutcome> => {
      const onSent = (sessions: NodeSessions): void => sessions.apply(speed(rpm, 2));
      const { commands } = openCommands({ isAnswered: true, onSent });
      const outcome = commands.write(SPEED, 900);
      await afterMs(t, 5000);
      return await outcome;
    };

    const old = await after(1200);
    const other = await after(1100);

    assert.partialDeepStrictEqual(old, { result: "timeout", value: 1200 });
    assert.match(becauseOf(old), /the adapter has not answered yet: it may still be written/);
    assert.partialDeepStrictEqual(other, { result: "mismatch", value: 1100 });
  });

  it("is a timeout when nothing comes back in the time of its rule", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands } = openCommands({
      config: { rules: [{ metrics: SPEED, confirmWithin: "250ms" }] },
    });

    const outcome = commands.write(SPEED, 900);
    await afterMs(t, 250);

    const { result } = await outcome;
    assert.equal(result, "timeout");
    assert.match(becauseOf(await outcome), /within 0\.25 s/);
  });

  it("ends as offline when the edge node dies meanwhile", async () => {
    const { commands } = openCommands({ onSent: (sessions) => sessions.apply(ndeath()) });

    const outcome = await commands.write(SPEED, 900);

    assert.equal(outcome.result, "offline");
    assert.match(becauseOf(outcome), /device "d" is offline/);
  });

  it("has failed when the adapter says that the device refused it, with the reason", async () => {
    const { commands, sent } = openCommands();
    const metric = { groupId: "g", edgeNodeId: "e", deviceId: "d", name: "Motor/Speed" };

    const outcome = commands.write(SPEED, 900);
    while (sent.length === 0) await Promise.resolve();
    await Promise.resolve();
    const because = "exception 4 of unit 1";
    commands.answered(metric, { outcome: "refused", because, askedAt: undefined });

    assert.equal((await outcome).result, "failed");
    assert.match(becauseOf(await outcome), /exception 4 of unit 1/);
  });

  it("does not take the late answer to an earlier one for its own", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands, clock, sessions } = openCommands();
    const metric = { groupId: "g", edgeNodeId: "e", deviceId: "d", name: "Motor/Speed" };
    const first = commands.write(SPEED, 900);
    await afterMs(t, 5000);
    clock.now = 6000;
    const second = commands.write(SPEED, 901);
    await Promise.resolve();

    const late = { because: "the server refused it", askedAt: 1000 };
    commands.answered(metric, { outcome: "refused", ...late });
    sessions.apply(speed(901, 2));

    const [newer, older] = commands.journal.records;
    assert.equal((await first).result, "timeout");
    assert.equal((await second).result, "confirmed");
    commands.answered(metric, { outcome: "done", ...late });
    const accepted = [older, newer].map((record) =>
      commands.journal.get(record?.id ?? 0)?.steps.some(({ step }) => step === "accepted"),
    );
    assert.deepEqual(accepted, [true, false]);
  });

  it("of a device that gave no answer is decided by the value that comes back, or by none", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands, clock, sessions } = openCommands();
    const metric = { groupId: "g", edgeNodeId: "e", deviceId: "d", name: "Motor/Speed" };
    const because = "no answer; it may have been written";
    const silent = { outcome: "unknown", because } as const;

    const done = commands.write(SPEED, 900);
    await Promise.resolve();
    commands.answered(metric, { ...silent, askedAt: clock.now });
    sessions.apply(speed(900, 2));
    clock.now = 2000;
    const open = commands.write(SPEED, 901);
    await Promise.resolve();
    commands.answered(metric, { ...silent, askedAt: clock.now });
    await afterMs(t, 5000);

    assert.equal((await done).result, "confirmed");
    assert.equal((await open).result, "timeout");
    assert.match(becauseOf(await open), /did not come back within 5 s; no answer; it may have/);
  });

  it("of a large integer is not done by its neighbour", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands, sessions } = openCommands();
    sessions.apply(speed(2_000_000, 2));

    const outcome = commands.write(SPEED, 2_000_001);
    await afterMs(t, 5000);

    assert.equal((await outcome).result, "timeout");
  });

  it("is confirmed by a value within the tolerance of its rule", async () => {
    const { commands } = openCommands({
      config: { rules: [{ metrics: SPEED, tolerance: 5 }] },
      onSent: (sessions) => sessions.apply(speed(903, 2)),
    });

    assert.equal((await commands.write(SPEED, 900)).result, "confirmed");
  });

  const refusals: readonly (readonly [string, string, MetricValue, RegExp])[] = [
    ["an unknown path", "g/e/d/Nothing", 1, /there is no metric/],
    ["a read-only metric", "g/e/d/ok", true, /read-only/],
    ["a folder", "g/e/d/Motor", 1, /there is no metric/],
    ["a value out of range", SPEED, "9999999999", /outside Int32/],
    ["a metric of the node itself", "g/e/bdSeq", 1, /read-only/],
  ];
  for (const [what, path, value, because] of refusals) {
    it(`is refused for ${what}, and nothing is sent`, async () => {
      const { commands, sent } = openCommands();

      const outcome = await commands.write(path, value);

      assert.equal(outcome.result, "refused");
      assert.match(becauseOf(outcome), because);
      assert.equal(sent.length, 0);
    });
  }

  it("is refused while the device is offline", async () => {
    const { commands, sessions } = openCommands();
    sessions.apply(message("DDEATH/e/d", [], 2));

    const outcome = await commands.write(SPEED, 1);

    assert.match(becauseOf(outcome), /device "d" is offline/);
  });

  it("is refused, with a sentence, when the MQTT server takes no message", async () => {
    const { commands } = openCommands({
      onSent: () => {
        throw new Error("the MQTT server is stopped");
      },
    });

    assert.deepEqual(await commands.write(SPEED, 1), {
      result: "refused",
      code: "NOT_SENT",
      because: "the command could not be sent; see the log of the hub",
    });
  });

  it("is refused when the edge node is not subscribed to its commands", async () => {
    const { commands, sent } = openCommands({ isHeard: false });

    const outcome = await commands.write(SPEED, 1);

    assert.match(becauseOf(outcome), /e is not subscribed to spBv1\.0\/g\/DCMD\/e\/d/);
    assert.equal(sent.length, 0);
  });

  it("is refused for who may not write the metric", async () => {
    const { commands, sent } = openCommands();

    assert.deepEqual(await commands.write(SPEED, 1, person("eve", "no grant")), {
      result: "refused",
      code: "FORBIDDEN",
      because: "no grant",
    });
    assert.equal(sent.length, 0);
  });

  it("is refused while the audit trail cannot be written", async () => {
    const { commands, sent, desk } = openCommands();
    desk.isBroken = true;

    const outcome = await commands.write(SPEED, 1);

    assert.ok(outcome.result === "refused" && outcome.code === "NO_AUDIT");
    assert.equal(sent.length, 0);
  });
});

describe("several writes together", () => {
  const OK = "g/e/d/ok";
  const open: MetricToSend = {
    name: "ok",
    alias: 2,
    datatype: "Boolean",
    tellDatatype: true,
    value: true,
  };

  it("are one command, and each ends with its own value", async () => {
    const { commands, sent, sessions } = openCommands({
      onSent: (told) => {
        const both = [
          { alias: 1, datatype: "Int32", tellDatatype: false, value: 900 },
          { alias: 2, datatype: "Boolean", tellDatatype: false, value: false },
        ] as const;
        told.apply(message("DDATA/e/d", both, 3));
      },
    });
    const speedMetric: MetricToSend = {
      ...open,
      name: "Motor/Speed",
      alias: 1,
      datatype: "Int32",
      value: 1,
    };
    sessions.apply(message("DBIRTH/e/d", [speedMetric, open], 2));

    const writes = [
      { path: SPEED, input: 900 },
      { path: OK, input: false },
    ];
    const outcomes = await commands.writeTogether(writes);

    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ["confirmed", "confirmed"],
    );
    assert.equal(sent.length, 1);
    assert.equal(commands.journal.records.length, 2);
  });

  it("are none when one of them is refused; each says why", async () => {
    const { commands, sent } = openCommands();

    const writes = [
      { path: SPEED, input: 900 },
      { path: OK, input: false }, // read-only
    ];
    const outcomes = await commands.writeTogether(writes);

    assert.deepEqual(
      outcomes.map((outcome) => ("code" in outcome ? outcome.code : undefined)),
      ["NOT_SENT", "READ_ONLY"],
    );
    assert.equal(sent.length, 0);
  });
});

describe("a rule", () => {
  const refused: readonly (readonly [string, object, MetricValue, string, RegExp])[] = [
    ["blocks what no rule opens", {}, 1, "BLOCKED", /add \{ metrics: "g\/e\/d\/Motor\/Speed" \}/],
    [
      "blocks what the first that names it does not allow",
      { rules: [{ metrics: "g/e/d/#", allow: false }, { metrics: SPEED }] },
      1,
      "BLOCKED",
      /rule 1 of commands\.rules/,
    ],
    [
      "closes all that is open otherwise",
      { default: "allow", rules: [{ metrics: "#", allow: false }] },
      1,
      "BLOCKED",
      /rule 1 of commands\.rules/,
    ],
    ["holds to its least value", { rules: [{ metrics: SPEED, min: 10 }] }, 9, "OUT_OF_RANGE", /10/],
    ["holds to its most", { rules: [{ metrics: SPEED, max: 10 }] }, 11, "OUT_OF_RANGE", /10/],
    [
      "holds to its steps, from its least value on",
      { rules: [{ metrics: SPEED, min: 5, step: 10 }] },
      20,
      "OUT_OF_RANGE",
      /no step of 10 from 5/,
    ],
    [
      "holds to its list",
      { rules: [{ metrics: SPEED, values: [0, 900] }] },
      1,
      "OUT_OF_RANGE",
      /none of 0, 900/,
    ],
    [
      "holds to the most that may change at once",
      { rules: [{ metrics: SPEED, maxChange: 100 }] },
      1301,
      "OUT_OF_RANGE",
      /from 1200 to 1301/,
    ],
    [
      "holds to an interlock",
      {
        rules: [
          {
            metrics: SPEED,
            interlocks: [{ metric: "g/e/d/ok", is: false, because: "the press must stand" }],
          },
        ],
      },
      1,
      "INTERLOCK",
      /the press must stand \(interlock: g\/e\/d\/ok is true, not false\)/,
    ],
    [
      "is not met by an interlock that nobody knows",
      { rules: [{ metrics: SPEED, interlocks: [{ metric: "g/e/d/None", above: 1 }] }] },
      1,
      "INTERLOCK",
      /there is no metric/,
    ],
  ];
  for (const [what, config, value, code, because] of refused) {
    it(what, async () => {
      const { commands, sent } = openCommands({ config });

      const outcome = await commands.write(SPEED, value);

      assert.ok(outcome.result === "refused", outcome.result);
      assert.equal(outcome.code, code);
      assert.match(outcome.because, because);
      assert.equal(sent.length, 0);
    });
  }

  it("opens by wildcards, and lets pass what is within", async () => {
    const limits = { min: 0, max: 1500, step: 0.1, maxChange: 400, values: [900, 1000] };
    const { commands } = openCommands({
      config: { rules: [{ metrics: ["x/#", "g/+/d/Motor/#"], ...limits }] },
      onSent: (sessions) => sessions.apply(speed(900, 2)),
    });

    assert.equal((await commands.write(SPEED, 900)).result, "confirmed");
  });

  it("lets a metric be commanded once in its time", async () => {
    const plant = openCommands({
      config: { rules: [{ metrics: SPEED, every: "10s" }] },
      onSent: (sessions) => sessions.apply(speed(900, 2)),
    });
    await plant.commands.write(SPEED, 900);

    plant.clock.now += 9000;
    const tooSoon = await plant.commands.write(SPEED, 900);
    plant.clock.now += 1000;
    const inTime = await plant.commands.write(SPEED, 900);

    assert.match(becauseOf(tooSoon), /once in 10 s; wait 1 s/);
    assert.equal(inTime.result, "confirmed");
  });

  it("does not hold a metric back for ever when the clock is set back", async () => {
    const plant = openCommands({
      config: { rules: [{ metrics: SPEED, every: "10s" }] },
      onSent: (sessions) => sessions.apply(speed(900, 2)),
    });
    plant.clock.now = 1_000_000;
    await plant.commands.write(SPEED, 900);

    plant.clock.now = 1000;

    assert.equal((await plant.commands.write(SPEED, 900)).result, "confirmed");
  });

  it("tells beforehand what a write is held to", () => {
    const { commands } = openCommands({ config: { rules: [{ metrics: SPEED, max: 1500 }] } });

    const plan = commands.plan(SPEED, person("ann"));

    assert.equal(plan?.topic, "spBv1.0/g/DCMD/e/d");
    assert.equal(plan?.rule.max, 1500);
    assert.equal(plan?.refusal, undefined);
    assert.equal(commands.plan(SPEED, person("eve", "no grant"))?.refusal?.code, "FORBIDDEN");
    assert.equal(commands.plan("g/e/d/ok")?.refusal?.code, "BLOCKED");
    assert.equal(commands.plan("nowhere"), undefined);
  });
});

describe("what is kept of a command", () => {
  it("is who, what, from what to what, and each step with its time", async () => {
    const plant = openCommands({ onSent: (sessions) => sessions.apply(speed(900, 2)) });

    await plant.commands.write(SPEED, 900, { ...person("ann"), reason: "trial batch" });

    const [record] = plant.commands.journal.records;
    assert.equal(record?.before, 1200);
    assert.equal(record?.reason, "trial batch");
    assert.deepEqual(
      record?.steps.map(({ step, at }) => [step, at]),
      ["asked", "sent", "delivered", "ended"].map((step) => [step, 1000]),
    );
    assert.deepEqual(
      plant.audited.map(({ result, actor, object, before, after, reason }) => [
        result,
        actor,
        object,
        before,
        after,
        reason,
      ]),
      [
        ["asked", "user:ann", SPEED, 1200, 900, undefined],
        ["done", "user:ann", SPEED, 1200, 900, "trial batch"],
      ],
    );
  });

  it("is the last thousand", async () => {
    const { commands } = openCommands({ config: {} });
    for (let index = 0; index < 1005; index += 1) await commands.write(SPEED, index);

    const { records } = commands.journal;

    assert.equal(records.length, 1000);
    assert.equal(records.at(0)?.asked, 1004);
    assert.equal(records.at(-1)?.asked, 5);
  });
});
