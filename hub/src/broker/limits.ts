/** How much of everything the broker takes. Every table, queue and buffer has a limit here and a counter beside it. */

export interface BrokerLimits {
  readonly maxConnections: number;
  /** Of one address; more are closed at once. */
  readonly maxConnectionsPerAddress: number;
  /** New connections per second; the others wait their turn. */
  readonly connectsPerSecond: number;
  /** New connections per second from one address; more are closed at once. */
  readonly connectsPerSecondPerAddress: number;
  /** Of one client at one address; beyond it the next CONNACKs are delayed. Infinite: no limit. */
  readonly connectsPerMinutePerClient: number;
  /** Messages of one connection that it may not publish; beyond it the connection ends. Infinite: no limit. */
  readonly refusedPerMinute: number;
  /** The longest of these delays; they begin with a second and double. */
  readonly maxConnackDelayMs: number;
  /** Whether the limits before that count by address are not for loopback, because everything on this machine shares it. */
  readonly exemptLoopback: boolean;
  /** From accepting a connection to its complete CONNECT, TLS handshake and WebSocket upgrade included. */
  readonly connectWithinMs: number;
  readonly maxConnectBytes: number;
  /** Of a PUBLISH; MQTT 5 clients are told. */
  readonly maxPacketBytes: number;
  /** Of any other packet but CONNECT. */
  readonly maxControlBytes: number;
  /** Of packets that have not come whole yet, of all connections together; beyond it the oldest one's connection ends. */
  readonly maxUnfinishedBytes: number;
  /** Decisions about topics that are kept for all connections together; beyond it they are made again. */
  readonly maxKnownTopicBytes: number;
  readonly maxClientIdBytes: number;
  readonly maxTopicBytes: number;
  readonly maxTopicLevels: number;
  readonly maxSubscriptionsPerClient: number;
  /** What the subscriptions of all clients take, in rough bytes: a filter of four levels counts as 1.5 KB. */
  readonly maxSubscriptionBytes: number;
  readonly maxFiltersPerSubscribe: number;
  /** Of one client; when it publishes faster, it is read more slowly. Infinite: no limit. */
  readonly publishesPerSecond: number;
  readonly publishBytesPerSecond: number;
  /** QoS 1 and 2 messages of one client that are not acknowledged yet. [MQTT5-3.3.4-9] */
  readonly receiveMaximum: number;
  /**
   * QoS 2 messages that an MQTT 3 client may leave without PUBREL. It knows no Receive Maximum and may send all it has
   * before it looks at an answer.
   */
  readonly maxUnreleased: number;
  /** QoS 1 and 2 messages on their way to one client; less when its Receive Maximum is. */
  readonly maxInFlight: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  /** What happens at the limit of a queue. */
  readonly queuePolicy: "drop-oldest" | "reject-new" | "end-session";
  /** Bytes that may wait in one connection; beyond it QoS 0 messages for it are dropped and counted. */
  readonly outgoingSoftBytes: number;
  /** Beyond it the connection is ended. */
  readonly outgoingHardBytes: number;
  /** What may wait in memory for all connections together; beyond it those for whom most waits are ended. */
  readonly maxOutgoingBytes: number;
  /** Of the process; infinite: what its machine or container has. As it gets short, no more clients come in than there are. */
  readonly maxMemoryBytes: number;
  /** How long a connection may stay above `outgoingSoftBytes`. */
  readonly slowForMs: number;
  /** How long a client may take nothing of what waits for it. */
  readonly stalledAfterMs: number;
  readonly maxRetained: number;
  readonly maxRetainedBytes: number;
  /** Less room on the disk of the storage is as good as none: what must be stored is refused. 0: nobody looks. */
  readonly minFreeDiskBytes: number;
  readonly lookAtDiskEveryMs: number;
  /** Sessions that are kept, connected or not. */
  readonly maxSessions: number;
  /** For MQTT 3 clients without Clean Session. */
  readonly sessionExpirySeconds: number;
  readonly maxSessionExpirySeconds: number;
  readonly maxWillDelaySeconds: number;
  readonly topicAliasMaximum: number;
  /** Given to MQTT 5 clients that ask for none, so that a vanished one is noticed. [MQTT5-3.2.2-21] */
  readonly keepAliveSeconds: number;
  /** After a restart: how long a client whose connection died with the hub has to come back before its Will is published. */
  readonly willGraceMs: number;
}

const MIB = 1024 * 1024;
const DAY_SECONDS = 86_400;

export const DEFAULT_LIMITS: BrokerLimits = {
  maxConnections: 5000,
  maxConnectionsPerAddress: 200,
  connectsPerSecond: 500,
  connectsPerSecondPerAddress: 50,
  connectsPerMinutePerClient: 15,
  refusedPerMinute: 100,
  maxConnackDelayMs: 60_000,
  exemptLoopback: true,
  connectWithinMs: 5000,
  maxConnectBytes: 16 * 1024,
  maxPacketBytes: 8 * MIB, // births of large Sparkplug nodes have megabytes
  maxControlBytes: 256 * 1024, // a SUBSCRIBE of 100 filters of 1 KB fits twice
  maxUnfinishedBytes: 256 * MIB,
  maxKnownTopicBytes: 128 * MIB,
  maxClientIdBytes: 256,
  maxTopicBytes: 1024,
  maxTopicLevels: 32,
  maxSubscriptionsPerClient: 500,
  maxSubscriptionBytes: 512 * MIB,
  maxFiltersPerSubscribe: 100,
  publishesPerSecond: Number.POSITIVE_INFINITY,
  publishBytesPerSecond: Number.POSITIVE_INFINITY,
  receiveMaximum: 100,
  maxUnreleased: 20_000,
  maxInFlight: 1000, // of a session that ends with its connection only numbers are kept
  maxQueuedMessages: 100_000,
  maxQueuedBytes: 100 * MIB,
  queuePolicy: "drop-oldest",
  outgoingSoftBytes: MIB,
  outgoingHardBytes: 16 * MIB,
  maxOutgoingBytes: 512 * MIB,
  maxMemoryBytes: Number.POSITIVE_INFINITY,
  slowForMs: 10_000,
  stalledAfterMs: 10_000,
  maxRetained: 500_000,
  maxRetainedBytes: 256 * MIB,
  minFreeDiskBytes: 200 * MIB,
  lookAtDiskEveryMs: 5000,
  maxSessions: 20_000,
  sessionExpirySeconds: 7 * DAY_SECONDS,
  maxSessionExpirySeconds: 30 * DAY_SECONDS,
  maxWillDelaySeconds: 300,
  topicAliasMaximum: 100,
  keepAliveSeconds: 300,
  willGraceMs: 30_000,
};
