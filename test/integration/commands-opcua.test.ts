/** What comes of a command to a real OPC UA server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { DataType, StatusCodes, Variant, type StatusCode } from "node-opcua-client";
import { unshub } from "../support/cli.ts";
import { startTestHub, type Ending, type TestHub } from "../support/hub.ts";
import { labNode, OpcUaLab } from "../support/opcua-lab.ts";
import { FreezableProxy } from "../support/opcua-proxy.ts";

const PATH = "P/gw/lab/Setpoint";

/** A hub that reads and writes the node `Setpoint` of a lab. `port`: of what stands before it. */
async function cellHub(
  t: Ending,
  lab: OpcUaLab,
  { port = lab.port, confirmWithin = "10s", offlineGrace = "10s" } = {},
): Promise<TestHub> {
  const tag = `{ name: Setpoint, node: "${labNode("Setpoint")}", group: fast, access: rw, verifyTimeout: 2s }`;
  const entry = `  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: opc.tcp://127.0.0.1:${port}
    security: none
    allowNone: true
    readOnly: false
    device: lab
    offlineGrace: ${offlineGrace}
    groups: { fast: { interval: 50ms, sampling: 0ms } }
    tags: [${tag}]
`;
  const hub = await startTestHub(t, entry, {
    more: `commands: { confirmWithin: ${confirmWithin} }`,
  });
  const { tree } = hub.hub;
  await hub.until(() => tree.values.quality(tree.find(PATH) ?? 0) === "good");
  return hub;
}

async function write(hub: TestHub, value: number): Promise<object> {
  const answer = await fetch(new URL("/api/ns/write", `http://127.0.0.1:${hub.httpPort}`), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ path: PATH, value }),
  });
  return Object(await answer.json());
}

/** The value behind the node, and what happens to one that is written. */
function bound(keep: (value: number) => number | undefined): object {
  let value = 1;
  return {
    value: {
      get: () => new Variant({ dataType: DataType.Double, value }),
      set: (wanted: Variant) => {
        const kept = keep(Number(wanted.value));
        if (kept === undefined) return StatusCodes.BadOutOfRange;
        value = kept;
        return StatusCodes.Good;
      },
    },
  };
}

describe("a write to an OPC UA server", { timeout: 300_000 }, () => {
  it("is confirmed by the value that comes back", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    const hub = await cellHub(t, lab);

    assert.partialDeepStrictEqual(await write(hub, 2.5), { result: "confirmed", value: 2.5 });
  });

  it("has failed with the server's reason when it says no", async (t) => {
    await using lab = await OpcUaLab.start();
    const { value } = Object(bound(() => undefined));
    lab.addDouble("Setpoint", 1).bindVariable(value, true);
    const hub = await cellHub(t, lab);

    const outcome = await write(hub, 2.5);

    assert.match(JSON.stringify(outcome), /"result":"failed".*range/i);
  });

  it("is no success when the server keeps another value", async (t) => {
    await using lab = await OpcUaLab.start();
    const { value } = Object(bound((wanted) => Math.min(wanted, 2)));
    lab.addDouble("Setpoint", 1).bindVariable(value, true);
    const hub = await cellHub(t, lab);

    const outcome = await write(hub, 2.5);

    assert.partialDeepStrictEqual(outcome, { result: "mismatch", value: 2 });
  });

  it("ends when the server is gone, and is refused from then on", async (t) => {
    const lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    const hub = await cellHub(t, lab);
    await lab[Symbol.asyncDispose]();

    const outcome = await write(hub, 2.5);
    const { tree } = hub.hub;
    await hub.until(() => tree.online(tree.find("P/gw/lab") ?? 0) === false);
    const later = await write(hub, 2.5);

    assert.match(JSON.stringify(outcome), /"result":"(failed|offline|timeout|refused)"/);
    assert.partialDeepStrictEqual(later, { result: "refused", code: "OFFLINE" });
  });
});

describe("a write that an OPC UA server does not answer in time", { timeout: 300_000 }, () => {
  it("is a timeout, everywhere the same, and is never sent again", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    await using proxy = await FreezableProxy.start(lab.port);
    const hub = await cellHub(t, lab, { port: proxy.port, confirmWithin: "2s" });
    proxy.freeze();

    const outcome = await write(hub, 2.5);
    const shown = await commandsOf(hub);
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const printed = await unshub("commands", "--url", url);
    proxy.thaw();
    await hub.untilLogged(/connected to the OPC UA server/, 2);
    const next = await untilDone(hub);

    assert.partialDeepStrictEqual(outcome, { result: "timeout", value: 1 });
    assert.match(JSON.stringify(outcome), /did not come back within 2 s/);
    assert.partialDeepStrictEqual(shown, [{ asked: 2.5, before: 1, outcome }]);
    assert.match(printed.out, /Setpoint +1 +2\.5 +anonymous +timeout: the value did not come back/);
    assert.partialDeepStrictEqual(next.outcome, { result: "confirmed", value: next.value });
    const all = await commandsOf(hub);
    assert.partialDeepStrictEqual(all.at(-1), { asked: 2.5, outcome }); // it stays what it was
    assert.ok(all.every(({ before }) => before !== 2.5)); // the server never had 2.5
    await hub.stop();
    assert.deepEqual(storyOf(hub, 2.5), ["asked", "unknown"]);
  });

  it("is offline when the connection is found dead while the value is awaited", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    await using proxy = await FreezableProxy.start(lab.port);
    const times = { confirmWithin: "50s", offlineGrace: "200ms" };
    const hub = await cellHub(t, lab, { port: proxy.port, ...times });
    proxy.freeze();

    const outcome = await write(hub, 2.5);

    assert.partialDeepStrictEqual(outcome, { result: "offline", value: 1 });
    await hub.stop();
    assert.deepEqual(storyOf(hub, 2.5), ["asked", "unknown"]);
  });

  it("stays a timeout when the answer comes late, and the value is shown as it is", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    await using proxy = await FreezableProxy.start(lab.port);
    const hub = await cellHub(t, lab, { port: proxy.port, confirmWithin: "2s" });
    const { tree } = hub.hub;
    const metric = tree.find(PATH) ?? 0;
    proxy.swallow();

    const outcome = await write(hub, 2.5);
    proxy.heal(); // what the server was sent comes to it now
    await hub.until(
      () => tree.values.value(metric) === 2.5 && tree.values.quality(metric) === "good",
    );
    const next = await untilDone(hub);

    assert.partialDeepStrictEqual(outcome, { result: "timeout", value: 1 });
    const confirmed = { result: "confirmed", value: next.value, unchanged: false };
    assert.partialDeepStrictEqual(next.outcome, confirmed);
    assert.partialDeepStrictEqual((await commandsOf(hub)).at(-1), { asked: 2.5, outcome });
    await hub.stop();
    assert.deepEqual(storyOf(hub, 2.5), ["asked", "unknown"]);
    assert.deepEqual(storyOf(hub, next.value), ["asked", "done"]);
  });

  it("does not fail the next write by its late refusal", async (t) => {
    await using lab = await OpcUaLab.start();
    let held = Promise.withResolvers<StatusCode>();
    let value = 1;
    lab.addDouble("Setpoint", 1).bindVariable(
      {
        get: () => new Variant({ dataType: DataType.Double, value }),
        set: async (wanted: Variant): Promise<StatusCode> => {
          if (wanted.value === 2.5) return await held.promise;
          value = Number(wanted.value);
          return StatusCodes.Good;
        },
      },
      true,
    );
    // well below the 5 s after which the adapter itself gives a write up
    const hub = await cellHub(t, lab, { confirmWithin: "2s" });
    const { journal } = hub.hub.commands;

    /** Both, one after the other; the second one waits behind the first, which the adapter still holds. */
    const both = async (asked: number) => {
      held = Promise.withResolvers();
      const before = value;
      const first = await write(hub, 2.5);
      const sent = Promise.withResolvers<void>();
      journal.observe((command) => {
        const isSent = command.steps.some(({ step }) => step === "sent");
        if (command.asked === asked && isSent) sent.resolve();
      });
      const second = write(hub, asked);
      await sent.promise;
      held.resolve(StatusCodes.BadOutOfRange);
      return { asked, before, first, second: await second };
    };

    let told = await both(3);
    while (/"timeout"/.test(JSON.stringify(told.second))) told = await both(told.asked + 1); // a busy machine

    const { asked, before, first, second } = told;
    assert.partialDeepStrictEqual(first, { result: "timeout", value: before });
    assert.partialDeepStrictEqual(second, { result: "confirmed", value: asked });
    await hub.untilLogged(/BadOutOfRange/);
    assert.partialDeepStrictEqual((await commandsOf(hub)).slice(0, 2), [
      { asked, outcome: { result: "confirmed" } },
      { asked: 2.5, outcome: first },
    ]);
  });
});

type Shown = Readonly<Record<string, unknown>>;

/** As the page and programs are told, the newest first. */
async function commandsOf(hub: TestHub): Promise<readonly Shown[]> {
  const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/commands`);
  const { commands }: { commands: readonly Shown[] } = JSON.parse(await answer.text());
  return commands;
}

/** What the audit trail says of the commands for a value. */
function storyOf(hub: TestHub, after: number): readonly unknown[] {
  const trail = readFileSync(join(dirname(hub.file), "audit.jsonl"), "utf8")
    .trim()
    .split("\n");
  const lines = trail.map((line): Shown => JSON.parse(line));
  return lines
    .filter((line) => line["action"] === "command" && line["after"] === after)
    .map((line) => line["result"]);
}

interface Done {
  readonly value: number;
  readonly outcome: object;
}

/**
 * The first of 3, 4, 5, … of which something came. A new link may not be up on both sides yet: until then the hub says so.
 * The next value is another, as the one before may be written after its time was over.
 */
async function untilDone(hub: TestHub): Promise<Done> {
  for (let value = 3; ; value += 1) {
    const outcome = await write(hub, value);
    if (/"(failed|timeout|offline|refused|mismatch)"/.test(JSON.stringify(outcome))) continue;
    return { value, outcome };
  }
}
