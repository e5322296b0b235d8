/** What keeps the MQTT server from starting, what it cannot publish, and what its store cannot do. */
export type BrokerErrorCode =
  | "PORT_IN_USE"
  | "ADDRESS_NOT_HERE"
  | "PORT_FORBIDDEN"
  | "LISTEN_FAILED"
  | "CERTIFICATE_UNUSABLE"
  | "TOPIC_INVALID"
  | "STOPPED"
  | "NOT_STORED"
  | "STORE_IN_USE"
  | "STORE_NEWER"
  | "STORE_NOT_OURS"
  | "STORE_UNREADABLE"
  | "STORE_CLOSED";

/** A listener that could not be opened, or a message that could not be sent; the message says which, and what to do. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
