/** Something a client sent against the rules of MQTT, for which its connection is ended. */
import { Reason } from "./reason.ts";

export interface Violation {
  /** MQTT 5's: 0x81 malformed packet, 0x82 protocol error, 0x95 packet too large … */
  readonly reasonCode: number;
  readonly because: string;
}

/** Bytes that cannot be read. */
export function malformed(because: string): Violation {
  return { reasonCode: Reason.malformedPacket, because };
}

/** Bytes that can be read and may not be sent. */
export function protocolError(because: string): Violation {
  return { reasonCode: Reason.protocolError, because };
}
