/** The session of one client: its subscriptions, its messages in both directions, its Will; with or without a connection. */
import type { Logger } from "@unshub/adapter";
import type { Connection } from "./connection.ts";
import type { ConnectingClient } from "./contract.ts";
import type { DropReason } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import type { FeedTurn } from "./feed-turn.ts";
import { Outgoing } from "./outgoing.ts";
import type { Subscription } from "./routing/subscription.ts";
import type { Store, StoredMessage } from "./store/store.ts";

/** A session that never expires. (MQTT 5, section 3.1.2.11.2) */
export const FOREVER_SECONDS = 0xffff_ffff;

/** What sessions need of the engine. */
export interface SessionContext {
  readonly store: Store;
  readonly limits: BrokerLimits;
  readonly log: Logger;
  readonly feeds: FeedTurn;
  /** Runs what nobody else would catch an error of; one ends the connection of this session, and nothing else. */
  readonly safely: (session: Session, run: () => void) => void;
  readonly monotonic: () => number;
  readonly nextRow: () => number;
  readonly toStored: (message: Message) => StoredMessage;
  readonly fromStored: (message: StoredMessage) => Message;
  /** Runs when all that the store was told until now is durable (or lost). */
  readonly whenSettled: (run: () => void) => void;
  /** Whether the client may have messages on this topic, as of now. */
  readonly mayReceive: (clientId: string, topic: string) => boolean;
  readonly countDropped: (reason: DropReason) => void;
  readonly endSession: (session: Session, because: string) => void;
}

export interface Will {
  readonly message: Message;
  readonly delaySeconds: number;
}

export interface SessionMade {
  readonly number: number;
  readonly clientId: string;
  readonly owner: string;
  readonly expirySeconds: number;
}

export class Session {
  /** Never given twice in the life of the process. */
  readonly number: number;
  readonly clientId: string;
  /** The identity that made it. */
  readonly owner: string;
  readonly outgoing: Outgoing;
  /** By their filters as the client wrote them. */
  readonly subscriptions = new Map<string, Subscription>();
  /** QoS 2 packet identifiers that came and were not released, and the batch of the store that has the message. */
  readonly incoming = new Map<number, number>();
  connection: Connection | undefined;
  /** What its last CONNECT said; `undefined` after a restart until it is back. */
  client: ConnectingClient | undefined;
  will: Will | undefined;
  /** Whether it was made to outlive its connection, so that it is kept in the store until it ends. */
  readonly isPersistent: boolean;
  /** How long it outlives its connection; the connection may change it. */
  expirySeconds: number;
  /** Monotonic milliseconds at which it ends, while nobody is connected. */
  endsAt = Number.POSITIVE_INFINITY;
  /** Monotonic milliseconds at which its Will is published, while nobody is connected. */
  willDueAt = Number.POSITIVE_INFINITY;
  /** Monotonic milliseconds at which its last connection ended; before the start of the clock when another life saw it. */
  leftAt = 0;
  /** Its connection died with the hub, it has not been seen since, and may still come back as if nothing had happened. */
  isFromEarlierLife = false;
  /**
   * By QoS: up to these rows, messages in its queue may be for subscriptions that are gone. After a restart nobody knows,
   * and a QoS 2 message must not come twice.
   */
  readonly unsureUntilRow = { 1: 0, 2: 0 };
  /** The batch of the store that has its record. */
  savedIn = 0;
  /** The connection that is being given this session. */
  claimedBy: Connection | undefined;
  protocolVersion: 3 | 4 | 5 = 4;
  droppedMessages = 0;
  /** Monotonic milliseconds, half a second late at most; `undefined`: no message went to it since the hub started. */
  lastSentAt: number | undefined;
  /** What its connection had sent when that was noted. */
  #sentNoted = 0;
  readonly #context: SessionContext;

  constructor(made: SessionMade, context: SessionContext) {
    this.number = made.number;
    this.clientId = made.clientId;
    this.owner = made.owner;
    this.expirySeconds = made.expirySeconds;
    this.isPersistent = made.expirySeconds > 0;
    this.#context = context;
    this.outgoing = new Outgoing(this, context);
  }

  /** To be called now and then: to look at the clock with each message would cost more than it tells. */
  noteSent(sent: number, now: number): void {
    if (sent > 0 && sent !== this.#sentNoted) this.lastSentAt = now;
    this.#sentNoted = sent;
  }

  dropped(reason: DropReason): void {
    this.droppedMessages += 1;
    this.#context.countDropped(reason);
    if (reason !== "queueFull") return;
    const { clientId } = this;
    this.#context.log.warn({ clientId }, "messages for a client are dropped: its queue is full");
  }

  /** Its queue is full and the policy says that the session ends then. */
  endForFullQueue(): void {
    setImmediate(() => this.#context.endSession(this, "its queue is full"));
  }
}
