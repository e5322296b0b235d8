/** How Sparkplug messages get out. The MQTT client behind it is not our business. */

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
  /**
   * `false` while it has all it can hold. Messages then wait in the edge node's own queue until whoever owns the
   * transport calls `EdgeNode.drained`. Left out: it always takes more.
   */
  canTake?(): boolean;
}
