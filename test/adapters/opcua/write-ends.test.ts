/** Commands that are under way when their connection ends, or that get no answer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StatusCodes, Variant, type StatusCode } from "node-opcua-client";
import { Bell } from "../../support/bell.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { startMotorLab } from "../../support/opcua-lab-types.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

/** A dead connection is found long before the adapter gives a write up that is not answered. */
const WATCHFUL = { ...QUICK, times: { ...QUICK.times, watch: { everyMs: 50, withinMs: 2_000 } } };

/** A node of a lab, and what the server was asked to write there. */
class Asked {
  readonly writes: number[] = [];
  readonly #bell = new Bell();

  /** `unanswered`: so many writes before one is answered, and taken where `answer` is good. */
  constructor(lab: OpcUaLab, name: string, unanswered = 0, answer: StatusCode = StatusCodes.Good) {
    let value = new Variant({ dataType: "Double", value: 1 });
    const set = async (wanted: Variant): Promise<StatusCode> => {
      this.writes.push(Number(wanted.value));
      this.#bell.ring();
      if (this.writes.length <= unanswered)
        return await Promise.withResolvers<StatusCode>().promise;
      if (answer === StatusCodes.Good) value = wanted;
      return answer;
    };
    lab.addDouble(name, 1).bindVariable({ get: () => value, set }, true);
  }

  async until(count: number): Promise<void> {
    await this.#bell.until(() => this.writes.length >= count);
  }
}

function tag(name: string, more: object = {}): object {
  return { name, node: labNode(name), access: "rw", ...more };
}

const connected = (run: OpcUaRun): number =>
  run.log.filter(({ message }) => message === "connected to the OPC UA server").length;

describe(
  "a command to an OPC UA server whose connection is found dead",
  { timeout: 180_000 },
  () => {
    it("ends with it, is not sent again, and the next one goes out over the new connection", async () => {
      await using lab = await startMotorLab();
      const once = new Asked(lab, "Once");
      const twice = new Asked(lab, "Twice");
      await using proxy = await FreezableProxy.start(lab.port);
      const tags = [
        tag("Once"),
        tag("Twice", { idempotent: true, device: "other" }),
        tag("Motor", { device: "third" }),
      ];
      const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
      const config = lab.config(tags, { endpoint, offlineGrace: "50s" });
      await using run = await OpcUaRun.start(config, WATCHFUL);
      await run.until(() => run.count("born") === 3);
      const before = connected(run);
      proxy.freeze();

      const ended = await Promise.all([
        run.write("lab", "Once", 2),
        run.write("lab", "Once", 3),
        run.write("other", "Twice", 2),
        run.write("third", "Motor/Speed", 2),
      ]);
      proxy.thaw();
      await run.until(() => connected(run) > before);
      const next = await Promise.all([run.write("lab", "Once", 4), run.write("other", "Twice", 4)]);

      assert.deepEqual(
        ended.map(({ outcome, because }) => `${outcome} ${because}`),
        [
          "timeout_unknown lab Once: the connection ended; it may have been written",
          "rejected_offline lab Once: the server is not connected",
          "timeout_unknown other Twice: the connection ended; it may have been written",
          "rejected_failed third Motor/Speed: its structure was not read, so nothing was written: the connection ended",
        ],
      );
      for (const { outcome, because } of next) assert.equal(outcome, "ok", because ?? "");
      assert.deepEqual([once.writes, twice.writes], [[4], [4]]);
    });

    it("was perhaps a call of a method, or was none when nothing had gone out", async () => {
      await using lab = await startMotorLab();
      const calls = new Bell();
      let called = 0;
      const method = lab.namespace.addMethod(lab.folder, { browseName: "Run", nodeId: "s=Run" });
      method.bindMethod((_inputs, _context, _answer) => {
        called += 1; // and never answers
        calls.ring();
      });
      await using proxy = await FreezableProxy.start(lab.port);
      const methods = ["lab", "other"].map((device) => ({
        device,
        name: "Run",
        object: labNode("Lab"),
        method: labNode("Run"),
      }));
      const tags = [tag("Motor"), tag("Motor", { device: "other" })];
      const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
      const config = lab.config(tags, { endpoint, methods, offlineGrace: "50s" });
      await using run = await OpcUaRun.start(config, WATCHFUL);
      await run.until(() => run.count("born") === 2);

      const first = run.write("lab", "Run/Call", "");
      await calls.until(() => called === 1);
      proxy.freeze();
      const second = run.write("other", "Run/Call", "");

      assert.partialDeepStrictEqual(await first, {
        outcome: "timeout_unknown",
        because: "lab Run/Call: the connection ended; it may have been called",
      });
      assert.partialDeepStrictEqual(await second, {
        outcome: "rejected_failed",
        because: "other Run/Call: not called: the connection ended",
      });
      assert.equal(called, 1);
    });
  },
);

it(
  "a method of an OPC UA server is not called when its command is too old once it is prepared",
  { timeout: 180_000 },
  async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Here", 1);
    let called = 0;
    const method = lab.namespace.addMethod(lab.folder, { browseName: "Run", nodeId: "s=Run" });
    method.bindMethod((_inputs, _context, answer) => {
      called += 1;
      answer(null, { statusCode: StatusCodes.Good });
    });
    const methods = [
      { device: "lab", name: "Run", object: labNode("Lab"), method: labNode("Run") },
    ];
    let laterMs = 0;
    const now = (): number => Date.now() + laterMs;
    await using run = await OpcUaRun.start(lab.config([tag("Here")], { methods }), QUICK, now);
    await run.until(() => run.count("born") === 1);

    const command = { deviceId: "lab", metric: "Run/Call", value: "", askedAt: now() };
    const asked = run.adapter.write([command]);
    laterMs = 60_000; // the server is asked for the arguments of the method now

    assert.partialDeepStrictEqual(await asked, [{ outcome: "rejected_too_old" }]);
    const status = run.latest("Run/Status")?.value;
    assert.match(typeof status === "string" ? status : "", /^rejected: .* older than 30 s$/);
    assert.equal(called, 0);
  },
);

it(
  "a write that an OPC UA server refuses as a whole is refused, and not perhaps written",
  { timeout: 180_000 },
  async () => {
    const capabilities = { operationLimits: { maxNodesPerWrite: 1 } };
    await using lab = await OpcUaLab.start({ capabilities });
    const asked = ["A", "B"].map((name) => new Asked(lab, name));
    const group = { writeGroup: "both", idempotent: true };
    const config = lab.config([tag("A", group), tag("B", group)]);
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);

    const results = await run.adapter.write(
      ["A", "B"].map((metric) => ({ deviceId: "lab", metric, value: 2 })),
    );

    assert.deepEqual(
      results.map(({ outcome, because }) => `${outcome} ${because}`),
      ["A", "B"].map(
        (name) => `rejected_by_device lab ${name}: the server refused it: BadTooManyOperations`,
      ),
    );
    assert.deepEqual(
      asked.map(({ writes }) => writes),
      [[], []],
    );
  },
);

describe("a write that an OPC UA server does not answer", { timeout: 180_000 }, () => {
  it("is sent once more where that may be, but not when its command is too old by then", async () => {
    await using lab = await startMotorLab();
    const young = new Asked(lab, "Young", 1);
    const old = new Asked(lab, "Old", 1);
    const no = new Asked(lab, "No", 1, StatusCodes.BadUserAccessDenied);
    const more = { idempotent: true, verifyTimeout: "10ms" };
    const config = lab.config([
      tag("Young", more),
      tag("Old", { ...more, device: "other" }),
      tag("No", { ...more, device: "third" }),
    ]);
    let laterMs = 0;
    const now = (): number => Date.now() + laterMs;
    await using run = await OpcUaRun.start(config, QUICK, now);
    await run.until(() => run.count("born") === 3);
    const askedAt = now();

    const command = { deviceId: "other", metric: "Old", value: 2, askedAt };
    const [first, second] = [run.write("lab", "Young", 2), run.adapter.write([command])];
    const third = run.write("third", "No", 2);
    await Promise.all([young.until(1), old.until(1), no.until(1)]);
    laterMs = 60_000;

    assert.partialDeepStrictEqual(await first, { outcome: "ok", read: 2 });
    assert.partialDeepStrictEqual(await second, [
      { outcome: "timeout_unknown", because: "other Old: no answer; it may have been written" },
    ]);
    assert.partialDeepStrictEqual(await third, {
      outcome: "timeout_unknown", // what is refused now says nothing of the first
      because: "third No: no answer; it may have been written",
    });
    assert.deepEqual([young.writes, old.writes, no.writes], [[2, 2], [2], [2, 2]]);
  });
});
