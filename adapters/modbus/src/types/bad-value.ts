/** Why there is no value: short stable words, one object each, so that saying them costs nothing. */

/** The words of this adapter for what a device sent and what cannot be a true value. */
export type BadReason =
  | "sentinel"
  | "bad_bcd"
  | "bad_mod10k"
  | "bad_text"
  | "bad_time"
  | "not_finite"
  | "not_in_enum"
  | "out_of_range"
  | "short_reply";

/** In place of a value. */
export interface BadValue {
  readonly kind: "bad";
  readonly reason: BadReason;
}

/** The device says by a reserved number that it has no value. */
export const SENTINEL = bad("sentinel");
/** A digit above 9. */
export const BAD_BCD = bad("bad_bcd");
/** A register above 9999. */
export const BAD_MOD10K = bad("bad_mod10k");
/** The bytes are no text in the encoding of the tag. */
export const BAD_TEXT = bad("bad_text");
/** No such day or hour, or the device marks its time as wrong. */
export const BAD_TIME = bad("bad_time");
/** NaN or infinite. */
export const NOT_FINITE = bad("not_finite");
/** A number without text. */
export const NOT_IN_ENUM = bad("not_in_enum");
/** Outside `validRange`, or what is published could not hold it. */
export const OUT_OF_RANGE = bad("out_of_range");

/** Whether `value` stands in place of a value. */
export function isBad(value: unknown): value is BadValue {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "bad";
}

function bad(reason: BadReason): BadValue {
  return { kind: "bad", reason };
}
