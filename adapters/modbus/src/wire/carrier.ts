/** A stream of bytes to somebody: a socket or a serial port. Knows nothing of Modbus. */
import type { ModbusError } from "../errors.ts";

/** Told by a carrier that is open. Nothing is said after `closed`, and nothing after we closed it. */
export interface CarrierEvents {
  /** The first `length` of `bytes`; valid during the call. */
  received(bytes: Uint8Array, length: number): void;
  closed(cause: ModbusError): void;
}

/** An open carrier. */
export interface Carrier {
  /** Takes `bytes` for itself; the caller must not change them any more. */
  write(bytes: Uint8Array): void;
  /** Resolves when all is given back. Twice does no harm. */
  close(): Promise<void>;
}

/**
 * Opens a carrier; an aborted `signal` gives up and leaves nothing open.
 * @throws {ModbusError} why it cannot be opened.
 */
export type OpenCarrier = (events: CarrierEvents, signal: AbortSignal) => Promise<Carrier>;
