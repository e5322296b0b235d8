/**
 * What the broker keeps on disk, as an interface. Writes are gathered into batches that become durable together, in
 * order; an acknowledgement leaves when the batch of what it confirms is durable.
 *
 * All `save…` and `delete…` calls return at once and only append to the open batch; only `hurry`, or a turn of the event
 * loop of its own, ends a batch, so what is appended before the next `hurry` stays together. Calls for a client without
 * a stored session do nothing. What a failed batch would have saved is lost, and whoever still needs it saves it again;
 * what it would have removed is removed at once or with a later batch. In-flight records count as removals: they take no
 * room of their own. After `close` nothing is taken and nothing settles.
 *
 * Times in records are those of the wall clock (milliseconds since 1970 UTC) without its jumps, because they must mean
 * something after a restart; the broker converts them (`store-times.ts`).
 */
import type { Message, Qos } from "../message.ts";
import type { CommitTimes } from "./commit-times.ts";

/** A message as it is stored: with its expiry by the wall clock. */
export interface StoredMessage extends Omit<Message, "expiresAt"> {
  /** Milliseconds since 1970 UTC; `NEVER` without an expiry. */
  readonly expiresAtWall: number;
}

/** A session as it is stored. */
export interface SessionRecord {
  readonly clientId: string;
  /** The identity that made it; another one gets neither the session nor its queue. */
  readonly owner: string;
  readonly protocolVersion: 3 | 4 | 5;
  /** Seconds that the session outlives its connection; 0xFFFFFFFF never ends. 0: only its Will is worth keeping. */
  readonly expirySeconds: number;
  /** When its connection ended; `undefined` while it is connected (after a restart: it was when the hub died). */
  readonly disconnectedAtWall: number | undefined;
}

export interface WillRecord {
  readonly message: StoredMessage;
  readonly delaySeconds: number;
}

export interface SubscriptionRecord {
  /** As the client wrote it, `$share/…` included. */
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
  /** 0 without one. */
  readonly identifier: number;
}

/** How one receiver gets a queued message. */
export interface Delivery {
  readonly clientId: string;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
}

/** A message in the queue of one session. */
export interface QueuedRecord {
  readonly message: StoredMessage;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
}

/** A QoS 2 message on its way to a client: sent with this packet identifier, or already released. */
export interface InFlightRecord {
  readonly row: number;
  readonly packetId: number;
  readonly state: "sent" | "released";
}

/** As it is found at start. */
export interface StoredInFlight extends InFlightRecord {
  /** As `queuedBytes` in `stored-message.ts` counts them. */
  readonly bytes: number;
}

export interface StoredSession {
  readonly session: SessionRecord;
  readonly subscriptions: readonly SubscriptionRecord[];
  readonly will: WillRecord | undefined;
  /** QoS 2 packet identifiers received and not yet released by the client. */
  readonly incoming: readonly number[];
  /** In the order of their rows, which is the order in which they were sent. */
  readonly inFlight: readonly StoredInFlight[];
  /** Messages up to this row may have been sent before: they go out with DUP = 1. */
  readonly sentRow: number;
  /** `bytes`: as `queuedBytes` in `stored-message.ts` counts them. */
  readonly queued: { readonly count: number; readonly bytes: number };
}

/** The time of the records, and what the system's clock said at that moment; both milliseconds since 1970 UTC. */
export interface KnownTime {
  readonly kept: number;
  readonly wall: number;
}

export interface StoredState {
  /** What was noted last; `undefined` in a new store. */
  readonly time: KnownTime | undefined;
  /** The greatest row ever given, so that the next one is greater. */
  readonly lastRow: number;
  readonly sessions: readonly StoredSession[];
  readonly retained: readonly StoredMessage[];
}

/** Why the store takes nothing: `full` ends by itself when space returns. */
export type StoreState =
  | { readonly kind: "ready" }
  | { readonly kind: "full"; readonly because: string }
  | { readonly kind: "failed"; readonly because: string };

export interface Store {
  readonly state: StoreState;
  /** What the disk has room for; `undefined` when nobody looks. */
  readonly freeDiskBytes: number | undefined;
  /** How long the disk takes; `undefined` when nothing is on disk. */
  readonly commits: CommitTimes | undefined;
  /** The number of the open batch: what is appended now becomes durable with it. Starts at 1. */
  readonly openBatch: number;
  /** The last batch that was settled: durable or lost. */
  readonly settledBatch: number;
  /** Whether that batch could not be written; its acknowledgements become refusals. Known for batches just settled. */
  hasFailed(batch: number): boolean;
  /** Whether not even what that batch removes could be written; it comes with a later one. */
  hasFailedToRemove(batch: number): boolean;
  /** Called in order whenever `settledBatch` has grown, and when `state` changes. */
  onSettled: () => void;
  /**
   * Settles the open batch as soon as possible, even if it is empty. Without a call it is settled within `lazyMs`.
   * Answers the batch that has what was appended last: this call may end it, so that `openBatch` is already another.
   */
  hurry(): number;

  saveSession(session: SessionRecord): void;
  /** With its subscriptions, packet identifiers, Will and queue; of a long queue the room comes back bit by bit. */
  deleteSession(clientId: string): void;
  saveSubscription(clientId: string, subscription: SubscriptionRecord): void;
  deleteSubscription(clientId: string, filter: string): void;
  saveWill(clientId: string, will: WillRecord): void;
  deleteWill(clientId: string): void;
  /**
   * Puts one message into the queues of several sessions: one row for the message, a small one per session. Best called
   * once per message: a second call for the same row adds receivers, but slowly.
   */
  enqueue(message: StoredMessage, deliveries: readonly Delivery[]): void;
  /** The client has it: takes it out of the queue (lazily) and forgets its packet identifier. */
  dequeue(clientId: string, row: number): void;
  /** QoS 1: messages up to this row were given to the socket (lazily). */
  saveSentRow(clientId: string, row: number): void;
  /** Of a message that is in the queue and stays there until it is dequeued. */
  saveInFlight(clientId: string, record: InFlightRecord): void;
  saveIncoming(clientId: string, packetId: number): void;
  deleteIncoming(clientId: string, packetId: number): void;
  saveRetained(message: StoredMessage): void;
  deleteRetained(topic: string): void;
  /** Notes the time, so that after a restart it is known how much of it has passed. */
  saveTime(time: KnownTime): void;

  /**
   * Up to `limit` queued messages with rows greater than `afterRow`, in order; sees all that was appended before. A page
   * may be shorter than `limit` because its messages are large; only an empty one says that nothing follows.
   *
   * @throws {BrokerError} STORE_UNREADABLE, STORE_CLOSED
   */
  readQueue(clientId: string, afterRow: number, limit: number): Promise<readonly QueuedRecord[]>;
  /**
   * Copies all that is settled into a file while everything goes on; `false` when nothing is on disk.
   * @throws {BrokerError} STORE_UNREADABLE, STORE_CLOSED
   */
  copyTo(file: string): Promise<boolean>;
  /** Settles what is open and closes. Twice does no harm. */
  close(): Promise<void>;
}
