/**
 * The parts of aedes 2.0.0-beta.1 that its own types do not show and that the cures in this folder need.
 * Only this file says what aedes is like inside; the version is pinned exactly.
 */
import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import type { Aedes, AedesPublishPacket, Client, PublishPacket } from "aedes";
import type { IConnectPacket, Packet } from "mqtt-packet";

/** The Will of a CONNECT. It has no `cmd`, which is how it is told from a PUBLISH. */
export type WillPacket = NonNullable<IConnectPacket["will"]>;

/** A message on its way through aedes. */
export type RoutedPacket = AedesPublishPacket & {
  /** Who published it; missing for the hub's own messages. */
  clientId?: string;
};

/** What aedes calls for each message that matches a subscription. */
export type Listener = (packet: RoutedPacket, done: () => void) => void;

/** One entry of `client.subscriptions`. */
export interface EngineSubscription {
  readonly qos: 0 | 1 | 2;
  readonly func: Listener;
}

/** mqtt-packet's parser as aedes holds it. */
export interface EngineParser extends EventEmitter {
  parse(bytes: Buffer): number;
  listeners(event: string): ((this: EngineParser, packet: Packet) => void)[];
}

/** aedes' client with the fields that are hidden or read-only in its types. */
export interface EngineClient extends Omit<Client, "id" | "clean"> {
  id: string;
  clean: boolean;
  subscriptions: Record<string, EngineSubscription>;
  duplicates: Record<string, number>;
  will: WillPacket | null | undefined;
  readonly _parser: EngineParser;
  readonly _cleanStart: boolean;
  readonly _requestProblemInformation: boolean;
}

/** aedes' broker with the fields that are hidden in its types. */
export interface EngineBroker extends Omit<Aedes, "publish" | "brokers"> {
  clients: Record<string, EngineClient>;
  brokers: Record<string, unknown>;
  publish(packet: object, client: EngineClient | null, done: (error?: Error) => void): void;
  deleteClient(clientId: string): void;
}

/** aedes' broker as it is inside. */
export function inside(broker: Aedes): EngineBroker {
  // as: the same object; aedes' types leave out what EngineBroker adds
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- nothing can be checked: the class is the same
  return broker as unknown as EngineBroker;
}

/** aedes' client as it is inside. */
export function insideClient(client: Client): EngineClient {
  // as: the same object; aedes' types leave out what EngineClient adds
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- nothing can be checked: the class is the same
  return client as unknown as EngineClient;
}

/** aedes' MQTT parser of this client. */
export function parserOf({ _parser: parser }: EngineClient): EngineParser {
  return parser;
}

/** Whether the client asked for a new session. [MQTT5-3.1.2-4] */
export function isCleanStart({ _cleanStart: cleanStart }: EngineClient): boolean {
  return cleanStart;
}

/** Whether acknowledgements to this client may carry a Reason String. [MQTT5-3.1.2-29] */
export function wantsReasons({ _requestProblemInformation: wants }: EngineClient): boolean {
  return wants;
}

/** Has the CONNACK tell the client which id it was given. [MQTT5-3.2.2-16] */
export function tellAssignedId(client: EngineClient, clientId: string | undefined): void {
  Object.assign(client, { _assignedClientId: clientId });
}

/** Makes aedes neither publish nor acknowledge this message: that is done already. */
export function markAsDone(packet: PublishPacket): void {
  Object.assign(packet, { _notAuthorized: true });
}

/** An answer that aedes reads with `.then(kept, broken)`; a promise is one, and so is what `already` makes. */
export interface Answer<T> {
  then(kept: (value: T) => void, broken?: (reason: Error) => void): void;
}

/** The storage that aedes asks for. Answers may come at once. */
export interface EngineStore {
  setup(broker: unknown): Promise<void>;
  storeRetained(packet: RoutedPacket): Answer<void>;
  createRetainedStreamCombi(filters: string[]): Readable;
  addSubscriptions(client: { id: string }, subscriptions: StoredSubscription[]): Answer<void>;
  removeSubscriptions(client: { id: string }, filters: string[]): Answer<void>;
  subscriptionsByClient(client: { id: string }): Answer<StoredSubscription[]>;
  subscriptionsByTopic(topic: string): Answer<Receiver[]>;
  cleanSubscriptions(client: { id: string }): Answer<void>;
  outgoingEnqueueCombi(receivers: Receiver[], packet: RoutedPacket): Answer<void>;
  outgoingUpdate(client: { id: string }, packet: OutgoingPacket): Answer<void>;
  outgoingClearMessageId(
    client: { id: string },
    packet: { messageId?: number },
  ): Answer<OutgoingPacket | undefined>;
  outgoingStream(client: { id: string }): Readable;
  incomingStorePacket(client: { id: string }, packet: { messageId?: number }): Answer<void>;
  incomingGetPacket(client: { id: string }, packet: { messageId?: number }): Answer<object>;
  incomingDelPacket(client: { id: string }, packet: { messageId?: number }): Promise<void>;
  putWill(): Answer<void>;
  delWill(): Promise<void>;
  streamWill(): Readable;
}

/** A subscription with all its options. [MQTT5-3.8.3-5] */
export interface StoredSubscription {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly rh?: number;
  readonly rap?: boolean;
  readonly nl?: boolean;
  readonly subscriptionIdentifier?: number;
}

/** A stored session that a message is for. */
export interface Receiver {
  readonly clientId: string;
  readonly qos: 0 | 1 | 2;
  readonly rap: boolean;
}

/** What a session still owes its client: a PUBLISH, or the PUBREL that follows it. */
export interface OutgoingPacket {
  readonly cmd: "publish" | "pubrel";
  readonly brokerCounter?: number;
  readonly payload?: Buffer | string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly dup?: boolean;
  messageId?: number;
}
