/**
 * A field bus in simulated time: several units behind one carrier, that answer by Modbus TCP or RTU after some
 * milliseconds, and do what a trouble tells them to. Registers hold live values stamped with the tenth of a second in
 * which they were read. No socket, no wall clock, and the same for the same seed.
 */
import { ModbusError } from "../../adapters/modbus/src/errors.ts";
import type {
  Carrier,
  CarrierEvents,
  OpenCarrier,
} from "../../adapters/modbus/src/wire/carrier.ts";
import { frameOf, requestSplitter, type HostileFraming } from "./modbus-hostile.ts";
import { liveWord, wordsPdu } from "./modbus-live-values.ts";
import { seeded } from "./seeded.ts";
import type { StillClock } from "./modbus-clock.ts";

/** A request as a unit sees it. */
export interface FieldRequest {
  readonly id: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What a trouble may do instead of the usual answer. */
export interface FieldHand {
  readonly framing: HostileFraming;
  readonly random: () => number;
  /** The usual answer as a frame; lies change what stands in it. */
  answer(lie?: { id?: number; unit?: number; pdu?: Uint8Array }): Uint8Array;
  /** What an honest unit says; `shift` lies about the address. */
  honest(shift?: number): Uint8Array;
  /** Bytes reach the client after `delayMs` (as usual if left out), in pieces of one byte if asked. */
  deliver(bytes: Uint8Array, delayMs?: number, isBytewise?: boolean): void;
  /** Held until the trouble is over. */
  hold(bytes: Uint8Array): void;
  /** The far end closes the connection. */
  cut(): void;
}

/** `true`: nothing else is to be done with the request. */
export type Trouble = (request: FieldRequest, hand: FieldHand) => boolean;

export interface FieldOptions {
  readonly clock: StillClock;
  readonly framing: HostileFraming;
  readonly seed: number;
  /** Usual time until an answer, least and most. */
  readonly latencyMs?: readonly [number, number];
  /** Registers that do not exist, by unit. */
  readonly isHole?: (unit: number, table: "hr" | "ir", address: number) => boolean;
}

const STAMP_MS = 100;
const ILLEGAL_ADDRESS = 2;

export class Field {
  trouble: Trouble = () => false;
  /** While true nobody can connect. */
  refuses = false;
  requests = 0;
  readonly #options: FieldOptions;
  readonly #random: () => number;
  readonly #open = new Set<CarrierEvents>();
  readonly #held: Uint8Array[] = [];
  /** A unit on a line hears nothing while it makes its answer. By unit. */
  readonly #deafUntil = new Map<number, number>();

  constructor(options: FieldOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  readonly open: OpenCarrier = (events): Promise<Carrier> => {
    if (this.refuses) return Promise.reject(new ModbusError("CONNECT_FAILED", "refused"));
    this.#open.add(events);
    const write = requestSplitter(this.#options.framing, (request) => this.#asked(request, events));
    const close = (): Promise<void> => {
      this.#open.delete(events);
      return Promise.resolve();
    };
    return Promise.resolve({ write, close });
  };

  /** Every connection is closed by the far end. */
  cut(): void {
    for (const events of this.#open) this.#cutOne(events);
  }

  /** What was held goes to whoever is connected now, as serial servers do. */
  releaseHeld(): void {
    const held = this.#held.splice(0);
    for (const bytes of held) for (const events of this.#open) events.received(bytes, bytes.length);
  }

  #cutOne(events: CarrierEvents): void {
    if (!this.#open.delete(events)) return;
    events.closed(new ModbusError("LINK_LOST", "closed by the field"));
  }

  #asked(request: FieldRequest, events: CarrierEvents): void {
    this.requests += 1;
    const { clock, framing } = this.#options;
    const isDeaf = clock.elapsedMs() < (this.#deafUntil.get(request.unit) ?? 0);
    if (framing === "rtu" && isDeaf) return;
    const hand = this.#handFor(request, events);
    if (!this.trouble(request, hand)) hand.deliver(hand.answer());
  }

  #handFor(request: FieldRequest, events: CarrierEvents): FieldHand {
    const { framing } = this.#options;
    const honest = (shift = 0): Uint8Array => this.#honest(request, shift);
    const answer: FieldHand["answer"] = (lie = {}) => {
      const { id = request.id, unit = request.unit, pdu = honest() } = lie;
      return frameOf(framing, { id, unit }, pdu);
    };
    return {
      framing,
      random: this.#random,
      honest,
      answer,
      deliver: (bytes, delayMs = this.#latency(), isBytewise = false) => {
        this.#deafUntil.set(request.unit, this.#options.clock.elapsedMs() + delayMs);
        this.#deliver(events, bytes, { delayMs, isBytewise });
      },
      hold: (bytes) => void this.#held.push(bytes),
      cut: () => this.#cutOne(events),
    };
  }

  #honest({ unit, pdu }: FieldRequest, shift: number): Uint8Array {
    const { clock, isHole } = this.#options;
    const stamp = Math.floor(clock.elapsedMs() / STAMP_MS);
    let isRefused = false;
    const reply = wordsPdu(pdu, (table, address) => {
      if (isHole?.(unit, table, address) === true) isRefused = true;
      return liveWord({ unit, table, address: (address + shift) & 0xff, stamp });
    });
    return isRefused ? Uint8Array.of((pdu[0] ?? 0) | 0x80, ILLEGAL_ADDRESS) : reply;
  }

  #latency(): number {
    const [least, most] = this.#options.latencyMs ?? [2, 30];
    return least + this.#random() * (most - least);
  }

  #deliver(
    events: CarrierEvents,
    bytes: Uint8Array,
    { delayMs, isBytewise }: { readonly delayMs: number; readonly isBytewise: boolean },
  ): void {
    const { clock, framing } = this.#options;
    clock.after(delayMs, () => {
      // A serial server gives an old answer to whoever is connected; a socket dies with what was on its way.
      const ends = framing === "rtu" ? [...this.#open] : [events];
      for (const end of ends.filter((it) => this.#open.has(it))) {
        if (!isBytewise) end.received(bytes, bytes.length);
        else for (const byte of bytes) end.received(Uint8Array.of(byte), 1);
      }
    });
  }
}

/** The tenth of a second that a stamp means, in milliseconds. */
export function stampMs(stamp: number): number {
  return stamp * STAMP_MS;
}
