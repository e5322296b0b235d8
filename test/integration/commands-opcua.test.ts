/** What comes of a command to a real OPC UA server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataType, StatusCodes, Variant } from "node-opcua-client";
import { startTestHub, type Ending, type TestHub } from "../support/hub.ts";
import { labNode, OpcUaLab } from "../support/opcua-lab.ts";

const PATH = "P/gw/lab/Setpoint";

/** A hub that reads and writes the node `Setpoint` of a lab. */
async function cellHub(t: Ending, lab: OpcUaLab): Promise<TestHub> {
  const tag = `{ name: Setpoint, node: "${labNode("Setpoint")}", group: fast, access: rw, verifyTimeout: 2s }`;
  const entry = `  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: opc.tcp://127.0.0.1:${lab.port}
    security: none
    allowNone: true
    readOnly: false
    device: lab
    groups: { fast: { interval: 50ms, sampling: 0ms } }
    tags: [${tag}]
`;
  const hub = await startTestHub(t, entry, { more: "commands: { confirmWithin: 10s }" });
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

describe("a write to an OPC UA server", { timeout: 180_000 }, () => {
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

    assert.match(JSON.stringify(outcome), /"result":"(mismatch|failed)"/);
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
