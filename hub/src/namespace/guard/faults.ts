/** What is wrong with one message, gathered while it is looked at. Looking at what is in order makes no objects. */
import type { RuleCode } from "../../config/index.ts";
import type { Occasion } from "./rule.ts";

export interface Fault {
  readonly code: RuleCode;
  /** What was found, what was expected. */
  readonly because: string;
  /** So common in plants that `strict` only warns. */
  readonly isCommon: boolean;
  /** Told, but no reason to refuse the message whatever the level. */
  readonly isToldOnly: boolean;
  /** It is about what is the hub's own: refused whatever the level. */
  readonly isReserved: boolean;
  /** When it is not the message as a whole. */
  readonly occasion: Occasion | undefined;
  /** How often it was found again in the same message. */
  more: number;
}

interface About {
  readonly isCommon?: boolean;
  readonly isToldOnly?: boolean;
  readonly isReserved?: boolean;
  readonly occasion?: Occasion;
}

const NOTHING: About = {};

/** The faults of the message at hand; used again for the next one. One of each kind is told, others are counted. */
export class Faults {
  readonly all: Fault[] = [];

  /** `because` is asked for the first of its kind only. */
  add(code: RuleCode, because: () => string, about: About = NOTHING): void {
    const { isCommon = false, isToldOnly = false, isReserved = false, occasion } = about;
    const before = this.all.find(
      (fault) => fault.code === code && fault.isCommon === isCommon && fault.occasion === occasion,
    );
    if (before === undefined) {
      const fault = {
        code,
        because: because(),
        isCommon,
        isToldOnly,
        isReserved,
        occasion,
        more: 0,
      };
      this.all.push(fault);
    } else before.more += 1;
  }

  clear(): void {
    if (this.all.length > 0) this.all.length = 0;
  }
}

/** The sentence of a fault. */
export function sentenceOf({ because, more }: Fault): string {
  return more === 0 ? because : `${because} (and ${more} more in the same message)`;
}
