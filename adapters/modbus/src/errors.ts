/** What can go wrong between us and a Modbus device. Exceptions are not here: they are answers. */

/**
 * `CONNECT_FAILED`, `LINK_DOWN`: no connection, nothing was sent. `LINK_LOST`: the connection ended under a request
 * that was on the wire. `TIMEOUT`: no acceptable answer in time. `NOT_MODBUS`: the byte stream makes no sense.
 * `DNS_FAILED`: the host does not resolve. `TLS_REFUSED`: the peer is not who it should be, or does not want us.
 * `PORT_FAILED`: a serial port is missing, taken or refuses its settings.
 * `DEVICE_SILENT`: polls without an answer, the device counts as dead. `BAD_REQUEST`: a request the standard does not
 * allow, a bug of ours. `QUEUE_FULL`: too many writes wait. `TOO_OLD`: it waited too long for its turn, and was not sent.
 * `STOPPED`: the adapter was stopped.
 */
export type ModbusErrorCode =
  | "CONNECT_FAILED"
  | "DNS_FAILED"
  | "TLS_REFUSED"
  | "PORT_FAILED"
  | "LINK_DOWN"
  | "LINK_LOST"
  | "TIMEOUT"
  | "NOT_MODBUS"
  | "DEVICE_SILENT"
  | "BAD_REQUEST"
  | "QUEUE_FULL"
  | "TOO_OLD"
  | "STOPPED";

/** Something between us and a device failed; the message names the place. */
export class ModbusError extends Error {
  override readonly name = "ModbusError";
  readonly code: ModbusErrorCode;

  constructor(code: ModbusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
