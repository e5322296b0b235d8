/**
 * One client's connection: finds the frames in what it sends, and writes what it gets. It knows no topics and no other
 * clients; what a frame means is decided by its `ConnectionOwner`.
 */
import type { Duplex } from "node:stream";
import { AckOrder } from "./ack-order.ts";
import type { ConnectingClient } from "./contract.ts";
import type { Counting } from "./counters.ts";
import type { CurrentPublish } from "./current-publish.ts";
import { publishByte } from "./current-publish.ts";
import type { BrokerLimits } from "./limits.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Qos } from "./message.ts";
import { Outbox, type OutboxTurn } from "./outbox.ts";
import { OutgoingAliases } from "./outgoing-aliases.ts";
import { Reason } from "./reason.ts";
import { KnownTopics, type KnownTopic } from "./routing/known-topics.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store/store.ts";
import { malformed, type Violation } from "./violation.ts";
import { FixedHeader, INCOMPLETE, TOO_MANY_DIGITS } from "./wire/fixed-header.ts";
import { FrameBuffer } from "./wire/frame-buffer.ts";
import { PacketType, type ReceivedFrame } from "./wire/packet-check.ts";
import { writePacket, type Version } from "./wire/packets.ts";
import { publishLength, type PublishHow, writePublish } from "./wire/publish-writer.ts";

/** How long a closed connection may take to hand over its last bytes. */
const LINGER_MS = 1000;

/** Acknowledgements that may wait for the store before the client has to. */
const MAX_ACKS_WAITING = 2000;

/** What a connection needs, and to whom it says what comes. */
export interface ConnectionOwner {
  readonly limits: BrokerLimits;
  readonly counting: Counting;
  readonly turn: OutboxTurn;
  readonly monotonic: () => number;
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
  /** The socket is gone, for whatever reason; told once. */
  ended(connection: Connection): void;
}

/** Sent to a client: how a message goes out. */
export interface SendHow {
  readonly qos: Qos;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
}

type State = "new" | "deciding" | "open" | "closed";

/** What the client said about itself in CONNECT, as far as it changes what it gets. */
export interface ClientTerms {
  readonly version: Version;
  readonly client: ConnectingClient;
  readonly keepAliveMs: number;
  readonly maxInFlight: number;
  readonly maxPacketBytes: number;
  readonly topicAliasMaximum: number;
  /** Whether reason strings and user properties may be sent besides in CONNACK and DISCONNECT. [MQTT5-3.1.2-29] */
  readonly wantsProblemInformation: boolean;
}

export class Connection {
  readonly address: string;
  readonly openedAt: number;
  /** Resolves when its socket is closed. */
  readonly gone: Promise<void>;
  readonly outbox: Outbox;
  readonly acks: AckOrder;
  readonly topics = new KnownTopics();
  /** Topic Aliases that the client has set. */
  readonly aliases = new Map<number, KnownTopic>();
  version: Version = 4;
  session: Session | undefined;
  client: ConnectingClient | undefined;
  maxInFlight = 0;
  wantsProblemInformation = true;
  /** Ended by DISCONNECT of the client, so that its Will is not published. */
  hasLeft = false;
  /** The first bytes of what came last, for a report. */
  head: Buffer = Buffer.alloc(0);
  lastHeardAt: number;
  keepAliveMs = 0;
  /** Since when more waits for it than should; `undefined` while all is well. */
  slowSince: number | undefined;
  /** When the socket last took something. */
  lastTakenAt: number;
  received = 0;
  sent = 0;
  readonly #stream: Duplex;
  readonly #owner: ConnectionOwner;
  readonly #header = new FixedHeader();
  readonly #pending = new FrameBuffer();
  #state: State = "new";
  #held: Buffer | undefined;
  #maxPacketBytes = Number.POSITIVE_INFINITY;
  #outgoingAliases: OutgoingAliases | undefined;

  constructor(stream: Duplex, address: string, owner: ConnectionOwner) {
    this.#stream = stream;
    this.address = address;
    this.#owner = owner;
    this.openedAt = owner.monotonic();
    this.lastHeardAt = this.openedAt;
    this.lastTakenAt = this.openedAt;
    this.outbox = new Outbox(stream, owner.turn);
    this.outbox.onDrained = () => this.#drained();
    this.acks = new AckOrder(this, () => owner.waitsForStore(this));
    this.gone = new Promise((resolve) => {
      stream.once("close", () => resolve());
    });
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("end", () => this.close());
    stream.on("close", () => this.#gone());
    stream.on("error", () => stream.destroy()); // a reset is an end like any other
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get isVersion5(): boolean {
    return this.version === 5;
  }

  /** Whether neighbouring QoS 0 messages may be copied to it as one piece. */
  get isPlain(): boolean {
    return this.#outgoingAliases === undefined && this.#maxPacketBytes === Number.POSITIVE_INFINITY;
  }

  /** Whether it takes more without waiting. */
  get hasRoom(): boolean {
    return this.outbox.waiting < this.#owner.limits.outgoingSoftBytes;
  }

  /** CONNECT was accepted: what came after it is read now. */
  open(session: Session, terms: ClientTerms): void {
    if (this.#state !== "deciding") return;
    this.#state = "open";
    this.session = session;
    this.client = terms.client;
    this.version = terms.version;
    this.keepAliveMs = terms.keepAliveMs;
    this.maxInFlight = terms.maxInFlight;
    this.#maxPacketBytes = terms.maxPacketBytes;
    this.wantsProblemInformation = terms.wantsProblemInformation;
    if (terms.topicAliasMaximum > 0) this.#outgoingAliases = new OutgoingAliases(terms.topicAliasMaximum);
    this.lastHeardAt = this.#owner.monotonic();
    this.lastTakenAt = this.lastHeardAt;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#take(held);
    if (!this.isClosed) this.#stream.resume();
  }

  /** More of the store is settled: acknowledgements that waited for it leave. */
  storeSettled(store: Store): void {
    this.acks.settled(store);
    this.#readOn();
  }

  /** Bytes of one or more whole packets. */
  write(bytes: Buffer): void {
    if (this.#state !== "closed") this.outbox.appendAll(bytes);
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP. */
  sendAck(kind: AckKind, packetId: number, reasonCode: number = Reason.success, because?: string): void {
    if (this.#state === "closed") return;
    if (this.version === 5 && reasonCode !== Reason.success) return this.#sendReason(kind, packetId, { reasonCode, because });
    const { outbox } = this;
    outbox.reserve(4);
    outbox.buffer.writeUInt32BE((ACK_BYTES[kind] * 0x100_0000 + 0x2_0000 + packetId) >>> 0, outbox.length);
    outbox.length += 4;
  }

  /** Sends the message that is being given out. QoS 0 is dropped when too much waits already. */
  send(current: CurrentPublish, how: SendHow, packetId: number): void {
    if (how.qos === 0 && !this.hasRoom) return this.session?.dropped("slow");
    if (this.isPlain && how.identifiers.length === 0) {
      const form = current.form(this.isVersion5, how.qos > 0);
      const { outbox } = this;
      const at = outbox.length;
      outbox.append(form.bytes, form.start, form.end);
      outbox.buffer[at] = publishByte(how.qos, how.retain);
      if (how.qos > 0) outbox.buffer.writeUInt16BE(packetId, at + form.idAt);
      this.#countSent(how.qos, 1);
      return;
    }
    const plain = { ...how, packetId, dup: false, expirySeconds: undefined, expiryAt: -1 };
    this.#sendWritten(current.topic, current.parts, plain);
  }

  /** Sends a message that has waited. */
  sendItem({ message, qos, retain, identifiers }: QueuedItem, packetId: number, dup: boolean): void {
    const { topic, payload, properties, expiryAt, expiresAt } = message;
    const left = expiresAt - this.#owner.monotonic();
    const expirySeconds = Number.isFinite(left) ? Math.max(Math.ceil(left / 1000), 0) : undefined;
    const parts = { topic: Buffer.from(topic), payload, properties: this.isVersion5 ? properties : NONE };
    this.#sendWritten(topic, parts, { qos, retain, identifiers, packetId, dup, expirySeconds, expiryAt });
  }

  /** Copies some whole QoS 0 frames that are in this connection's form; drops them all when too much waits. */
  sendPiece(bytes: Buffer, start: number, end: number, count: number): void {
    if (!this.hasRoom) {
      for (let index = 0; index < count; index++) this.session?.dropped("slow");
      return;
    }
    this.outbox.append(bytes, start, end);
    this.#countSent(0, count);
  }

  /** Ends the connection, MQTT 5 with a DISCONNECT that says why. [MQTT5-4.13.1-1] [MQTT311-4.8.0-1] */
  end(reasonCode: number, because: string): void {
    if (this.#state === "closed") return;
    this.#owner.counting.endedWith(reasonCode);
    if (this.version === 5 && this.#state === "open") {
      const properties = { reasonString: because };
      this.write(writePacket({ cmd: "disconnect", reasonCode, properties }, 5));
    }
    this.close();
  }

  /** Sends what is left and closes the socket. */
  close(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.outbox.close();
    const timer = setTimeout(() => this.#stream.destroy(), LINGER_MS);
    this.#stream.once("close", () => clearTimeout(timer));
    this.#stream.end();
    this.#stream.resume(); // so that the last bytes are not lost to a reset
    this.#owner.ended(this);
  }

  #gone(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.outbox.close();
    this.#owner.ended(this);
  }

  #sendReason(kind: AckKind, packetId: number, { reasonCode, because }: { readonly reasonCode: number; readonly because: string | undefined }): void {
    const properties = because !== undefined && this.wantsProblemInformation ? { properties: { reasonString: because } } : {};
    this.write(writePacket({ cmd: kind, messageId: packetId, reasonCode, ...properties }, 5));
  }

  #sendWritten(topic: string, parts: Parameters<typeof writePublish>[1], how: Omit<PublishHow, "isVersion5" | "alias">): void {
    if (this.isClosed) return;
    const { isVersion5 } = this;
    const alias = this.#outgoingAliases?.of(topic);
    const aliased = alias === undefined ? { ...how, isVersion5, alias: 0 } : { ...how, isVersion5, alias: alias.alias };
    const named = alias?.isKnown === true ? { ...parts, topic: NONE } : parts;
    if (publishLength(parts, aliased) > this.#maxPacketBytes) return this.#tooLarge(how); // [MQTT5-3.1.2-24]
    writePublish(this.outbox, named, aliased);
    this.#outgoingAliases?.sent(topic);
    this.#countSent(how.qos, 1);
  }

  /** The client takes no packet of this size; the standard says to go on as if it had been sent. [MQTT5-3.1.2-25] */
  #tooLarge({ qos, packetId }: Pick<PublishHow, "qos" | "packetId">): void {
    this.session?.dropped("oversize");
    if (qos > 0) setImmediate(() => this.session?.outgoing.acknowledged(packetId));
  }

  #countSent(qos: Qos, count: number): void {
    this.#owner.counting.sent[qos] += count;
    this.sent += count;
  }

  #take(chunk: Buffer): void {
    if (this.#state === "closed") return;
    this.lastHeardAt = this.#owner.monotonic();
    this.#owner.counting.bytesReceived += chunk.length;
    if (this.#state === "deciding") {
      this.#hold(chunk, 0);
      return;
    }
    this.head = chunk;
    const start = this.#pending.length > 0 ? this.#completePending(chunk) : 0;
    if (start >= 0) this.#frames(chunk, start);
    this.#owner.pieceEnded();
    this.head = Buffer.from(chunk.subarray(0, 32));
    if (this.#state === "open" && this.#mustWait) this.#stream.pause();
  }

  /** Adds to the frame that came in pieces; answers where the next one begins in `chunk`, −1 when there is none yet. */
  #completePending(chunk: Buffer): number {
    const before = this.#pending.length;
    let taken = 0;
    while (this.#header.read(this.#pending.bytes, 0) === INCOMPLETE) {
      if (taken >= chunk.length) return -1;
      this.#pending.append(chunk, taken, taken + 1);
      taken += 1;
    }
    if (this.#headerFault(this.#pending.bytes, 0)) return -1;
    const end = this.#header.end - before;
    if (end > chunk.length) {
      this.#pending.append(chunk, taken, chunk.length);
      return -1;
    }
    this.#pending.append(chunk, taken, end);
    const frame = this.#pending.take();
    this.#frames(frame, 0);
    this.#owner.pieceEnded();
    if (this.#state !== "deciding") return this.isClosed ? -1 : end;
    this.#hold(chunk, end);
    return -1;
  }

  /** Gives out all whole frames from `start` and keeps the rest. */
  #frames(bytes: Buffer, start: number): void {
    let at = start;
    const header = this.#header;
    while (at < bytes.length) {
      const read = header.read(bytes, at);
      if (read === INCOMPLETE) break;
      if (this.#headerFault(bytes, at)) return;
      if (header.end > bytes.length) break;
      const { end } = header;
      this.#frame(header);
      at = end;
      if (this.#state === "closed") return;
      if (this.#state === "deciding") return this.#hold(bytes, at);
    }
    if (at < bytes.length) this.#pending.append(bytes, at, bytes.length);
  }

  #frame(frame: ReceivedFrame): void {
    if (this.#state === "new") {
      this.#state = "deciding";
      this.#stream.pause();
      this.#owner.connectReceived(this, frame);
      return;
    }
    const type = (frame.bytes[frame.start] ?? 0) >> 4;
    if (type === PacketType.publish) this.#owner.publishReceived(this, frame);
    else this.#owner.packetReceived(this, frame);
  }

  /** What is wrong with the header just read at `at`; the connection is ended then. */
  #headerFault(bytes: Buffer, at: number): boolean {
    const violation = this.#headerViolation(bytes, at);
    if (violation !== undefined) this.#owner.violated(this, violation);
    return violation !== undefined;
  }

  #headerViolation(bytes: Buffer, at: number): Violation | undefined {
    if (this.#state === "new" && bytes[at] !== PacketType.connect << 4) {
      return { reasonCode: Reason.protocolError, because: "the first packet is not CONNECT" }; // [MQTT5-3.1.0-1] [MQTT311-3.1.0-1]
    }
    const header = this.#header;
    if (header.read(bytes, at) === TOO_MANY_DIGITS) return malformed("its length has more than four bytes");
    const { maxConnectBytes, maxPacketBytes } = this.#owner.limits;
    const limit = this.#state === "new" ? maxConnectBytes : maxPacketBytes;
    const size = header.end - at;
    if (size <= limit) return undefined;
    const because = `a packet of ${size} bytes is larger than the ${limit} that are taken here`;
    return { reasonCode: Reason.packetTooLarge, because }; // [MQTT5-3.2.2-15]
  }

  #hold(bytes: Buffer, start: number): void {
    if (start >= bytes.length) return;
    const rest = bytes.subarray(start);
    this.#held = this.#held === undefined ? Buffer.from(rest) : Buffer.concat([this.#held, rest]);
  }

  /** Whether nothing more is read for now: it sends and does not read, or sends faster than can be stored. */
  get #mustWait(): boolean {
    return !this.hasRoom || this.acks.waiting >= MAX_ACKS_WAITING;
  }

  #drained(): void {
    this.lastTakenAt = this.#owner.monotonic();
    if (this.#state !== "open") return;
    this.#readOn();
    this.session?.outgoing.pump();
  }

  #readOn(): void {
    if (this.#state === "open" && this.#stream.isPaused() && !this.#mustWait) this.#stream.resume();
  }
}

export type AckKind = "puback" | "pubrec" | "pubrel" | "pubcomp";

const ACK_BYTES: Readonly<Record<AckKind, number>> = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 };

const NONE = Buffer.alloc(0);
