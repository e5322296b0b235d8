/** Somebody looks what is in a device while it is polled. A clock that stands still, a wire in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BrowseNode, BrowseRequest } from "@unshub/adapter";
import { ModbusLife } from "../../../support/modbus-life.ts";

const TAG = { name: "Speed", at: "hr:0", type: "uint16" };

function polledEvery(interval: string): Promise<ModbusLife> {
  const device = ModbusLife.device([TAG], { groups: { fast: { interval } } });
  return ModbusLife.start({ devices: [device] }, (life) => (life.rttMs = 20));
}

async function browsed(
  life: ModbusLife,
  request: BrowseRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly BrowseNode[]> {
  const nodes: BrowseNode[] = [];
  for await (const node of life.adapter.browse?.(request, signal) ?? []) nodes.push(node);
  return nodes;
}

describe("browsing a device that is polled", () => {
  it("misses no slot of a poll, and asks one thing at a time", async () => {
    await using life = await polledEvery("100ms");
    const before = life.reads(0);

    const done = browsed(life, { root: "hr:1000..4999", maxNodes: 10_000 });
    await life.clock.pass(2000);

    assert.equal((await done).filter(({ kind }) => kind === "tag").length, 4000);
    assert.ok(life.reads(0) - before >= 20, `${life.reads(0) - before} polls`);
    const [device] = life.adapter.diagnostics().devices;
    assert.equal(device?.overruns, 0);
  });

  it("halves what is refused down to the address, tells it, and gives up where nobody answers", async () => {
    await using life = await polledEvery("1h");
    life.reply = ({ start, second }) => {
      if (start + second > 300) return "silent";
      return start <= 142 && 142 < start + second ? 2 : undefined;
    };

    const done = browsed(life, { root: "hr:100..999", maxNodes: 10_000 });
    await life.clock.pass(10_000);
    const nodes = await done;

    const addresses = nodes.flatMap((node) => (node.kind === "tag" ? [node.fields["at"]] : []));
    assert.equal(addresses.length, 199);
    assert.ok(!addresses.includes("hr:142"));
    assert.deepEqual(
      nodes.flatMap((node) => (node.kind === "problem" ? [node.because] : [])),
      [
        "hr:142: exception 2, illegal address",
        "hr:300..399: no answer",
        "hr:400..499: no answer",
        "hr:500..999 was not looked at any further",
      ],
    );
  });

  it("asks no further where the device does not know the function", async () => {
    await using life = await polledEvery("1h");
    const before = life.reads(0);
    life.reply = () => 1;

    const done = browsed(life, { root: "hr:0..9999", maxNodes: 10_000 });
    await life.clock.pass(10_000);

    assert.deepEqual(await done, [
      { kind: "problem", because: "hr:0..99: exception 1, illegal function" },
      { kind: "problem", because: "hr:100..9999 was not looked at any further" },
    ]);
    assert.equal(life.reads(0) - before, 1);
  });

  it("ends between two requests when nobody waits for it any more", async () => {
    await using life = await polledEvery("1h");
    const ending = new AbortController();
    life.reply = () => {
      ending.abort();
      return 2;
    };

    const done = browsed(life, { root: "hr:0..99", maxNodes: 10_000 }, ending.signal);
    await life.clock.pass(1000);

    const [last] = (await done).slice(-1);
    assert.deepEqual(last, {
      kind: "problem",
      because: "hr:0..99 was not looked at any further",
    });
  });
});
