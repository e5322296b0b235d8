/** What a write becomes: one request, or a register that has to be read first. `wire/pdu.ts` makes bytes of it. */

/** The most that one request may write. */
export const WRITE_LIMITS = { bits: 1968, registers: 123 };

/** One request that writes. `start` is zero-based. */
export type WriteRequest =
  | { readonly functionCode: 5; readonly start: number; readonly value: boolean }
  | { readonly functionCode: 6; readonly start: number; readonly word: number }
  | { readonly functionCode: 15; readonly start: number; readonly values: readonly boolean[] }
  /** `bytes`: two for each register, high byte first. */
  | { readonly functionCode: 16; readonly start: number; readonly bytes: Uint8Array }
  /** Mask write: the register becomes `(old AND andMask) OR (orMask AND NOT andMask)`. */
  | {
      readonly functionCode: 22;
      readonly start: number;
      readonly andMask: number;
      readonly orMask: number;
    };

/**
 * Part of a register: read it under the lock of the unit, change it (`modified`), write it. The PLC may have changed
 * it in between; that is why `allowRmw` has to be said.
 */
export interface ReadModifyWrite {
  readonly kind: "readModifyWrite";
  readonly start: number;
  /** Bits that stay. */
  readonly andMask: number;
  readonly orMask: number;
  readonly single: "fc6" | "fc16";
}

/** As `ReadModifyWrite`, of several registers: what `keep` names stays, `bits` has the rest; two bytes for each register. */
export interface Overlay {
  readonly kind: "overlay";
  readonly start: number;
  readonly bits: Uint8Array;
  readonly keep: Uint8Array;
  readonly single: "fc6" | "fc16";
}

/** The request that writes the registers that held `before`, changed. */
export function overlaid({ start, bits, keep, single }: Overlay, before: Uint8Array): WriteRequest {
  const bytes = bits.map((byte, index) => byte | ((before[index] ?? 0) & (keep[index] ?? 0)));
  return registersRequest(start, bytes, single);
}

/** The request that writes the register whose value is `word`, changed. */
export function modified(
  { start, andMask, orMask, single }: ReadModifyWrite,
  word: number,
): WriteRequest {
  return oneRegister(start, (word & andMask) | (orMask & ~andMask & 0xffff), single);
}

/** The request that writes `bytes`: one register by FC6 unless FC16 is asked for, more always by one FC16. */
export function registersRequest(
  start: number,
  bytes: Uint8Array,
  single: "fc6" | "fc16" = "fc6",
): WriteRequest {
  if (bytes.length !== 2) return { functionCode: 16, start, bytes };
  return oneRegister(start, ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), single);
}

function oneRegister(start: number, word: number, single: "fc6" | "fc16"): WriteRequest {
  if (single === "fc6") return { functionCode: 6, start, word };
  return { functionCode: 16, start, bytes: Uint8Array.of(word >> 8, word & 0xff) };
}
