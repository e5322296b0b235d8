/**
 * One client's connection: its socket, what comes out of it and what goes in. It knows no topics and no other clients;
 * what a frame means is decided by its `ConnectionOwner`.
 */
import type { Duplex } from "node:stream";
import { AckOrder } from "./ack-order.ts";
import type { ConnectingClient, ConnectionEnd, TlsProof } from "./contract.ts";
import type { Bucket } from "./bucket.ts";
import { FrameReader } from "./frame-reader.ts";
import {
  type ClientTerms,
  type ConnectionOwner,
  IN_PROCESS,
  type Peer,
} from "./connection-owner.ts";
import type { Qos } from "./message.ts";
import { Outbox } from "./outbox.ts";
import { type KnownTopic, KnownTopics } from "./routing/known-topics.ts";
import { Sender } from "./sender.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store/store.ts";
import { type Throttle, throttleOf } from "./throttle.ts";
import { PacketType, type ReceivedFrame } from "./wire/packet-check.ts";
import { type Version, writeExplained } from "./wire/packets.ts";

/** How long a closed connection may take to hand over its last bytes. */
const LINGER_MS = 1000;

/** Acknowledgements that may wait for the store before the client has to. */
const MAX_ACKS_WAITING = 2000;

/** How long the packets of one client are read before others have their turn. */
const SLICE_MS = 5;
/** The clock is looked at after so many messages on the data lane, and after each other packet. */
const LOOK_EVERY = 32;

type State = "new" | "deciding" | "open" | "closed";

let lastNumber = 0;

export class Connection {
  /** Given once in the life of the process. */
  readonly number = ++lastNumber;
  readonly address: string;
  readonly proof: TlsProof | undefined;
  readonly openedAt: number;
  /** Resolves when its socket is closed. */
  readonly gone: Promise<void>;
  readonly outbox: Outbox;
  readonly sender: Sender;
  readonly acks: AckOrder;
  readonly topics: KnownTopics;
  /** Topic Aliases that the client has set. */
  readonly aliases = new Map<number, KnownTopic>();
  /** Receivers had to be found for the message that came last, which may take long. */
  wasCostly = false;
  /** Messages that it may not publish; made with the first one. */
  refusals: Bucket | undefined;
  session: Session | undefined;
  client: ConnectingClient | undefined;
  maxInFlight = 0;
  keepAliveMs = 0;
  /** How it ended, or is about to. */
  endedBy: ConnectionEnd = { by: "network" };
  /** The first bytes of what came last, for a report. */
  head: Buffer = Buffer.alloc(0);
  lastHeardAt: number;
  /** Its CONNACK waits until then. */
  heldBackUntil = 0;
  /** When the socket last took something. */
  lastTakenAt: number;
  /** Since when more waits for it than should; `undefined` while all is well. */
  slowSince: number | undefined;
  /** Messages that came from it and that went to it. */
  received = 0;
  sent = 0;
  /** All bytes that came; those that went are counted by the outbox. */
  bytesReceived = 0;
  /** `slowSince` of the last time that it was named as slow. */
  #namedSlowSince: number | undefined;
  readonly #stream: Duplex;
  readonly #owner: ConnectionOwner;
  readonly #reader: FrameReader;
  readonly #throttle: Throttle | undefined;
  #state: State = "new";
  #isReading = false;
  /** Packets since the connection was made; when this slice of reading ends. */
  #frames = 0;
  #sliceEnd = 0;

  /** `openedAt`: when its socket was let in, if that was earlier than now. */
  constructor(
    stream: Duplex,
    { address, proof }: Peer,
    owner: ConnectionOwner,
    openedAt = owner.monotonic(),
  ) {
    this.#stream = stream;
    this.address = address;
    this.proof = proof;
    this.#owner = owner;
    this.openedAt = openedAt;
    this.lastHeardAt = openedAt;
    this.lastTakenAt = openedAt;
    this.outbox = new Outbox(stream, owner.turn);
    this.outbox.onBusy = () => {
      this.lastTakenAt = this.#owner.monotonic();
    };
    this.outbox.onDrained = () => this.#drained();
    this.sender = new Sender(this.outbox, {
      limits: owner.limits,
      monotonic: owner.monotonic,
      countSent: (qos, count, payloadBytes) => this.#countSent(qos, count, payloadBytes),
      tooSlow: (count) => this.#tooSlow(count),
      tooLarge: (qos, packetId) => this.#tooLarge(qos, packetId),
    });
    this.topics = new KnownTopics(owner.topicRoom, owner.monotonic);
    this.acks = new AckOrder(this, () => owner.waitsForStore(this));
    this.#reader = new FrameReader({
      limits: owner.limits,
      unfinished: owner.unfinished,
      isVersion5: () => this.sender.isVersion5,
      frame: (frame) => this.#frame(frame),
      violated: (violation) => owner.violated(this, violation),
      pieceEnded: () => owner.pieceEnded(),
    });
    this.#throttle = address === IN_PROCESS ? undefined : this.#openThrottle(owner);
    this.gone = new Promise((resolve) => {
      stream.once("close", () => resolve());
    });
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    stream.on("end", () => this.close());
    stream.on("close", () => this.#lost());
    stream.on("error", () => stream.destroy()); // a reset is an end like any other
  }

  #openThrottle({ limits, monotonic }: ConnectionOwner): Throttle | undefined {
    return throttleOf({
      limits,
      monotonic,
      paused: () => this.#owner.throttled(this),
      ended: () => this.#readOn(),
    });
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get version(): Version {
    return this.sender.version;
  }

  get isVersion5(): boolean {
    return this.sender.isVersion5;
  }

  /** CONNECT was accepted: what came after it is read now. */
  open(session: Session, terms: ClientTerms): void {
    if (this.#state !== "deciding") return;
    this.#state = "open";
    this.session = session;
    this.client = terms.client;
    this.keepAliveMs = terms.keepAliveMs;
    this.maxInFlight = terms.maxInFlight;
    this.sender.agree(terms);
    this.lastHeardAt = this.#owner.monotonic();
    this.lastTakenAt = this.lastHeardAt;
    this.#readOn();
  }

  /** Whether it is the server that does not read for now. */
  get isHeldUp(): boolean {
    return this.isOpen && (this.#reader.isHolding || this.#mustWait);
  }

  /** More of the store is settled: acknowledgements that waited for it leave. */
  storeSettled(store: Store): void {
    this.safely(() => {
      this.acks.settled(store);
      this.#readOn();
    });
  }

  /** A whole packet, not a PUBLISH. */
  write(bytes: Buffer): void {
    if (!this.isClosed) this.outbox.appendPacket(bytes);
  }

  /**
   * Ends the connection, MQTT 5 with a DISCONNECT that says why, unless CONNACK has not accepted yet; after it nothing is
   * sent. [MQTT5-3.14.0-1] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2] [MQTT5-4.13.1-1] [MQTT311-4.8.0-1]
   */
  end(reasonCode: number, because: string): void {
    if (this.isClosed) return;
    this.endedBy = { by: "server", reasonCode, because };
    this.#owner.ending(this, reasonCode, because);
    if (this.isVersion5 && this.isOpen) {
      const { maxPacketBytes } = this.sender;
      this.write(writeExplained({ cmd: "disconnect", reasonCode }, because, maxPacketBytes));
    }
    this.close();
  }

  /** Sends what is left and closes the socket. */
  close(): void {
    if (this.isClosed) return;
    this.#state = "closed";
    this.outbox.close();
    const timer = setTimeout(() => this.#stream.destroy(), LINGER_MS);
    this.#stream.once("close", () => clearTimeout(timer));
    this.#stream.end();
    this.#stream.resume(); // so that the last bytes are not lost to a reset
    this.#end();
  }

  #lost(): void {
    if (this.isClosed) return;
    this.#state = "closed";
    this.outbox.close();
    this.#end();
  }

  #end(): void {
    this.#reader.close();
    this.#throttle?.stop();
    this.#owner.ended(this);
    this.topics.clear();
    this.aliases.clear();
  }

  #take(chunk: Buffer): void {
    if (this.isClosed) return;
    this.lastHeardAt = this.#owner.monotonic();
    this.#owner.countReceived(chunk.length);
    this.bytesReceived += chunk.length;
    this.head = chunk;
    const { turn } = this.#owner;
    turn.readBegins();
    this.#read(chunk);
    turn.readEnds(chunk.length, this.lastHeardAt);
    this.head = NO_BYTES; // the chunk is not kept
  }

  /** Gives out the frames in `chunk`; without one, those that were held back. */
  #read(chunk?: Buffer): void {
    this.#sliceEnd = 0;
    this.#isReading = true;
    try {
      if (chunk === undefined) this.#reader.release();
      else this.#reader.take(chunk);
    } catch (error) {
      this.#owner.failed(this, error);
    }
    this.#isReading = false;
    if (!this.isOpen) return;
    if (this.isHeldUp) this.#wait();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #wait(): void {
    this.#stream.pause();
    if (!this.#mustWait) setImmediate(() => this.#readOn());
  }

  /** What is thrown ends this connection, and nothing else. */
  safely(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#owner.failed(this, error);
    }
  }

  /** Answers whether the next frame may be read now. */
  #frame(frame: ReceivedFrame): boolean {
    if (this.#state === "new") {
      this.#state = "deciding";
      this.#stream.pause();
      this.#owner.connectReceived(this, frame);
      return this.isOpen;
    }
    const type = (frame.bytes[frame.start] ?? 0) >> 4;
    if (type === PacketType.publish) {
      this.#throttle?.published(frame.end - frame.start);
      this.#owner.publishReceived(this, frame);
    } else this.#owner.packetReceived(this, frame);
    return this.#mayReadOn(frame.bytes[frame.start] ?? 0);
  }

  /** Whether the next frame may be read in this turn: others want theirs too, and answers must have room. */
  #mayReadOn(firstByte: number): boolean {
    if (this.isClosed) return false;
    this.#frames += 1;
    const isQuick = (firstByte & 0xf6) === 0x30 && !this.wasCostly; // PUBLISH, QoS 0
    this.wasCostly = false;
    if (isQuick && this.#frames % LOOK_EVERY !== 0) return this.#throttle?.isOver !== true;
    const now = performance.now();
    if (this.#sliceEnd === 0) this.#sliceEnd = now + SLICE_MS;
    return !this.#mustWait && now < this.#sliceEnd;
  }

  /** Whether nothing more is read for now: it sends and does not read, or faster than can be stored, or than it may. */
  get #mustWait(): boolean {
    return (
      !this.sender.hasRoom ||
      this.acks.waiting >= MAX_ACKS_WAITING ||
      this.#throttle?.isOver === true
    );
  }

  #drained(): void {
    if (!this.isOpen || this.#isAtRest) return;
    this.safely(() => {
      this.#readOn();
      this.session?.outgoing.pump();
    });
  }

  /** Whether it reads, and nothing waits to be sent: the usual case. */
  get #isAtRest(): boolean {
    const outgoing = this.session?.outgoing;
    if (outgoing?.isDirect !== true || !outgoing.feeds.isEmpty || outgoing.streams.size > 0)
      return false;
    return !this.#reader.isHolding && !this.#stream.isPaused();
  }

  #readOn(): void {
    if (!this.isOpen || this.#isReading || this.#mustWait) return;
    if (this.#reader.isHolding) this.#read();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #countSent(qos: Qos, count: number, payloadBytes: number): void {
    this.#owner.countSent(qos, count, payloadBytes);
    this.sent += count;
  }

  #tooSlow(messages: number): void {
    this.slowSince ??= this.#owner.monotonic(); // or the sweep has seen it first
    if (this.#namedSlowSince !== this.slowSince) this.#owner.slow(this);
    this.#namedSlowSince = this.slowSince;
    for (let count = 0; count < messages; count++) this.session?.dropped("slow");
  }

  #tooLarge(qos: Qos, packetId: number): void {
    this.session?.dropped("oversize");
    if (qos > 0) setImmediate(() => this.session?.outgoing.acknowledged(packetId));
  }
}

const NO_BYTES = Buffer.alloc(0);
