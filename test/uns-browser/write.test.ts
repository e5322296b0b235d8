/** Writing a metric without a screen. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { missingSteps, outcomeSentences } from "../../uns-browser/lib/command-words.ts";
import {
  parseCommands,
  parseOutcome,
  parsePlan,
  type Step,
} from "../../uns-browser/lib/commands.ts";
import { createWriter, inputFault, limitsOf, pageFault } from "../../uns-browser/lib/write.ts";
import { answering, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const PLAN = {
  path: "g/e/d/S",
  topic: "spBv1.0/g/DCMD/e/d",
  mayWrite: true,
  low: 0,
  high: 10,
  confirmWithin: 500,
};
const COMMAND = {
  id: 8,
  path: "g/e/d/S",
  by: { actor: "user:ann", via: "api" },
  asked: "7",
  before: 3,
  steps: [
    { step: "asked", at: 1 },
    { step: "sent", at: 2 },
    { step: "dreamt", at: 3 },
  ],
};
const CONFIRMED = { result: "confirmed", value: 7, afterMs: 214, unchanged: false };
const ok = (body: unknown) => ({ status: 200, body });
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

async function open(answers: Parameters<typeof answering>[1]) {
  const said: Said[] = [];
  const told: string[] = [];
  const time = new FakeTime();
  const writer = createWriter({
    send: answering(said, answers),
    timer: time.timer,
    told: (sentence) => told.push(sentence),
  });
  writer.look({ id: 5, path: "g/e/d/S" });
  time.pass(100);
  await settled();
  return { writer, said, told };
}

describe("writing a metric", () => {
  it("shows what was asked for as asked for, until the hub says what came of it", async () => {
    const { writer, said } = await open([
      ok(PLAN),
      ok({ commands: [] }),
      ok(CONFIRMED),
      ok({ commands: [COMMAND] }),
    ]);
    writer.open();

    const sending = writer.send("7", "trial");
    assert.deepEqual(writer.pending.get(), { id: 5, text: "7" });
    await sending;

    assert.deepEqual(said[2]?.body, { path: "g/e/d/S", value: "7", reason: "trial" });
    const stage = writer.writing.get()?.stage;
    assert.ok(stage?.kind === "ended");
    assert.equal(stage.command, 8);
    assert.deepEqual(
      stage.steps.map(({ name }) => name),
      ["asked", "sent"],
    );
    assert.equal(writer.pending.get(), null);
  });

  it("says that nobody knows what came of it when the hub goes meanwhile", async () => {
    const { writer } = await open([ok(PLAN), ok({ commands: [] }), 502]);
    writer.open();

    await writer.send("7", "");

    assert.equal(writer.writing.get()?.stage.kind, "unknown");
  });

  it("tells the end of a command whose dialog was closed", async () => {
    const { writer, told } = await open([ok(PLAN), ok({ commands: [] }), ok(CONFIRMED)]);
    writer.open();

    const sending = writer.send("7", "");
    writer.close();
    await sending;

    assert.deepEqual(told, ["Done: the value came back"]);
  });

  it("closes its dialog when another metric is looked at, or none", async () => {
    for (const next of [{ id: 6, path: "g/e/d/T" }, null]) {
      const { writer } = await open([ok(PLAN)]);
      writer.open();
      writer.look({ id: 5, path: "g/e/d/S" });
      assert.equal(writer.writing.get()?.target.path, "g/e/d/S");

      writer.look(next);

      assert.equal(writer.writing.get(), null);
    }
  });

  it("does not open where nothing may be written, and says why", async () => {
    const refusal = { code: "BLOCKED", because: "rule 1 blocks it" };
    const { writer } = await open([ok({ ...PLAN, refusal })]);

    writer.open();

    assert.deepEqual(writer.plan.get(), { kind: "closed", because: "rule 1 blocks it" });
    assert.equal(writer.writing.get(), null);
  });

  it("holds back what is beyond the limits, and a guarded metric whose name was not typed", () => {
    const plan = parsePlan({ ...PLAN, guarded: true });
    assert.ok(plan !== null);
    const fault = (text: string, typedName = "S") =>
      inputFault({ text, isText: false, typedName }, plan, "S");

    assert.match(fault("11") ?? "", /most that is allowed is 10/);
    assert.match(fault("-1") ?? "", /least that is allowed is 0/);
    assert.equal(fault(" "), "Type a value.");
    assert.match(fault("5", "s") ?? "", /name of the metric/);
    assert.equal(fault("5"), null);
    assert.equal(limitsOf(plan, "bar"), "0 to 10 bar");
    assert.equal(limitsOf({ ...plan, low: null, step: 2 }, ""), "up to 10 · in steps of 2");
  });

  it("is held back by a page that does not show the present", () => {
    for (const state of ["paused", "lagging", "reconnecting"])
      assert.notEqual(pageFault(state), null);
    assert.equal(pageFault("live"), null);
  });
});

function sentences(outcome: object): readonly string[] | null {
  const parsed = parseOutcome(outcome);
  return parsed === null ? null : outcomeSentences(parsed);
}

describe("a command in words", () => {
  const steps: readonly Step[] = [{ name: "sent", at: 1, note: null }];

  it("tells what came back and what did not", () => {
    assert.deepEqual(sentences(CONFIRMED), ["7 came back after 214 ms."]);
    assert.deepEqual(sentences({ ...CONFIRMED, unchanged: true }), [
      "It was 7 before: no change could come back.",
    ]);
    assert.deepEqual(sentences({ result: "timeout", value: 3, because: "nothing came" }), [
      "Nothing came.",
      "The metric says 3.",
    ]);
    assert.equal(sentences({ result: "perhaps" }), null);
  });

  it("names the steps that nobody saw, unless the value came back", () => {
    assert.equal(missingSteps(steps, { result: "timeout" }).length, 2);
    assert.equal(missingSteps(steps, { result: "confirmed" }).length, 0);
    assert.equal(missingSteps(steps, null).length, 0);
  });

  it("is left out of the list when the hub says something else, and nothing else with it", () => {
    assert.equal(parseCommands({ commands: [COMMAND, { ...COMMAND, id: "x" }, null] })?.length, 1);
    assert.equal(parseCommands("nonsense"), null);
  });
});
