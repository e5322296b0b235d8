/** Which causes end by themselves, and when the hub says so. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endingOf, type EndingFacts } from "../../../hub/src/diagnostics/endings.ts";
import type { Finding } from "../../../hub/src/finding.ts";
import type { AdapterAccount } from "../../../hub/src/supervisor/index.ts";

const AT = 1_000_000;

function found(code: string, subject: string): Finding {
  const texts = {
    title: "",
    level: "warn",
    address: "",
    topic: "",
    because: "",
    advice: "",
    head: "",
  };
  return {
    ...texts,
    code,
    subject,
    clientId: "press-4",
    ids: [],
    count: 1,
    firstAt: AT,
    lastAt: AT,
  };
}

const NOTHING: EndingFacts = {
  bornAt: () => undefined,
  connectedAt: () => undefined,
  adapters: () => [],
  sinkWritesSince: () => undefined,
  isRecording: () => false,
};

const lacks = (deviceId: string): boolean => deviceId === "m2";

function account(device: "alive" | "dead", state: AdapterAccount["state"]): AdapterAccount {
  const naming = { adapter: "press", protocol: "modbus", groupId: "P", edgeNodeId: "gw" };
  const devices = [
    { deviceId: "m1", state: device, since: AT + 7000, lastError: undefined, deaths: 1 },
  ];
  return { ...naming, state, since: AT + 9000, lastError: undefined, restarts: 1, devices, lacks };
}

const born = (at: number) => ({ bornAt: (node: string) => (node === "P/gw" ? at : undefined) });

const overAt = (finding: Finding, facts: Partial<EndingFacts>, now = AT + 60_000) =>
  endingOf(finding, { ...NOTHING, ...facts }, now)?.over?.at;

describe("the end of a finding", () => {
  it("of a session is a later birth of the edge node, ten seconds without it", () => {
    const gap = found("S04", "edge node P/gw");

    assert.equal(overAt(gap, born(AT + 5000)), AT + 5000);
    assert.equal(overAt(gap, born(AT + 5000), AT + 14_000), undefined);
    assert.equal(overAt(gap, born(AT + 1000)), undefined); // it may have been found in that very birth
    assert.equal(overAt(gap, {}), undefined);
  });

  it("of a CONNECT is a later one of the same client", () => {
    const willless = found("C03", "edge node P/gw");

    assert.equal(overAt(willless, { connectedAt: () => AT + 5000 }), AT + 5000);
    assert.equal(overAt(willless, { connectedAt: () => AT - 5000 }), undefined);
    assert.equal(overAt(willless, { bornAt: () => AT + 5000 }), undefined);
  });

  it("of an adapter or its device is that it runs or answers again, or that nobody wants it any more", () => {
    const device = found("ADAPTER-DEVICE", "device P/gw/m1");
    const adapter = found("ADAPTER-ENDED", "adapter press");
    const now = AT + 60_000;

    assert.equal(overAt(device, { adapters: () => [account("alive", "running")] }), AT + 7000);
    assert.equal(overAt(device, { adapters: () => [account("dead", "running")] }), undefined);
    assert.equal(overAt(adapter, { adapters: () => [account("dead", "running")] }), AT + 9000);
    assert.equal(overAt(adapter, { adapters: () => [account("dead", "ended")] }), undefined);
    assert.equal(overAt(device, {}, now), now);
    const starting = { adapters: () => [{ ...account("dead", "starting"), devices: [] }] };
    assert.equal(overAt(device, starting, now), undefined); // nobody knows yet whether it answers
    assert.equal(overAt(found("ADAPTER-DEVICE", "device P/gw/m2"), starting, now), now);
    for (const one of [device, adapter]) {
      const facts = { ...NOTHING, adapters: () => [account("dead", "stopped")] };
      const over = { at: AT + 9000, because: "its adapter is stopped" };
      assert.deepEqual(endingOf(one, facts, now)?.over, over);
    }
  });

  it("of a sink or the history is that it writes again", () => {
    const sink = found("SINK-DOWN", "sink far");
    const sinkWritesSince = (name: string) => (name === "far" ? AT + 3000 : undefined);

    assert.equal(overAt(sink, { sinkWritesSince }), AT + 3000);
    assert.equal(
      overAt(found("HISTORY", "the history of the hub"), { isRecording: () => true }),
      AT + 60_000,
    );
  });

  it("is not known of everything else: it only grows old", () => {
    const all = { ...NOTHING, bornAt: () => AT + 5000, connectedAt: () => AT + 5000 };
    const codes = ["T01", "F01", "P06", "S08", "S09", "M05", "U01", "SINK-GAP", "CLIENT-GRANT"];

    const endings = codes.map((code) => endingOf(found(code, "edge node P/gw"), all, AT + 60_000));

    assert.deepEqual(
      endings.filter((ending) => ending !== undefined),
      [],
    );
  });
});
