/** The units behind one simulated link: what each holds, and what it does wrong. */
import type { SimulatedFault } from "@unshub/adapter";
import type { Registers } from "./registers.ts";
import { answer, exception } from "./answer.ts";

/** One unit; faults are switched while it runs. */
export interface SimulatedUnit {
  readonly memory: Registers;
  fault: SimulatedFault;
}

/** What a server does with a request. */
export interface Reaction {
  /** Bytes of answer in `out`; 0: nobody answers. */
  readonly length: number;
  readonly delayMs: number;
  /** The server shall spoil it, in the way that its framing can be spoilt. */
  readonly isNoise: boolean;
}

const SILENCE: Reaction = { length: 0, delayMs: 0, isNoise: false };
/** A gateway that does not reach the unit. */
const TARGET_SILENT = 11;

/** All units of a link. */
export class SimulatedUnits {
  readonly #units: ReadonlyMap<number, SimulatedUnit>;
  readonly #random: () => number;

  constructor(units: ReadonlyMap<number, SimulatedUnit>, random: () => number) {
    this.#units = units;
    this.#random = random;
  }

  has(unit: number): boolean {
    return this.#units.has(unit);
  }

  /** A number for whoever spoils an answer: 0 to below `below`. */
  dice(below: number): number {
    return Math.floor(this.#random() * below);
  }

  /** Writes the answer of `unit` at the beginning of `out`. */
  react(unit: number, pdu: Uint8Array, out: Uint8Array): Reaction {
    const found = this.#units.get(unit);
    const functionCode = pdu[0] ?? 0;
    if (found === undefined) return plain(exception(functionCode, TARGET_SILENT, out));
    const { fault, memory } = found;
    switch (fault.kind) {
      case "none":
        return plain(answer(memory, pdu, out));
      case "silent":
        return SILENCE;
      case "exceptions":
        return plain(exception(functionCode, fault.code, out));
      case "slow":
        return { ...plain(answer(memory, pdu, out)), delayMs: fault.ms };
      case "noise":
        return { ...plain(answer(memory, pdu, out)), isNoise: this.dice(2) === 0 };
    }
  }

  /** A request to all units at once, which nobody answers. */
  broadcast(pdu: Uint8Array, out: Uint8Array): void {
    for (const unit of this.#units.keys()) this.react(unit, pdu, out);
  }
}

function plain(length: number): Reaction {
  return { length, delayMs: 0, isNoise: false };
}
