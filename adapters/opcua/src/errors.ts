/** Why the link to a server failed. Refused writes are `AdapterError`s of the contract. */

/**
 * `CONNECT_FAILED`: no session. `IDENTITY_REJECTED`: the server does not let this user in. `SERVER_NOT_RUNNING`: a session, but the server says it is not at work.
 * `READ_FAILED`, `SUBSCRIBE_FAILED`: the server does not do what a link needs. `LINK_LOST`: it worked until now.
 */
export type OpcUaErrorCode =
  | "CONNECT_FAILED"
  | "IDENTITY_REJECTED"
  | "SERVER_NOT_RUNNING"
  | "READ_FAILED"
  | "SUBSCRIBE_FAILED"
  | "LINK_LOST";

/** The link to a server failed; the message names the server. */
export class OpcUaError extends Error {
  override readonly name = "OpcUaError";
  readonly code: OpcUaErrorCode;

  constructor(code: OpcUaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The first line of what went wrong; the library's messages have several. */
export function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.trim().split("\n", 1)[0] ?? "";
}
