/** What the line above the tags says, and who stopped an adapter, out of what the hub reports. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorShare, parseAdapters, type Adapter } from "../../uns-browser/lib/adapters.ts";
import { parseReading, parseTrial } from "../../uns-browser/lib/trial.ts";

const device = (deviceId: string, more: object = {}) => ({ deviceId, state: "online", ...more });
const adapter = (name: string, devices: readonly object[], more: object = {}) => ({
  name,
  status: "running",
  links: [],
  devices,
  ...more,
});

function parsed(...adapters: readonly unknown[]): readonly Adapter[] {
  return parseAdapters({ adapters, now: 7 })?.adapters ?? [];
}

describe("adapters", () => {
  it("tell their cycles and the share of requests that failed, and nothing where nobody counts", () => {
    const cycles = [{ group: "fast", everyMs: 100, requests: 9, tookMs: 41.2 }, { group: "x" }];
    const counted = device("a", { cycles, requests: 10_000, timeouts: 1, exceptions: 1 });

    const [polled, other] = parsed(adapter("p", [counted, device("b")]))[0]?.devices ?? [];

    assert.ok(polled && other);
    assert.deepEqual(polled.cycles, [{ group: "fast", everyMs: 100, requests: 9, tookMs: 41.2 }]);
    assert.deepEqual([errorShare(polled), errorShare(other)], [0.0002, null]);
  });

  it("say who stopped them, as far as the file says", () => {
    const [held, free] = parsed(
      adapter("p", [], { status: "stopped", stopped: { by: "olga", at: 5 } }),
      adapter("q", []),
    );

    assert.deepEqual(held?.stopped, { by: "olga", at: 5, because: null });
    assert.equal(free?.stopped, null);
  });

  it("that were tried say each step that is known, and nothing of others", () => {
    const steps = [
      { step: "connect", outcome: "done", says: "connected", ms: 3 },
      { step: "dance", outcome: "done" },
      { step: "read", outcome: "failed", says: "no", todo: "look", ms: 4 },
    ];

    const trial = parseTrial({ works: false, steps });

    assert.deepEqual(
      trial?.steps.map(({ step, isDone, todo }) => [step, isDone, todo]),
      [
        ["connect", true, null],
        ["read", false, "look"],
      ],
    );
    assert.equal(parseTrial({}), null);
    assert.equal(parseReading({ kind: "once", step: steps[0] })?.says, "connected");
    assert.equal(parseReading("x"), null);
  });
});
