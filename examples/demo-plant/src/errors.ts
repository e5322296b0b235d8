/** Why the demo plant could not do what it was asked. */

/**
 * `PORT_IN_USE`: another program listens there. `CHILD_FAILED`: the plant's process ended before it was ready.
 * `ILLEGAL_ADDRESS`, `ILLEGAL_VALUE`, `NO_SUCH_UNIT`: what a Modbus client asked for; answered as an exception.
 */
export type DemoPlantErrorCode =
  | "PORT_IN_USE"
  | "CHILD_FAILED"
  | "ILLEGAL_ADDRESS"
  | "ILLEGAL_VALUE"
  | "NO_SUCH_UNIT";

/** The Modbus exception that answers each code; 4 (server device failure) for all others. */
const MODBUS_EXCEPTIONS: ReadonlyMap<DemoPlantErrorCode, number> = new Map([
  ["ILLEGAL_ADDRESS", 2],
  ["ILLEGAL_VALUE", 3],
  ["NO_SUCH_UNIT", 11],
]);

/** Something of the demo plant failed; the message is a sentence for the person at the console. */
export class DemoPlantError extends Error {
  override readonly name = "DemoPlantError";
  readonly code: DemoPlantErrorCode;
  /** Under this name modbus-serial looks for the exception code it answers with. */
  readonly modbusErrorCode: number;

  constructor(code: DemoPlantErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.modbusErrorCode = MODBUS_EXCEPTIONS.get(code) ?? 4;
  }
}

/** What a server says when it may not listen on `port`; other causes are passed on as they are. */
export function listenError(port: number, cause: Error): Error {
  if (!("code" in cause) || cause.code !== "EADDRINUSE") return cause;
  const message =
    `Port ${port} of 127.0.0.1 is taken by another program, so the demo plant cannot use it. ` +
    `"ss -ltnp" shows which.`;
  return new DemoPlantError("PORT_IN_USE", message, { cause });
}
