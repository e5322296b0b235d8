/**
 * A serial device in simulated time: answers after a random latency, now and then far too late, one request after the
 * other. Every register has one true value (`trueWord`); no socket, no wall clock, and the same for the same seed.
 */
import type { Carrier, CarrierEvents } from "../../adapters/modbus/src/wire/carrier.ts";
import type { StillClock } from "./modbus-clock.ts";
import { frameOf, honestPdu, requestSplitter } from "./modbus-hostile.ts";
import { seeded } from "./seeded.ts";

export interface DeviceManners {
  readonly seed: number;
  /** Share of answers that come later than the time-out. */
  readonly lateShare: number;
  readonly usualMs: readonly [number, number];
  readonly lateMs: readonly [number, number];
  /** Share of answers that are exceptions although nothing is wrong. */
  readonly exceptionShare?: number;
  /** Share of answers with a byte changed on the way. */
  readonly damageShare?: number;
}

/** A line to the device, as a carrier of a link. */
export function deviceLine(
  clock: StillClock,
  manners: DeviceManners,
  events: CarrierEvents,
): Carrier {
  const random = seeded(manners.seed);
  const between = ([least, most]: readonly [number, number]): number =>
    least + random() * (most - least);
  let freeAt = 0;
  const split = requestSplitter("rtu", (request) => {
    const { exceptionShare = 0, damageShare = 0 } = manners;
    const functionCode = request.pdu[0] ?? 0;
    const isException = random() < exceptionShare;
    const body = isException ? Uint8Array.of(functionCode | 0x80, 4) : honestPdu(request);
    const reply = frameOf("rtu", request, body);
    if (random() < damageShare) {
      const at = Math.floor(random() * reply.length);
      reply[at] = (reply[at] ?? 0) ^ (1 + Math.floor(random() * 255));
    }
    const isLate = random() < manners.lateShare;
    // A real device answers in order; what it is asked meanwhile waits.
    freeAt =
      Math.max(freeAt, clock.elapsedMs()) + between(isLate ? manners.lateMs : manners.usualMs);
    clock.after(freeAt - clock.elapsedMs(), () => events.received(reply, reply.length));
  });
  return { write: split, close: () => Promise.resolve() };
}
