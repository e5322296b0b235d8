/** What keeps the MQTT server from starting, and what it cannot publish. */
export type BrokerErrorCode =
  | "PORT_IN_USE"
  | "ADDRESS_NOT_HERE"
  | "PORT_FORBIDDEN"
  | "LISTEN_FAILED"
  | "TOPIC_INVALID"
  | "STOPPED";

/** A listener that could not be opened, or a message that could not be sent; the message says which, and what to do. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
