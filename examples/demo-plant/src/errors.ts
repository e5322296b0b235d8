/** Why the demo plant could not do what it was asked. */

/**
 * `PORT_IN_USE`: another program listens there. `CHILD_FAILED`: the plant's process ended before it was ready.
 */
export type DemoPlantErrorCode = "PORT_IN_USE" | "CHILD_FAILED";

/** Something of the demo plant failed; the message is a sentence for the person at the console. */
export class DemoPlantError extends Error {
  override readonly name = "DemoPlantError";
  readonly code: DemoPlantErrorCode;

  constructor(code: DemoPlantErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
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
