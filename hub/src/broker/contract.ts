/** The types on the broker's door: listen, who may connect, what may be published, what was published, sessions, stop. */
import type { Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";

/** Where the broker listens. `port: 0` lets the system choose; the address that came of it is in `ListenerAddress`. */
export interface ListenerConfig {
  readonly kind: "mqtt" | "ws";
  readonly host: string;
  readonly port: number;
  /** WebSocket only: origins of web pages that may connect besides the listener's own, exactly: `http://127.0.0.1:8080`. */
  readonly origins?: readonly string[];
}

export interface ListenerAddress {
  readonly kind: "mqtt" | "ws";
  readonly host: string;
  readonly port: number;
}

/** A message as publishers and subscribers see it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** Who sent a message. `undefined` in `PublishedMessage` means the hub itself. */
export interface ConnectingClient {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
  /** `host:port` of the other side, or `"in-process"`. */
  readonly address: string;
  readonly protocol: "3.1" | "3.1.1" | "5";
  /** Clean Session (3.1.1) or Clean Start (5). */
  readonly clean: boolean;
  readonly keepAliveSeconds: number;
  readonly will: MqttMessage | undefined;
}

/** What a room answers when it is asked whether something may pass. `reasonCode` is MQTT 5's, e.g. 0x90. */
export type Verdict =
  | { readonly allow: true }
  | { readonly allow: false; readonly reasonCode: number; readonly because: string };

export interface PublishedMessage extends MqttMessage {
  /** The client that published it, or whose Will this is; `undefined` for the hub's own messages. */
  readonly clientId: string | undefined;
  /** Milliseconds since 1970 UTC at which the broker took it. */
  readonly receivedAt: number;
}

/** A connected client. */
export interface ClientSession extends Omit<ConnectingClient, "password"> {
  readonly connectedAt: number;
  readonly subscriptions: readonly { readonly filter: string; readonly qos: 0 | 1 | 2 }[];
}

export interface BrokerOptions {
  /** Names the hub in `$SYS` and in logs. */
  readonly id: string;
  readonly listeners: readonly ListenerConfig[];
  readonly log: Logger;
  now(): number;
  /** Asked once per CONNECT, before anything else of that client is looked at. The Will is judged here too. */
  mayConnect(client: ConnectingClient): Verdict;
  /** Asked for each PUBLISH of a client (and not again when its Will fires), before anybody receives it. */
  mayPublish(client: ConnectingClient, message: MqttMessage): Verdict;
  /**
   * Told of every message that passed, once, in the order of the publisher, before or while subscribers receive it;
   * Wills and the hub's own messages included. Must not throw and must not wait.
   */
  published(message: PublishedMessage): void;
  /** Told of clients that came and went, for sessions and diagnostics. */
  connected?(client: ConnectingClient): void;
  disconnected?(client: ConnectingClient): void;
  /** Bytes that may wait in one client's outgoing buffer before QoS 0 messages for it are dropped and counted. */
  readonly maxOutgoingBytes?: number;
  /** Largest packet a client may send, in bytes. */
  readonly maxPacketBytes?: number;
}

export interface BrokerCounters {
  /** PUBLISH packets taken from clients and from the hub. */
  readonly received: number;
  /** QoS 0 messages dropped because a receiver did not read. */
  readonly droppedSlow: number;
  /** Connections ended for a malformed packet. */
  readonly malformed: number;
}

/** A running MQTT server. */
export interface Broker {
  /** The addresses it really listens at, in the order of `listeners`. */
  readonly addresses: readonly ListenerAddress[];
  /**
   * Publishes a message of the hub itself: no permission is asked, every subscriber and `published` see it.
   * Resolves when it is on its way (QoS 0) or stored for those that must get it (QoS 1, 2).
   */
  publish(message: MqttMessage): Promise<void>;
  /** Takes a connection that did not come through a listener: the hub's own edge nodes. It is a client like any other. */
  attach(stream: Duplex): void;
  sessions(): readonly ClientSession[];
  readonly counters: BrokerCounters;
  /** Ends all connections (Wills are published) and frees the ports. Twice does no harm. */
  stop(): Promise<void>;
}
