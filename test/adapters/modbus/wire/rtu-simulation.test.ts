/** Thousands of reads from a serial device that answers late, in simulated time: not one wrong value. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Orphans } from "../../../../adapters/modbus/src/wire/orphans.ts";
import type { SerialLinkConfig } from "../../../../adapters/modbus/src/wire/link-config.ts";
import { WireLink, type LinkContext } from "../../../../adapters/modbus/src/wire/link.ts";
import {
  encodeRequest,
  expectedReply,
  readRequest,
} from "../../../../adapters/modbus/src/wire/pdu.ts";
import { RtuBus } from "../../../../adapters/modbus/src/wire/rtu-bus.ts";
import { StillClock } from "../../../support/modbus-clock.ts";
import { trueData } from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { askRegisters, told } from "../../../support/modbus-wire.ts";
import { deviceLine, type DeviceManners } from "../../../support/rtu-device.ts";
import { seeded } from "../../../support/seeded.ts";
import { SILENT_LOG } from "../../../support/silent-log.ts";

const CONFIG: SerialLinkConfig = {
  framing: "rtu",
  path: "simulated",
  baud: 19_200,
  lateWindowMs: 5000,
};
const MANNERS: DeviceManners = { seed: 1, lateShare: 0.1, usualMs: [5, 60], lateMs: [110, 900] };
const TIMEOUT_MS = 100;

interface Tally {
  right: number;
  wrong: number;
  readonly others: Map<string, number>;
}

/** Asks `reads` times for one of two blocks of equal length, of which one may be read longer as well. */
async function poll(reads: number, manners: DeviceManners): Promise<Tally> {
  const clock = new StillClock();
  const context: LinkContext = { clock, log: SILENT_LOG, now: () => 0, random: () => 0.5 };
  const link = new WireLink(CONFIG, context, {
    open: async (events) => deviceLine(clock, manners, events),
    engine: (host) => new RtuBus(host, CONFIG),
    replacesSilent: false,
  });
  link.start();
  await clock.pass(0);
  const random = seeded(manners.seed + 1);
  const tally: Tally = { right: 0, wrong: 0, others: new Map() };
  for (let read = 0; read < reads; read += 1) {
    const unit = random() < 0.7 ? 1 : 2;
    const start = random() < 0.5 ? 0 : 1000;
    const alternatives = [4, 5, 6].map((count) => {
      const pdu = encodeRequest(readRequest("hr", start, count));
      return { pdu, reply: expectedReply(pdu), offset: 0 };
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    const done = (said: Parameters<typeof told>[0]): void => resolve(told(said));
    link.send(askRegisters(unit, start, 3, { timeoutMs: TIMEOUT_MS, alternatives, done }).request);
    const result = await passing(clock, promise);
    note(tally, result, hexOf(trueData(unit, start, 3)));
  }
  await link.stop();
  return tally;
}

/** Lets time pass until `promise` is kept. */
async function passing<Value>(clock: StillClock, promise: Promise<Value>): Promise<Value> {
  const step = Symbol("step");
  for (;;) {
    const first = await Promise.race([promise, clock.pass(50).then(() => step)]);
    if (typeof first !== "symbol") return first;
  }
}

function note(tally: Tally, result: string, right: string): void {
  if (result === right) tally.right += 1;
  else if (/^[\da-f]+$/.test(result)) tally.wrong += 1;
  else tally.others.set(result, (tally.others.get(result) ?? 0) + 1);
}

describe("polling a serial device of which every tenth answer is late", () => {
  it("gives no wrong value in 5 000 reads, and mostly right ones", async () => {
    const tally = await poll(5000, MANNERS);

    assert.equal(tally.wrong, 0);
    assert.ok(tally.right > 3000, `${tally.right} right`);
  });

  it("gives no wrong value when exceptions and damaged frames come as well", async () => {
    const tally = await poll(2000, {
      ...MANNERS,
      seed: 7,
      exceptionShare: 0.05,
      damageShare: 0.05,
    });

    assert.equal(tally.wrong, 0);
    assert.ok(tally.right > 500, `${tally.right} right`);
  });

  it("would give wrong values without the orphan rule", async (test) => {
    test.mock.method(Orphans.prototype, "blocks", () => false);

    const tally = await poll(1000, MANNERS);

    assert.ok(tally.wrong > 0);
  });
});
