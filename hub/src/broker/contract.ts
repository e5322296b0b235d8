/** The types on the broker's door: listen, who may connect and what may pass, who watches, clients, stop. */
import type { ClientEvent } from "./client-events.ts";
import type { LastEnd } from "./last-ends.ts";
import type { PublishedTopics } from "./published-topics.ts";
import type { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";
import type { BrokerClock } from "./clock.ts";
import type { BrokerCounters } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import type { ShareStrategy } from "./routing/subscription.ts";
import type { CommitTimes } from "./store/commit-times.ts";
import type { StoreState } from "./store/store.ts";
import type { TlsFiles } from "./tls-files.ts";

/** Where the broker listens. `port: 0` lets the system choose; the address that came of it is in `ListenerAddress`. */
export type ListenerConfig = PlainListenerConfig | TlsListenerConfig | PskListenerConfig;

interface AnyListenerConfig {
  readonly host: string;
  readonly port: number;
  /** WebSocket only: origins of web pages that may connect besides the listener's own, exactly: `http://127.0.0.1:8080`. */
  readonly origins?: readonly string[];
}

interface PlainListenerConfig extends AnyListenerConfig {
  readonly kind: "mqtt" | "ws";
}

export interface TlsListenerConfig extends AnyListenerConfig {
  readonly kind: "mqtts" | "wss";
  readonly tls: TlsFiles;
}

/** MQTT over TLS with keys that both sides know, instead of certificates: for small devices. */
interface PskListenerConfig extends AnyListenerConfig {
  readonly kind: "psk";
}

export type ListenerKind = ListenerConfig["kind"];

export interface ListenerAddress {
  readonly kind: ListenerKind;
  readonly host: string;
  readonly port: number;
}

/** The certificate that a listener shows. */
export interface CertificateTerm {
  readonly kind: TlsListenerConfig["kind"];
  /** Milliseconds since 1970 UTC. */
  readonly validTo: number;
  readonly certificate: X509Certificate;
}

/** A message as publishers and subscribers see it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /**
   * Of a message of the hub itself: what `messageProperties` made; who speaks MQTT 3 does not get them. Of one that is
   * watched: as they came, for `replyAddress`.
   */
  readonly properties?: Uint8Array;
}

/** A retained message as it is kept. */
export interface RetainedMessage extends Pick<
  MqttMessage,
  "topic" | "payload" | "qos" | "properties"
> {
  /** The client that published it; `undefined` for the hub, and after a restart. */
  readonly publisherId?: string | undefined;
}

/** What a client has proved in its TLS handshake: that it has the key of this certificate, or the shared key of this name. */
export type TlsProof =
  | { readonly kind: "certificate"; readonly certificate: X509Certificate }
  | { readonly kind: "psk"; readonly name: string };

export interface ConnectingClient {
  readonly clientId: string;
  /** The hub has given it, for the client named none. */
  readonly isIdGiven?: boolean | undefined;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  /** `host:port` of the other side, or `"in-process"`. */
  readonly address: string;
  readonly proof?: TlsProof | undefined;
  readonly protocol: "3.1" | "3.1.1" | "5";
  /** Clean Session (3.1.1) or Clean Start (5). */
  readonly clean: boolean;
  /** What the client asked for. */
  readonly keepAliveSeconds: number;
  /** Session Expiry Interval as asked for; of MQTT 3 what Clean Session stands for. */
  readonly sessionExpirySeconds: number;
  readonly will: MqttMessage | undefined;
}

/** What a room answers when it is asked whether something may pass. `reasonCode` is MQTT 5's, e.g. 0x90. */
export type Verdict =
  | { readonly allow: true }
  | {
      readonly allow: false;
      readonly reasonCode: number;
      readonly because: string;
      /** What a message that does not pass is counted as: somebody's missing right, or a rule of the namespace. */
      readonly countedAs?: "acl" | "namespace";
    };

/** Why a message did not pass. */
export type RefusedPublish = Extract<Verdict, { allow: false }>;

/** As `Verdict`, with the identity to which the session belongs. */
export type ConnectVerdict =
  | { readonly allow: true; readonly owner?: string }
  | Extract<Verdict, { allow: false }>;

export interface PublishedMessage extends MqttMessage {
  /** The client that published it, or whose Will this is; `undefined` for the hub's own messages. */
  readonly clientId: string | undefined;
  /** Milliseconds since 1970 UTC at which the broker took it. */
  readonly receivedAt: number;
  /** A Will: it was judged at CONNECT, and what is answered does not count. */
  readonly isWill?: true;
}

/** What a watcher says of a message: that it goes on as it is, or with another payload, or not at all. */
export type Watched =
  | undefined
  | { readonly allow: true; readonly payload: Uint8Array }
  | Extract<Verdict, { allow: false }>;

/**
 * Hears every message on one topic of one client, in the order of the publisher, before any subscriber gets it, and
 * may refuse it or change its payload. The message and its payload are valid during the call only; keep copies. Must not
 * throw or wait. A refusal of a Will or of the hub's own messages is ignored: those were judged before.
 */
export type Watcher = (message: PublishedMessage) => Watched;

/** Retained messages that are made for whoever subscribes, instead of being kept. */
export interface RetainedProvider {
  /** Whether a topic is one of them, or could become one. Nothing that is published there is kept as retained. */
  owns(topic: string): boolean;
  /**
   * The messages whose topics a filter matches, each as it is when it is asked for; `undefined` for each step between, so
   * that others have their turn. A step is about a microsecond.
   */
  matching(filter: string): Iterable<MqttMessage | undefined>;
}

/** A connected client, or the session of one that is away. */
export interface ClientSession extends Omit<ConnectingClient, "password" | "proof"> {
  /** The identity to which the session belongs; "": nobody in particular. */
  readonly owner: string;
  readonly isConnected: boolean;
  /** Milliseconds since 1970 UTC; of the connection's beginning, or of its end for one that is away. */
  readonly since: number;
  /** Seconds the session outlives its connection; 0xFFFFFFFF: for ever. */
  readonly expirySeconds: number;
  readonly subscriptions: readonly ShownSubscription[];
  /** QoS 1 and 2 messages that wait, and their bytes. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** The most that may wait; more is dropped, or ends the session. Infinite: no limit. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  readonly inFlight: number;
  /** Whether the server does not read from it for now: it sends faster than is carried or stored. */
  readonly isHeldUp: boolean;
  /** Bytes that wait in its connection. */
  readonly outgoingBytes: number;
  /** Messages of this connection. */
  readonly received: number;
  readonly sent: number;
  /** Bytes of this connection, all packets. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly dropped: number;
  /** Milliseconds since 1970 UTC, half a second late at most; `undefined`: no message went to it since the hub started. */
  readonly lastSentAt: number | undefined;
  /** How the connection before this one ended, or its last one; `undefined`: none did since the hub started. */
  readonly lastEnd: LastEnd | undefined;
}

export interface ShownSubscription {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
  /** Of subscriptions to topics; a stream of the past has none. */
  readonly options?: {
    readonly noLocal: boolean;
    readonly retainAsPublished: boolean;
    readonly retainHandling: 0 | 1 | 2;
    /** 0 without one. */
    readonly identifier: number;
  };
}

/** More of one client, for who looks at it; costs a look at each topic that it has published to. */
export interface ClientDetails {
  /** The newest last. */
  readonly events: readonly ClientEvent[];
  /** What its TLS handshake has shown. */
  readonly proof: TlsProof | undefined;
  /** `undefined`: it is not connected. */
  readonly published: PublishedTopics | undefined;
}

/** Filters that stand for a stream instead of topics: what was said in the past, then what is said. */
export interface StreamDoor {
  /** Whether a filter asks for a stream. */
  owns(filter: string): boolean;
  /** Opens it for a client, or says why not. `user`: the user properties of its SUBSCRIBE, the last one of a name. */
  open(client: ConnectingClient, filter: string, user: ReadonlyMap<string, string>): StreamVerdict;
}

export type StreamVerdict =
  | { readonly allow: true; readonly stream: MessageStream }
  | Extract<Verdict, { allow: false }>;

/** One client's reading of a stream; it goes only as fast as the client takes what comes. */
export interface MessageStream {
  /**
   * The next messages, in order, once there are some; they are the broker's to keep. Not asked again before it has
   * answered. One that rejects ends the connection of its client.
   */
  next(): Promise<readonly Omit<MqttMessage, "retain">[]>;
  /** Nobody wants more; a question that is open need not be answered. */
  close(): void;
}

/**
 * Hears all that comes from clients as it lies on the wire, before anything is done with it. Bytes are valid during the
 * call only. Must be quick, and must not throw. Connections are numbers that are given once in the life of the process.
 */
export interface PacketTap {
  /** The CONNECT of a connection. */
  connect(connection: number, address: string, packet: Buffer): void;
  /** Whole packets that came after it, one behind the other. */
  packets(connection: number, bytes: Buffer, start: number, end: number): void;
  /** Also of connections that said no CONNECT. */
  ended(connection: number, end: ConnectionEnd): void;
}

export interface BrokerOptions {
  /** Names the hub in `$SYS` and in logs. */
  readonly id: string;
  /** Shown in `$SYS/broker/version`. */
  readonly version?: string;
  readonly listeners: readonly ListenerConfig[];
  readonly log: Logger;
  readonly clock?: BrokerClock;
  readonly limits?: Partial<BrokerLimits>;
  /** The memory that the process has, in bytes; left out: the system is asked. */
  readonly usedMemory?: (() => number) | undefined;
  /** Where sessions, queues and retained messages are kept; left out: in memory, they end with the process. */
  readonly storage?: BrokerStorage;
  /** Asked once per CONNECT, before anything else of that client is looked at. The Will is judged here too. */
  mayConnect(client: ConnectingClient): ConnectVerdict | Promise<ConnectVerdict>;
  /**
   * Asked when a client first publishes to a topic; the answer is kept until `permissionsChanged`. Messages on the
   * topic are then carried or refused without another question.
   */
  mayPublish(client: ConnectingClient, topic: string): Verdict;
  /** Asked for each filter of a SUBSCRIBE; `$share/{name}/` is not part of it. */
  maySubscribe?(client: ConnectingClient, filter: string): Verdict;
  /**
   * Asked once per topic and receiver, whatever its subscription says, and kept until `permissionsChanged`; and for each message
   * that has waited, when its turn comes: its receiver may have had more rights before.
   */
  mayReceive?(clientId: string, topic: string): boolean;
  /** Asked when a Will is due: it was judged at CONNECT, and rights may have changed since. */
  mayPublishWill?(will: DueWill): boolean;
  /** Who hears what this client (`undefined`: the hub) says on this topic; asked together with `mayPublish`. */
  watcherOf?(topic: string, client: ConnectingClient | undefined): Watcher | undefined;
  /** Left out: nobody records what comes. */
  readonly tap?: PacketTap | undefined;
  /** Retained messages besides those that were published. */
  readonly provided?: RetainedProvider;
  /** Subscriptions that are streams; left out: there are none. */
  readonly streams?: StreamDoor;
  /** How a shared subscription chooses; round robin when left out. */
  shareStrategy?(filter: string): ShareStrategy;
  /** The shared key of this name, for listeners of kind `psk`; `undefined`: there is none. */
  readonly pskOf?: (name: string) => Uint8Array | undefined;
  /** Told of clients that came and went. */
  connected?(client: ConnectingClient): void;
  disconnected?(client: ConnectingClient, end: ConnectionEnd): void;
  /** Told of each message of a client that went nowhere, and why. */
  refused?(client: ConnectingClient, topic: string, refusal: RefusedPublish): void;
  /** Told of each filter that was granted or given back; `$share/{name}/` is part of it. */
  subscribed?(client: ConnectingClient, subscription: GrantedFilter): void;
  unsubscribed?(client: ConnectingClient, filter: string): void;
}

/** A Will that is about to be published. */
export interface DueWill extends Pick<MqttMessage, "topic" | "qos" | "retain"> {
  readonly clientId: string;
  /** The identity to which its session belongs. */
  readonly owner: string;
  /** `undefined`: it has not come since the hub started. */
  readonly client: ConnectingClient | undefined;
}

export interface GrantedFilter {
  readonly filter: string;
  readonly qos: 0 | 1 | 2;
}

/**
 * How a connection ended: the client said DISCONNECT, with MQTT 5's reason code (0 in MQTT 3); the server ended it, with
 * the reason code that stands for why; or it was lost.
 */
export type ConnectionEnd =
  | { readonly by: "client"; readonly reasonCode: number }
  | { readonly by: "server"; readonly reasonCode: number; readonly because: string }
  | { readonly by: "network" };

interface BrokerStorage {
  /** The folder of its files; it exists. */
  readonly folder: string;
  /** `power`: what is acknowledged survives a power cut; `process`: a killed process, not a power cut. */
  readonly durability: "power" | "process";
  /** The most pages of 4 KiB that its file may have; left out: what the disk has room for. */
  readonly maxPages?: number | undefined;
  /** How much is free on the disk of a folder; left out: the system is asked. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/** A running MQTT server. */
export interface Broker {
  /** The addresses it really listens at, in the order of `listeners`. */
  readonly addresses: readonly ListenerAddress[];
  readonly counters: BrokerCounters;
  readonly storeState: StoreState;
  /** Room on the disk of the storage; `undefined` when there is none, or nobody looks. */
  readonly freeDiskBytes: number | undefined;
  /** How long its batches take; `undefined` when nothing is stored. */
  readonly commits: CommitTimes | undefined;
  /** Whether no more clients are let in than there are, because memory is short. */
  readonly isShortOfMemory: boolean;
  readonly certificates: readonly CertificateTerm[];
  /** Reads the files of all TLS listeners again; they also look by themselves. Connections stay. */
  reloadCertificates(): void;
  /**
   * Publishes a message of the hub itself: no permission is asked, every subscriber and watcher sees it.
   * Resolves when it is on its way (QoS 0) or stored for those that must get it (QoS 1, 2).
   * @throws {BrokerError} NOT_STORED: those who are there may have it, a retained one is stored later; TOPIC_INVALID, STOPPED
   */
  publish(message: MqttMessage): Promise<void>;
  /** Whether anybody subscribes to this topic; also the sessions of clients that are away. */
  hasReceivers(topic: string): boolean;
  /** Whether a subscription may match this topic or one below it; costs one look a level, for who would publish a lot. */
  mayReachBelow(topic: string): boolean;
  /**
   * The retained messages for a filter, also over several turns of the event loop; `undefined` for every step between.
   */
  retained(filter: string): Iterable<RetainedMessage | undefined>;
  /** Takes a connection that did not come through a listener: the hub's own edge nodes. It is a client like any other. */
  attach(stream: Duplex): void;
  /** All sessions: connected clients, and those that are away and may come back. */
  sessions(): readonly ClientSession[];
  /** `undefined`: there is no such client. */
  clientDetails(clientId: string): ClientDetails | undefined;
  /** Ends the connection of this client (0x98 when no other reason is given), and its session when asked to; false when there is none. */
  kick(
    clientId: string,
    options?: {
      readonly endSession?: boolean;
      readonly because?: string;
      readonly reasonCode?: number;
    },
  ): boolean;
  /** What `mayPublish`, `mayReceive` and `watcherOf` answered no longer holds. */
  permissionsChanged(): void;
  /**
   * Copies sessions, queues, retained messages and Wills into a file while everything goes on: all that was acknowledged
   * before is in it. `false`: nothing of this server is on disk.
   * @throws {BrokerError} when the disk refuses, or the server stops meanwhile.
   */
  copyStore(file: string): Promise<boolean>;
  /** Ends all connections with 0x8B and frees the ports; sessions and Wills are kept in storage. Twice does no harm. */
  stop(): Promise<void>;
}
