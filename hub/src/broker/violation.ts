/** Something a client sent against the rules of MQTT, for which its connection is ended. */
export interface Violation {
  /** MQTT 5's: 0x81 malformed packet, 0x82 protocol error, 0x95 packet too large … */
  readonly reasonCode: number;
  readonly because: string;
}
