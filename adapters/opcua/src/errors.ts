/** Why the link to a server failed. Refused writes are `AdapterError`s of the contract. */

/**
 * No session: `CONNECT_FAILED` nobody answers, or not in OPC UA; `NO_MATCHING_ENDPOINT` the server does not offer the
 * protection that is asked for; `AWAITING_TRUST` nobody has said yet whether its certificate is the right one;
 * `CERTIFICATE_…` what is wrong with that certificate; `CERTIFICATE_REFUSED` the server does not take ours;
 * `OWN_CERTIFICATE` ours cannot be read or made; `IDENTITY_NOT_OFFERED`, `PLAIN_PASSWORD`, `IDENTITY_UNREADABLE` nothing
 * was sent; `IDENTITY_REJECTED` the server does not let this user in; `TOO_MANY_SESSIONS` it has no room.
 * `SERVER_NOT_RUNNING`: a session, but the server says it is not at work.
 * `ITEMS_UNKNOWN`: it did not say in time which items it made.
 * `READ_FAILED`, `SUBSCRIBE_FAILED`, `BROWSE_FAILED`: the server does not do what a link needs. `LINK_LOST`: it worked until now.
 */
export type OpcUaErrorCode =
  | "CONNECT_FAILED"
  | "NO_MATCHING_ENDPOINT"
  | "AWAITING_TRUST"
  | "CERTIFICATE_REJECTED"
  | "CERTIFICATE_REVOKED"
  | "CERTIFICATE_MISSING"
  | "CERTIFICATE_EXPIRED"
  | "CERTIFICATE_NOT_YET_VALID"
  | "CERTIFICATE_HOST_NAME"
  | "CERTIFICATE_WEAK_KEY"
  | "CERTIFICATE_KEY_USAGE"
  | "CERTIFICATE_APPLICATION_URI"
  | "CERTIFICATE_REFUSED"
  | "OWN_CERTIFICATE"
  | "IDENTITY_NOT_OFFERED"
  | "IDENTITY_UNREADABLE"
  | "PLAIN_PASSWORD"
  | "IDENTITY_REJECTED"
  | "TOO_MANY_SESSIONS"
  | "SERVER_NOT_RUNNING"
  | "READ_FAILED"
  | "BROWSE_FAILED"
  | "SUBSCRIBE_FAILED"
  | "ITEMS_UNKNOWN"
  | "LINK_LOST";

/** The link to a server failed; the message names the server. */
export class OpcUaError extends Error {
  override readonly name = "OpcUaError";
  readonly code: OpcUaErrorCode;

  constructor(code: OpcUaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The state in one word for logs and diagnostics, e.g. `awaiting_trust`. */
  get state(): string {
    return this.code.toLowerCase();
  }
}

/** The first line of what went wrong; the library's messages have several. */
export function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.trim().split("\n", 1)[0] ?? "";
}
