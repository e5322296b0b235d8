/** A message that outlives the turn in which it came: retained, queued, in flight, or the Will of a client. */

export type Qos = 0 | 1 | 2;

/** The lower of two. */
export function lowerQos(a: Qos, b: Qos): Qos {
  return a < b ? a : b;
}

/** The higher of two. */
export function higherQos(a: Qos, b: Qos): Qos {
  return a > b ? a : b;
}

/** The QoS in the two bits of a packet; `undefined` for 3. */
export function qosOf(bits: number): Qos | undefined {
  return ([0, 1, 2] as const)[bits];
}

/** A deadline that never comes. */
export const NEVER = Number.POSITIVE_INFINITY;

export interface Message {
  /**
   * Its place in the order of all messages, greater than that of every message before it, also across restarts.
   * Queues are in this order.
   */
  readonly row: number;
  readonly topic: string;
  /** A copy of its own: nobody else writes into it. */
  readonly payload: Uint8Array;
  /**
   * MQTT 5 properties in the bytes in which they came, without their length and without the Topic Alias, which means
   * something on its own connection only. Empty for most.
   */
  readonly properties: Uint8Array;
  /** Where in `properties` the four bytes of the Message Expiry Interval stand; −1 without one. */
  readonly expiryAt: number;
  /** Milliseconds of the monotonic clock after which nobody gets it; `NEVER` without an expiry. */
  readonly expiresAt: number;
  readonly qos: Qos;
  readonly retain: boolean;
  /** The client that published it; `undefined` for the hub. */
  readonly publisherId: string | undefined;
}

export const NO_PROPERTIES = new Uint8Array(0);
