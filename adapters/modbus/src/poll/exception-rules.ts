/**
 * What follows from a read that the device answered with an exception. Exceptions are answers: none of them closes a
 * connection, and only those of a gateway speak of a device that is not there.
 */

/** What to do next. */
export type Verdict =
  /** An address or a length that the device does not have: the block is taken apart. */
  | { readonly kind: "split" }
  /** The device does not know this kind of table. */
  | { readonly kind: "noTable" }
  /** The gateway has no such unit. */
  | { readonly kind: "noUnit" }
  /** The unit did not answer its gateway: as if nobody had answered. */
  | { readonly kind: "silent" }
  /** The device has trouble right now: it is asked again in this pass. */
  | { readonly kind: "again"; readonly inMs: number }
  /** Asked again in vain: the last value is an old one. */
  | { readonly kind: "stale" }
  /** So often in vain that there is no value. `isLogged`: a person has to look at the device. */
  | { readonly kind: "bad"; readonly isLogged: boolean };

/** The verdicts that say nothing of addresses or of who is there. */
export type Trouble = Exclude<Verdict, { readonly kind: "split" | "noUnit" | "silent" }>;

/** What was tried already. */
export interface Tried {
  /** How often the block was asked again in this pass. */
  readonly again: number;
  /** Passes in a row that ended without a value, before this one. */
  readonly misses: number;
}

const ILLEGAL_FUNCTION = 1;
const DEVICE_FAILURE = 4;
const ACKNOWLEDGED = 5;
const BUSY = 6;
const PARITY = 8;
const GATEWAY_NO_PATH = 10;
const GATEWAY_SILENT = 11;

/** The pause before each further question, in one pass. */
const PAUSES_MS: ReadonlyMap<number, readonly number[]> = new Map([
  [DEVICE_FAILURE, [0]],
  [ACKNOWLEDGED, [500]],
  [BUSY, [100, 200, 400]],
]);
/** So many passes in a row without a value and the block no longer keeps its last ones. */
const MOST_MISSES = 3;

/** `splitOn`: exceptions upon which a block is taken apart. */
export function verdictOn(code: number, splitOn: readonly number[], tried: Tried): Verdict {
  if (code === GATEWAY_NO_PATH) return { kind: "noUnit" };
  if (code === GATEWAY_SILENT) return { kind: "silent" };
  if (splitOn.includes(code)) return { kind: "split" };
  if (code === ILLEGAL_FUNCTION) return { kind: "noTable" };
  const inMs = PAUSES_MS.get(code)?.[tried.again];
  if (inMs !== undefined) return { kind: "again", inMs };
  if (code === PARITY) return { kind: "bad", isLogged: true };
  const isLasting = code !== BUSY && code !== ACKNOWLEDGED && tried.misses + 1 >= MOST_MISSES;
  return isLasting ? { kind: "bad", isLogged: false } : { kind: "stale" };
}

/** The pauses before a write is sent again to a device that is busy. */
export const BUSY_PAUSES_MS: readonly number[] = PAUSES_MS.get(BUSY) ?? [];
