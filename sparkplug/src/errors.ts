/** What can be wrong with Sparkplug data. */

/**
 * `PAYLOAD_MALFORMED`: the bytes are no Sparkplug payload. `PAYLOAD_TOO_LARGE`: over a limit of the decoder.
 * `PAYLOAD_COMPRESSED`: a compressed envelope, and nothing was handed in to inflate it.
 * `VALUE_MISFIT`: the value does not fit its datatype. `STATE_MALFORMED`: a STATE message that is no such JSON.
 * `ID_ILLEGAL`: a group, edge node, device or host id that cannot stand in a topic.
 */
export type SparkplugErrorCode =
  | "PAYLOAD_MALFORMED"
  | "PAYLOAD_TOO_LARGE"
  | "PAYLOAD_COMPRESSED"
  | "VALUE_MISFIT"
  | "STATE_MALFORMED"
  | "ID_ILLEGAL";

/** Where in a payload something is wrong. */
export interface Place {
  /** Bytes from the start of the payload to the field at fault. */
  readonly offset?: number;
  /** The way to the value, e.g. `metrics[3].dataset.rows[1]`. */
  readonly path?: string;
}

/** The only error this room throws at its callers. */
export class SparkplugError extends Error {
  override readonly name = "SparkplugError";
  readonly code: SparkplugErrorCode;
  readonly place: Place;

  constructor(
    code: SparkplugErrorCode,
    message: string,
    options: ErrorOptions & { readonly place?: Place } = {},
  ) {
    super(message, options);
    this.code = code;
    this.place = options.place ?? {};
  }
}
