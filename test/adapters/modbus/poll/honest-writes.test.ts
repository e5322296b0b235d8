/**
 * Whatever a device and its link do, what is told of a write is true: of what is told as not done no byte ever leaves, of
 * what is told as unknown one has left, and every write comes to its end.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { ModbusLife, type LifeReply, type LifeRequest } from "../../../support/modbus-life.ts";

const TAGS = ["Plain", "Twice", "Other"] as const;
const wordTag = (name: string, at: number, fields: object = {}): object => ({
  name,
  at: `hr:${at}`,
  type: "uint16",
  access: "rw",
  ...fields,
});
const CONFIG = {
  devices: [
    ModbusLife.device(
      [wordTag("Plain", 10), wordTag("Twice", 20, { idempotent: true }), wordTag("Other", 30)],
      { maxCommandAge: "3s", offlineGrace: "1s" },
    ),
  ],
};
/** Longer than every limit that there is. */
const LONG_MS = 40_000;
const WRITE = 6;

/** How the device answers, until the next event says otherwise. */
const mood = fc.constantFrom<"well" | "silent" | "cut" | 4 | 6 | 11>(
  "well",
  "silent",
  "cut",
  4,
  6,
  11,
);
const event = fc.oneof(
  { weight: 3, arbitrary: fc.record({ write: fc.constantFrom(...TAGS) }) },
  { weight: 2, arbitrary: fc.record({ reads: mood, writes: mood }) },
  { weight: 1, arbitrary: fc.record({ isUp: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ passMs: fc.constantFrom(1, 30, 400, 1500, 6000) }) },
);
type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never;
type Mood = typeof mood extends fc.Arbitrary<infer Value> ? Value : never;
interface Moods {
  readonly reads: Mood;
  readonly writes: Mood;
}

/** It may have carried out a write that it did not refuse; `taken` gets the values of those. */
function moodOf(life: ModbusLife, { reads, writes }: Moods, taken: Set<number>): void {
  life.reply = ({ functionCode, second }): LifeReply => {
    const isWrite = functionCode === WRITE;
    const now = isWrite ? writes : reads;
    if (isWrite && now !== 4 && now !== 6) taken.add(second);
    if (now === "well") return undefined;
    if (now !== "cut") return now;
    life.cut();
    return "silent";
  };
}

const isWriteOf =
  (value: number) =>
  ({ functionCode, second }: LifeRequest): boolean =>
    functionCode === WRITE && second === value;

/** Carries out the events; what was told of each value. */
async function played(
  life: ModbusLife,
  events: readonly Event[],
  taken: Set<number>,
): Promise<ReadonlyMap<number, Promise<string>>> {
  const told = new Map<number, Promise<string>>();
  for (const each of events) {
    if ("passMs" in each) await life.clock.pass(each.passMs);
    else if ("reads" in each) moodOf(life, each, taken);
    else if ("isUp" in each) {
      if (each.isUp) life.isDown = false;
      else life.cut();
    } else {
      const value = 1000 + told.size;
      const written = life.adapter.write([{ deviceId: "plc", metric: each.write, value }]);
      const outcome = written.then(([result]): string => result?.outcome ?? "none");
      told.set(value, outcome);
    }
  }
  return told;
}

describe("what is told of a write", () => {
  it("is true, whatever the device and its link do meanwhile", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 24 }), async (events) => {
        await using life = await ModbusLife.start(CONFIG);
        const taken = new Set<number>();
        moodOf(life, { reads: "well", writes: "well" }, taken);
        const told = await played(life, events, taken);
        await life.clock.pass(LONG_MS);
        const ended = new Map<number, string>();
        for (const [value, outcome] of told) void outcome.then((word) => ended.set(value, word));
        await life.clock.pass(0);

        assert.equal(ended.size, told.size, "a write has no end");
        life.isDown = false;
        moodOf(life, { reads: "well", writes: "well" }, taken);
        await life.clock.pass(LONG_MS);
        for (const [value, outcome] of ended) {
          const isRefused = /^(rejected|exception)_/.test(outcome);
          const what = `${value} is told as ${outcome}`;
          if (isRefused) assert.equal(taken.has(value), false, what);
          else assert.ok(life.requests.some(isWriteOf(value)), `${what} and was not sent`);
        }
      }),
      { numRuns: 40 },
    );
  });
});
