/** Why an adapter could not do what it was asked. */

/**
 * `UNKNOWN_METRIC`, `NOT_WRITABLE`, `BAD_VALUE`: the caller's mistake, nothing was sent.
 * `DEVICE_OFFLINE`: nothing was sent. `DEVICE_REFUSED`: the device answered no. `NO_ANSWER`: unknown whether it was done.
 */
export type AdapterErrorCode =
  | "UNKNOWN_METRIC"
  | "NOT_WRITABLE"
  | "BAD_VALUE"
  | "DEVICE_OFFLINE"
  | "DEVICE_REFUSED"
  | "NO_ANSWER";

/** A write that was not done, with a sentence that names device and metric. */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
