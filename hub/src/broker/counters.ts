/** What the broker counts. Nothing is dropped in silence: every reason has a counter. */

export type DropReason =
  | "slow" // its receiver does not read
  | "queueFull"
  | "expired"
  | "oversize" // larger than its receiver takes
  | "acl" // its publisher may not, or its receiver may no longer
  | "namespace" // by the guard
  | "refused" // by anybody else: rules of commands, the rebirth shield, a stream
  | "storeFull";

export interface BrokerCounters {
  /** PUBLISH packets taken from clients and from the hub, by QoS. */
  readonly received: readonly [number, number, number];
  /** PUBLISH packets given to clients, by QoS. */
  readonly sent: readonly [number, number, number];
  /** All other packets. */
  readonly otherPacketsReceived: number;
  readonly otherPacketsSent: number;
  /** Of the payloads of PUBLISH packets. */
  readonly payloadBytesReceived: number;
  readonly payloadBytesSent: number;
  /** On the sockets. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Open sockets, also of those who have not sent CONNECT. */
  readonly connections: number;
  /** All that were ever opened. */
  readonly sockets: number;
  /** Connected clients, and the most there ever were at once. */
  readonly connected: number;
  readonly connectedMaximum: number;
  /** Connected clients by their version of MQTT. */
  readonly clients: Readonly<Record<"3.1" | "3.1.1" | "5", number>>;
  /** CONNECTs accepted and refused. */
  readonly accepted: number;
  readonly refused: number;
  /** Connections that were closed before their CONNECT was looked at: too many, too fast, too late. */
  readonly turnedAway: number;
  /** CONNACKs held back because a client connects again and again. */
  readonly connacksDelayed: number;
  /** Pauses in reading from clients that publish faster than they may. */
  readonly throttled: number;
  /** Connections ended for a malformed packet. */
  readonly malformed: number;
  /** Connections ended because something was thrown that should not have been: bugs of ours. */
  readonly faults: number;
  /** Connections ended by the server, by the reason code it gave. */
  readonly ended: ReadonlyMap<number, number>;
  readonly sessions: number;
  readonly sessionsExpired: number;
  readonly subscriptions: number;
  /** Filters of SUBSCRIBE packets that were not granted, by the reason code, also where MQTT 3 has no word for it. */
  readonly subscriptionsRefused: ReadonlyMap<number, number>;
  readonly sharedGroups: number;
  readonly retained: number;
  readonly retainedBytes: number;
  /** Messages that wait in sessions. */
  readonly queued: number;
  readonly queuedBytes: number;
}

/** All QoS together. */
export function totalOf([qos0, qos1, qos2]: readonly [number, number, number]): number {
  return qos0 + qos1 + qos2;
}

/** The counters while they are counted; those of tables are asked for when somebody looks. */
export interface Counting {
  readonly received: [number, number, number];
  readonly sent: [number, number, number];
  otherPacketsReceived: number;
  payloadBytesReceived: number;
  payloadBytesSent: number;
  bytesReceived: number;
  readonly dropped: Record<DropReason, number>;
  sockets: number;
  connected: number;
  /** Of those, who is not in this process. */
  connectedOutside: number;
  connectedMaximum: number;
  accepted: number;
  refused: number;
  turnedAway: number;
  connacksDelayed: number;
  throttled: number;
  malformed: number;
  faults: number;
  readonly ended: Map<number, number>;
  sessionsExpired: number;
  readonly subscriptionsRefused: Map<number, number>;
}

export function startCounting(): Counting {
  return {
    received: [0, 0, 0],
    sent: [0, 0, 0],
    otherPacketsReceived: 0,
    payloadBytesReceived: 0,
    payloadBytesSent: 0,
    bytesReceived: 0,
    dropped: {
      slow: 0,
      queueFull: 0,
      expired: 0,
      oversize: 0,
      acl: 0,
      namespace: 0,
      refused: 0,
      storeFull: 0,
    },
    sockets: 0,
    connected: 0,
    connectedOutside: 0,
    connectedMaximum: 0,
    accepted: 0,
    refused: 0,
    turnedAway: 0,
    connacksDelayed: 0,
    throttled: 0,
    malformed: 0,
    faults: 0,
    ended: new Map(),
    sessionsExpired: 0,
    subscriptionsRefused: new Map(),
  };
}
