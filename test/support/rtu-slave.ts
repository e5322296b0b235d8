/**
 * A serial slave in simulated time: answers after a random latency, now and then far too late, one request after the
 * other. Every register has one true value (`trueWord`); no socket, no wall clock, and the same for the same seed.
 */
import type { Carrier, CarrierEvents } from "../../adapters/modbus/src/wire/carrier.ts";
import type { StillClock } from "./modbus-clock.ts";
import { frameOf, honestPdu, requestSplitter } from "./modbus-hostile.ts";

export interface SlaveManners {
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

/** Numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A line to the slave, as a carrier of a link. */
export function slaveLine(
  clock: StillClock,
  manners: SlaveManners,
  events: CarrierEvents,
): Carrier {
  const random = randomOf(manners.seed);
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
    // A real slave answers in order; what it is asked meanwhile waits.
    freeAt =
      Math.max(freeAt, clock.elapsedMs()) + between(isLate ? manners.lateMs : manners.usualMs);
    clock.after(freeAt - clock.elapsedMs(), () => events.received(reply, reply.length));
  });
  return { write: split, close: () => Promise.resolve() };
}
