import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePayload } from "@unshub/sparkplug";
import { becauseOf, openCommands, person, SPEED } from "../../support/command-plant.ts";
import { message, ndeath, speed } from "../../support/sparkplug-messages.ts";

describe("a second person", () => {
  const config = { rules: [{ metrics: SPEED, secondPerson: true, max: 1500 }] };

  it("makes a command go out that waited for a yes", async () => {
    const { commands, sent } = openCommands({
      config,
      onSent: (sessions) => sessions.apply(speed(900, 2)),
    });

    const waiting = await commands.write(SPEED, 900, person("ann"));
    assert.ok(waiting.result === "waiting");
    assert.equal(sent.length, 0);

    const outcome = await commands.approve(waiting.id, person("bob"));
    assert.equal(outcome?.result, "confirmed");
    assert.deepEqual(
      commands.journal.get(waiting.id)?.steps.map(({ step }) => step),
      ["asked", "waiting", "approved", "sent", "delivered", "ended"],
    );
  });

  it("is needed for what is only proposed, whatever the rules say", async () => {
    const { commands, sent } = openCommands();
    const proposer = { ...person("assistant"), isProposing: true };

    const outcome = await commands.write(SPEED, 900, proposer);

    assert.equal(outcome.result, "waiting");
    assert.equal(sent.length, 0);
  });

  it("is another one, who may write the metric himself", async () => {
    const { commands, sent } = openCommands({ config });
    const waiting = await commands.write(SPEED, 900, person("ann"));
    assert.ok(waiting.result === "waiting");

    const own = await commands.approve(waiting.id, person("ann"));
    const powerless = await commands.approve(waiting.id, person("eve", "no grant"));
    const nobody = await commands.approve(waiting.id, { ...person(""), actor: "anonymous" });

    assert.match(becauseOf(own), /another one/);
    assert.match(becauseOf(powerless), /no grant/);
    assert.match(becauseOf(nobody), /log in/);
    assert.equal(sent.length, 0);
  });

  it("says yes to what can still be done, or it is not done", async () => {
    const { commands, sent, sessions } = openCommands({ config });
    const waiting = await commands.write(SPEED, 900, person("ann"));
    assert.ok(waiting.result === "waiting");
    sessions.apply(ndeath());

    const outcome = await commands.approve(waiting.id, person("bob"));

    assert.ok(outcome?.result === "refused" && outcome.code === "OFFLINE");
    assert.equal(sent.length, 0);
    assert.equal(await commands.approve(waiting.id, person("bob")), undefined);
  });

  it("says yes to the metric as it was born last: its alias may be another one now", async () => {
    const { commands, sent, sessions } = openCommands({ config });
    const waiting = await commands.write(SPEED, 900, person("ann"));
    assert.ok(waiting.result === "waiting");
    const reborn = { name: "Motor/Speed", alias: 9, datatype: "Int32", value: 1200 } as const;
    sessions.apply(message("DBIRTH/e/d", [{ ...reborn, tellDatatype: true }], 2));

    void commands.approve(waiting.id, person("bob"));
    while (sent.length === 0) await Promise.resolve();

    const [metric] = decodePayload(sent[0]?.payload ?? new Uint8Array()).metrics;
    assert.equal(metric?.alias, 9);
    commands.answered(
      { groupId: "g", edgeNodeId: "e", deviceId: "d", name: "Motor/Speed" },
      { outcome: "refused", because: "the test is over", askedAt: undefined },
    );
  });

  it("is not asked about a metric that has become another one", async () => {
    const { commands, sent, sessions } = openCommands({ config });
    const waiting = await commands.write(SPEED, 900, person("ann"));
    assert.ok(waiting.result === "waiting");
    const reborn = { name: "Motor/Speed", alias: 1, datatype: "Double", value: 1 } as const;
    sessions.apply(message("DBIRTH/e/d", [{ ...reborn, tellDatatype: true }], 2));

    const outcome = await commands.approve(waiting.id, person("bob"));

    assert.match(becauseOf(outcome), /is not what it was/);
    assert.equal(sent.length, 0);
  });

  it("says no, or nothing in time, and it ends", async () => {
    const { commands, clock } = openCommands({ config });
    const first = await commands.write(SPEED, 900, person("ann"));
    const second = await commands.write(SPEED, 901, person("ann"));
    assert.ok(first.result === "waiting" && second.result === "waiting");

    commands.reject(first.id, person("bob"));
    clock.now += 600_000;
    commands.sweep();

    const codes = [first, second].map(({ id }) => {
      const outcome = commands.journal.get(id)?.outcome;
      return outcome?.result === "refused" ? outcome.code : outcome?.result;
    });
    assert.deepEqual(codes, ["REJECTED", "EXPIRED"]);
  });

  it("cannot help one who is nobody", async () => {
    const { commands } = openCommands({ config });

    const outcome = await commands.write(SPEED, 900, { ...person(""), actor: "anonymous" });

    assert.ok(outcome.result === "refused" && outcome.code === "NO_SECOND_PERSON");
  });
});
