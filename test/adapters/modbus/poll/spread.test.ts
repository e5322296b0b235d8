/** Many units behind one gateway: when each is asked. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { ModbusLife } from "../../../support/modbus-life.ts";

const RTT_MS = 5;

/** How long each request of `ms` waited for the answers to others, one after the other on the wire. */
async function waits(units: number, ms: number): Promise<readonly number[]> {
  const tags = [{ name: "Speed", at: "hr:0", type: "uint16" }];
  const devices = Array.from({ length: units }, (_, index) =>
    Object.assign(ModbusLife.device(tags), { name: `plc-${index}`, unit: index + 1 }),
  );
  await using life = new ModbusLife({ devices });
  life.rttMs = RTT_MS;
  await life.adapter.start();
  await life.clock.pass(10_000);
  const found: number[] = [];
  let lastMs = -Infinity;
  let waitMs = 0;
  life.reply = () => {
    const nowMs = life.clock.elapsedMs();
    // Sent as soon as the wire was free: it waited behind the one before, and that one behind others.
    waitMs = nowMs - lastMs < RTT_MS + 0.5 ? waitMs + RTT_MS : 0;
    lastMs = nowMs;
    found.push(waitMs);
    return undefined;
  };
  await life.clock.pass(ms);
  return found.toSorted((a, b) => a - b);
}

for (const units of [10, 50, 100]) {
  it(`${units} units behind one gateway hardly wait for each other`, async () => {
    const sorted = await waits(units, 5000);

    assert.ok(sorted.length >= units * 5, `${sorted.length} requests`);
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Infinity;
    assert.ok(p99 <= RTT_MS, `${p99} ms`);
  });
}
