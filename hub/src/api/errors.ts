/** What the HTTP side throws. */
import type { BrokerError } from "../broker/index.ts";

/** A listener that could not be opened: which, and what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: BrokerError["code"];

  constructor(code: BrokerError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
