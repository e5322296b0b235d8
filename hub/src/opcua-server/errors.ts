/** What keeps the OPC UA server from starting. */
import type { ListenFaultCode } from "../broker/index.ts";

export type OpcUaServerErrorCode = ListenFaultCode | "CERTIFICATE_UNUSABLE";

/** The message says what to do. */
export class OpcUaServerError extends Error {
  override readonly name = "OpcUaServerError";
  readonly code: OpcUaServerErrorCode;

  constructor(code: OpcUaServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
