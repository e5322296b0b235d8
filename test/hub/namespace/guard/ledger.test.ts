import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RuleCode } from "../../../../hub/src/config/index.ts";
import type { Fault } from "../../../../hub/src/namespace/guard/faults.ts";
import { Ledger } from "../../../../hub/src/namespace/guard/ledger.ts";

function fault(code: RuleCode, because = "why"): Fault {
  return {
    code,
    because,
    isCommon: false,
    isToldOnly: false,
    isReserved: false,
    occasion: undefined,
    more: 0,
  };
}

function note(ledger: Ledger, clientId: string, at: number, what = fault("S04")): void {
  const payload = new Uint8Array(100).fill(0xab);
  const seen = { clientId, address: "a:1", subject: "edge node g/e", topic: "t", payload, at };
  ledger.note(what, "warn", { ...seen, occasion: "NDATA" });
}

describe("the ledger of findings", () => {
  it("counts one rule of one client as one finding, with the newest sentence and the first 64 bytes", () => {
    const ledger = new Ledger();

    note(ledger, "gw", 0, fault("S04", "first"));
    note(ledger, "gw", 500, fault("S04", "only counted"));
    note(ledger, "gw", 2000, fault("S04", "newest"));

    const [finding, ...more] = ledger.findings();
    assert.deepEqual(
      [finding?.count, finding?.because, finding?.head],
      [3, "newest", "ab".repeat(64)],
    );
    assert.deepEqual([finding?.firstAt, finding?.lastAt, more], [0, 2000, []]);
    assert.deepEqual(finding?.ids, [
      "tck-id-topics-ndata-seq-num",
      "tck-id-payloads-ndata-seq-inc",
      "tck-id-payloads-sequence-num-incrementing",
    ]);
  });

  it("keeps 1000 findings and says which it forgot", () => {
    const ledger = new Ledger();

    for (let count = 0; count < 1002; count += 1) note(ledger, `gw-${count}`, count);

    assert.equal(ledger.findings().length, 1000);
    assert.deepEqual(
      ledger.takeChanged(0).gone.map(({ clientId }) => clientId),
      ["gw-0", "gw-1"],
    );
  });

  it("gives out what changed a part at a time, each once", () => {
    const ledger = new Ledger();
    for (let count = 0; count < 5; count += 1) note(ledger, `gw-${count}`, count);

    const first = ledger.takeChanged(3).changed.length;
    const second = ledger.takeChanged(3).changed.length;
    const third = ledger.takeChanged(3).changed.length;

    assert.deepEqual([first, second, third], [3, 2, 0]);
  });
});
