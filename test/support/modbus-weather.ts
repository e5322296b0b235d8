/**
 * The troubles of a field bus in simulated time, one after the other and by chance, with half a minute of peace between
 * two of them and a long one at the end of each hour, in which everything must come right again.
 */
import type { Field, FieldHand, FieldRequest, Trouble } from "./modbus-field.ts";
import type { StillClock } from "./modbus-clock.ts";
import { exceptionPdu } from "./modbus-hostile.ts";
import { seeded } from "./seeded.ts";

/** How late an answer may come: after the time-out, and as long as the rules promise to know it. */
export interface Lateness {
  readonly leastMs: number;
  readonly mostMs: number;
}

interface Makings {
  readonly lateness: Lateness;
  /** 0: all of them. */
  readonly unit: number;
}

type Maker = (makings: Makings) => Trouble;

const NOISE = Uint8Array.of(0xff, 0x00, 0x83, 0x01, 0x7e);
const HTTP = Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n");

/** Sometimes `trouble`, usually not. */
function sometimes(share: number, trouble: Trouble): Trouble {
  return (request, hand) => hand.random() < share && trouble(request, hand);
}

/** Something untrue first, then the truth. */
function lie(make: (request: FieldRequest, hand: FieldHand) => Uint8Array): Trouble {
  return sometimes(0.5, (request, hand) => {
    const untrue = make(request, hand);
    const joined = Buffer.concat([untrue, hand.answer()]);
    hand.deliver(joined);
    return true;
  });
}

function withFunction(pdu: Uint8Array, change: number): Uint8Array {
  const changed = Uint8Array.from(pdu);
  changed[0] = (changed[0] ?? 0) ^ change;
  return changed;
}

/** Counts two bytes more than it has. */
function overcounted(pdu: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(pdu);
  changed[1] = (changed[1] ?? 0) + 2;
  return changed;
}

/** One register more, honestly counted. */
function longer(pdu: Uint8Array): Uint8Array {
  return overcounted(Uint8Array.from([...pdu, 0, 0]));
}

/** A unit that never was asked. */
function foreignUnit(unit: number): number {
  return unit + 100;
}

const EVERYWHERE: Readonly<Record<string, Maker>> = {
  "one unit is silent": (makings) => (request) => request.unit === (makings.unit || 1),
  "everybody is silent": () => () => true,
  "answers get lost": () => sometimes(0.3, () => true),
  "answers are late": ({ lateness }) =>
    sometimes(0.3, (_, hand) => {
      const { leastMs, mostMs } = lateness;
      hand.deliver(hand.answer(), leastMs + hand.random() * (mostMs - leastMs));
      return true;
    }),
  "answers come twice": () =>
    sometimes(0.5, (_, hand) => {
      hand.deliver(Buffer.concat([hand.answer(), hand.answer()]));
      return true;
    }),
  "answers of a wrong unit": () =>
    lie(({ unit }, hand) => hand.answer({ unit: foreignUnit(unit), pdu: hand.honest(20) })),
  "answers of a wrong function": () =>
    lie((_, hand) => hand.answer({ pdu: withFunction(hand.honest(20), 7) })),
  "answers that lie about their length": () =>
    lie((_, hand) => hand.answer({ pdu: overcounted(hand.honest(20)) })),
  "answers that are longer than asked": () =>
    lie((_, hand) => hand.answer({ pdu: longer(hand.honest(20)) })),
  "byte by byte": () => (_, hand) => {
    hand.deliver(hand.answer(), undefined, true);
    return true;
  },
  "exceptions without a reason": () =>
    sometimes(0.4, ({ pdu }, hand) => {
      const codes = [2, 3, 4, 5, 6, 8, 10, 11];
      const code = codes[Math.floor(hand.random() * codes.length)] ?? 4;
      hand.deliver(hand.answer({ pdu: exceptionPdu(pdu, code) }));
      return true;
    }),
  "all say that the address is wrong":
    () =>
    ({ pdu }, hand) => {
      hand.deliver(hand.answer({ pdu: exceptionPdu(pdu, 2) }));
      return true;
    },
  "connections are cut now and then": () =>
    sometimes(0.1, (_, hand) => {
      hand.cut();
      return true;
    }),
};

const TCP_ONLY: Readonly<Record<string, Maker>> = {
  "foreign transaction ids": () =>
    lie(({ id }, hand) => hand.answer({ id: id ^ 0x5555, pdu: hand.honest(20) })),
  "a web server": () =>
    sometimes(0.2, (_, hand) => {
      hand.deliver(HTTP);
      return true;
    }),
  "a length of 65 535": () =>
    sometimes(0.2, ({ id }, hand) => {
      hand.deliver(Uint8Array.of(id >> 8, id & 255, 0, 0, 0xff, 0xff, 1, 3));
      return true;
    }),
  "everything is held, and comes at once": () => (_, hand) => {
    hand.hold(hand.answer());
    return true;
  },
};

const RTU_ONLY: Readonly<Record<string, Maker>> = {
  "damaged answers": () =>
    sometimes(0.4, (_, hand) => {
      const bytes = hand.answer();
      const at = Math.floor(hand.random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(hand.random() * 255));
      hand.deliver(bytes);
      return true;
    }),
  "noise before and after": () =>
    sometimes(0.5, (_, hand) => {
      hand.deliver(Buffer.concat([NOISE, hand.answer(), NOISE]));
      return true;
    }),
  "half an answer": () =>
    sometimes(0.3, (_, hand) => {
      hand.deliver(hand.answer().subarray(0, 4));
      return true;
    }),
};

const PEACE_MS = 30_000;
const LONGEST_TROUBLE_MS = 180_000;
const HOUR_MS = 3_600_000;
/** Time enough for the rarest question to a dead device and for the answer. */
export const LONG_PEACE_MS = 900_000;

export interface WeatherOptions {
  readonly field: Field;
  readonly clock: StillClock;
  readonly framing: "mbap" | "rtu";
  readonly seed: number;
  readonly lateness: Lateness;
  readonly units: readonly number[];
  /** Before a trouble ends, and at the end of the long peace. */
  readonly looked: (trouble: string | undefined, forMs: number) => void;
}

/** Hours of it; resolves when they are over. */
export async function weather(options: WeatherOptions, hours: number): Promise<void> {
  const { clock, looked } = options;
  const random = seeded(options.seed + 77);
  for (let hour = 0; hour < hours; hour += 1) {
    const until = clock.elapsedMs() + HOUR_MS - LONG_PEACE_MS;
    while (clock.elapsedMs() + PEACE_MS + LONGEST_TROUBLE_MS < until)
      await oneTrouble(options, random);
    await clock.pass(until + LONG_PEACE_MS - clock.elapsedMs());
    looked(undefined, LONG_PEACE_MS);
  }
}

async function oneTrouble(options: WeatherOptions, random: () => number): Promise<void> {
  const { clock, field, framing, lateness, units, looked } = options;
  await clock.pass(PEACE_MS * (1 + random()));
  const own = framing === "mbap" ? TCP_ONLY : RTU_ONLY;
  const makers = Object.entries({ ...EVERYWHERE, ...own });
  const [name, make] = makers[Math.floor(random() * makers.length)] ?? ["", () => () => false];
  const unit = units[Math.floor(random() * units.length)] ?? 0;
  const ms = random() < 0.3 ? LONGEST_TROUBLE_MS : 2000 + random() * 40_000;
  field.trouble = make({ lateness, unit });
  if (random() < 0.15) {
    field.refuses = true;
    field.cut();
  }
  await clock.pass(ms);
  looked(field.refuses ? "nobody can connect" : name, ms);
  field.trouble = () => false;
  field.refuses = false;
  field.releaseHeld();
}
