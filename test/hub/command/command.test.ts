import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePayload, type SparkplugMessage } from "@unshub/sparkplug";
import { Commands } from "../../../hub/src/command/index.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";
import { dbirth, message, nbirth, speed } from "../../support/sparkplug-messages.ts";

/** Commands over a tree with `g/e/d/Motor/Speed` = 1200; `onSent` is the plant's answer to a DCMD. */
function openCommands(onSent: (sessions: NodeSessions) => void, forbidden?: string) {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const sent: SparkplugMessage[] = [];
  const commands = new Commands({
    tree,
    log: SILENT_LOG,
    now: () => 1000,
    forbidden,
    publish: async (dcmd) => {
      sent.push(dcmd);
      onSent(sessions);
    },
  });
  return { commands, sent, sessions };
}

const SPEED = "g/e/d/Motor/Speed";

describe("a write", () => {
  it("goes out as DCMD at QoS 0, not retained, and is confirmed by the value that comes back", async () => {
    const { commands, sent } = openCommands((sessions) => sessions.apply(speed(900, 2)));

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

  it("is not done when another value comes back", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands } = openCommands((sessions) => sessions.apply(speed(899, 2)));

    const outcome = commands.write(SPEED, 900);
    await Promise.resolve();
    t.mock.timers.tick(5000);

    const { result, ...rest } = await outcome;
    assert.equal(result, "unconfirmed");
    assert.ok("value" in rest && rest.value === 899);
  });

  it("of a large integer is not done by its neighbour", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { commands, sessions } = openCommands(() => undefined);
    sessions.apply(speed(2_000_000, 2));

    const outcome = commands.write(SPEED, 2_000_001);
    await Promise.resolve();
    t.mock.timers.tick(5000);

    assert.equal((await outcome).result, "unconfirmed");
  });

  const refusals: readonly (readonly [string, string, unknown, RegExp])[] = [
    ["an unknown path", "g/e/d/Nothing", 1, /there is no metric/],
    ["a read-only metric", "g/e/d/ok", true, /read-only/],
    ["a folder", "g/e/d/Motor", 1, /there is no metric/],
    ["a value out of range", SPEED, "9999999999", /outside Int32/],
    ["a metric of the node itself", "g/e/bdSeq", 1, /read-only/],
  ];
  for (const [what, path, value, because] of refusals) {
    it(`is refused for ${what}, and nothing is sent`, async () => {
      const { commands, sent } = openCommands(() => undefined);

      const outcome = await commands.write(path, value);

      assert.equal(outcome.result, "refused");
      assert.match("because" in outcome ? outcome.because : "", because);
      assert.equal(sent.length, 0);
    });
  }

  it("is refused while the device is offline", async () => {
    const { commands, sessions } = openCommands(() => undefined);
    sessions.apply(message("DDEATH/e/d", [], 2));

    const outcome = await commands.write(SPEED, 1);

    assert.match("because" in outcome ? outcome.because : "", /device "d" is offline/);
  });

  it("is refused, with a sentence, when the MQTT server takes no message", async () => {
    const { commands } = openCommands(() => {
      throw new Error("the MQTT server is stopped");
    });

    assert.deepEqual(await commands.write(SPEED, 1), {
      result: "refused",
      code: "NOT_SENT",
      because: "the command could not be sent; see the log of the hub",
    });
  });

  it("is refused while nobody may write", async () => {
    const { commands, sent } = openCommands(() => undefined, "closed for the test");

    assert.deepEqual(await commands.write(SPEED, 1), {
      result: "refused",
      code: "FORBIDDEN",
      because: "closed for the test",
    });
    assert.equal(sent.length, 0);
  });
});
