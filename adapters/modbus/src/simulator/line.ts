/** What a framing needs of the connection it answers on. */

/** One connection of a client, or the one line of a bus. */
export interface Line {
  /** Takes `bytes` for itself. */
  write(bytes: Uint8Array): void;
  /** Later, unless the connection has ended by then. */
  writeLater(bytes: Uint8Array, ms: number): void;
}

/** Takes what a client sends and answers on its line. */
export interface Responder {
  /** The first `length` of `bytes`; valid during the call. */
  received(bytes: Uint8Array, length: number): void;
}
