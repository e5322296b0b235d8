/** The bytes behind values: kept of what somebody looks at, and of nothing else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RawBytes } from "../../../../adapters/modbus/src/poll/raw-bytes.ts";
import { Scheduler } from "../../../../adapters/modbus/src/poll/scheduler.ts";
import { StillClock } from "../../../support/modbus-clock.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

const TAGS = [
  makeTag({ name: "Vibration", start: 10, type: "float32", byteOrder: "BADC" }),
  makeTag({ name: "Slow", start: 12 }),
  makeTag({ name: "Text", start: 20, type: "string", length: 40 }),
];
const REPLY = Uint8Array.of(0x40, 0x9a, 0x3d, 0x71, 0x00, 0x07);
const AT = 1_795_000_000_000;

function opened() {
  const clock = new StillClock();
  const raw = new RawBytes(TAGS, new Scheduler(clock));
  const block = {
    table: "hr",
    start: 10,
    tags: TAGS.slice(0, 2).map((tag, index) => ({ tag, index, every: index === 0 ? 1 : 4 })),
  } as const;
  return { clock, raw, take: (pass: number) => raw.take(block, REPLY, { at: AT, pass }) };
}

describe("the bytes behind values", () => {
  it("are kept as they came from the moment that somebody looks, and given up when nobody does", async () => {
    const { clock, raw, take } = opened();
    assert.equal(raw.isOn, false);
    take(1);
    assert.deepEqual(raw.look(["Vibration"]), []);
    assert.equal(raw.isOn, true);
    take(2);
    assert.deepEqual(raw.look(["Vibration", "Nobody"]), [
      { tag: "Vibration", raw: "40 9A 3D 71", at: AT },
    ]);

    await clock.pass(9_000);
    assert.equal(raw.look(["Vibration"]).length, 1);
    await clock.pass(9_000);
    assert.equal(raw.isOn, true);
    await clock.pass(12_000);
    assert.equal(raw.isOn, false);
    assert.deepEqual(raw.look(["Vibration"]), []);
  });

  it("are those of the pass that looked at a tag which rides along in a faster group", () => {
    const { raw, take } = opened();
    raw.look(["Slow"]);
    take(3);
    assert.deepEqual(raw.look(["Slow"]), []);
    take(4);
    assert.deepEqual(raw.look(["Slow"]), [{ tag: "Slow", raw: "00 07", at: AT }]);
  });

  it("are kept of tags that are read seldom whether somebody looks or not, since no reading follows soon", async () => {
    const { clock, raw, take } = opened();
    raw.keepAlways([1]);
    take(4);

    assert.equal(raw.isOn, false);
    assert.deepEqual(raw.look(["Vibration", "Slow"]), [{ tag: "Slow", raw: "00 07", at: AT }]);
    await clock.pass(60_000);
    assert.equal(raw.isOn, false);
    assert.deepEqual(raw.look(["Slow"]), [{ tag: "Slow", raw: "00 07", at: AT }]);
  });

  it("are those that were read back after a write, a bit is its byte, and long ones are cut", () => {
    const coil = makeTag({ name: "Running", table: "co", start: 9, type: "bool" });
    const raw = new RawBytes([coil, ...TAGS], new Scheduler(new StillClock()));
    raw.look(["Running", "Text", "Vibration"]);
    raw.take(
      { table: "co", start: 0, tags: [{ tag: coil, index: 0, every: 1 }] },
      Uint8Array.of(0xff, 0b10),
      { at: AT, pass: 1 },
    );
    raw.takeOne(1, REPLY.subarray(0, 4), AT + 1);
    raw.takeOne(3, new Uint8Array(80).fill(0x41), AT + 2);

    const found = new Map(raw.look(["Running", "Text", "Vibration"]).map((one) => [one.tag, one]));
    assert.equal(found.get("Running")?.raw, "01");
    assert.deepEqual(found.get("Vibration"), { tag: "Vibration", raw: "40 9A 3D 71", at: AT + 1 });
    assert.equal(found.get("Text")?.raw, `${"41 ".repeat(64)}…`);
  });
});
