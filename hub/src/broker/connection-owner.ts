/**
 * What stands around a connection: to whom it says what comes, where it comes from, and what its client asked for.
 * The connection itself is in `connection.ts`.
 */
import type { ConnectingClient, TlsProof } from "./contract.ts";
import type { Connection } from "./connection.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Qos } from "./message.ts";
import type { OutboxTurn } from "./outbox.ts";
import type { TopicRoom } from "./routing/known-topics.ts";
import type { SenderTerms } from "./sender.ts";
import type { Unfinished } from "./unfinished.ts";
import type { Violation } from "./violation.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";

/** What a connection needs, and to whom it says what comes. */
export interface ConnectionOwner {
  readonly limits: BrokerLimits;
  readonly turn: OutboxTurn;
  readonly unfinished: Unfinished;
  readonly topicRoom: TopicRoom;
  readonly monotonic: () => number;
  countReceived(bytes: number): void;
  countSent(qos: Qos, messages: number, payloadBytes: number): void;
  /** The first frame, which must be CONNECT; nothing else is read until `open` or `close` was called. */
  connectReceived(connection: Connection, frame: ReceivedFrame): void;
  /** A PUBLISH of an open connection. */
  publishReceived(connection: Connection, frame: ReceivedFrame): void;
  /** Any other frame of an open connection. */
  packetReceived(connection: Connection, frame: ReceivedFrame): void;
  /** All frames of one piece have been given out: nothing of its buffer may be used any longer. */
  pieceEnded(): void;
  /** It must be told when more of the store is settled. */
  waitsForStore(connection: Connection): void;
  violated(connection: Connection, violation: Violation): void;
  /** Something was thrown that should not have been: a bug of ours, met by what this client sent or was to get. */
  failed(connection: Connection, error: unknown): void;
  /** It publishes faster than it may: nothing is read from it for a while. */
  throttled(connection: Connection): void;
  /** It reads too slowly: QoS 0 messages for it are dropped from now on. */
  slow(connection: Connection): void;
  /** The server is about to end the connection. */
  ending(connection: Connection, reasonCode: number, because: string): void;
  /** The socket is gone, for whatever reason; told once. */
  ended(connection: Connection): void;
}

/** The address of a client in this process: the hub's own edge nodes, which have limits of their own. */
export const IN_PROCESS = "in-process";

/** What the client said about itself in CONNECT, as far as it changes what it gets. */
export interface ClientTerms extends SenderTerms {
  readonly client: ConnectingClient;
  readonly keepAliveMs: number;
  readonly maxInFlight: number;
}

/** Where a connection comes from, and what its TLS handshake has shown. */
export interface Peer {
  /** `host:port` of the other side, or `IN_PROCESS`. */
  readonly address: string;
  readonly proof?: TlsProof | undefined;
}
