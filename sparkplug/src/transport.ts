/** How an edge node gets its messages out. The MQTT client behind it is not our business. */

/** One MQTT PUBLISH. */
export interface SparkplugMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

/** Takes messages in the order in which they are given and sends them in that order. */
export interface Transport {
  publish(message: SparkplugMessage): void;
}
