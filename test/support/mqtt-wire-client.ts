/**
 * An MQTT client of the conformance suite: it does what a test tells it, also what is forbidden, and takes what the
 * server sends one by one. Nothing waits longer than PATIENCE_MS; a connection that ends is an arrival like a packet.
 */
import { EventEmitter, once } from "node:events";
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { WireFault } from "./mqtt-wire-bytes.ts";
import {
  decode,
  FrameSplitter,
  type ServerPacket,
  type ServerPacketType,
} from "./mqtt-wire-decode.ts";
import {
  type ClientPacket,
  type ConnectPacket,
  encode,
  type FilterRequest,
  type PlainPacket,
  type PublishPacket,
  type Version,
} from "./mqtt-wire-encode.ts";
import { numberOf } from "./mqtt-wire-properties.ts";

/** How long a test waits for what must come; a busy machine stands still for some seconds. */
const PATIENCE_MS = 20_000;

type Packet<Type extends ServerPacketType> = ServerPacket & { readonly type: Type };
type Message = Packet<"publish">;

type Arrival =
  | { readonly kind: "packet"; readonly packet: ServerPacket }
  | { readonly kind: "fault"; readonly fault: WireFault }
  | { readonly kind: "end" };

export interface Host {
  readonly host: string;
  readonly port: number;
}

export class WireClient implements AsyncDisposable {
  readonly version: Version;
  readonly #stream: Duplex;
  readonly #splitter = new FrameSplitter();
  readonly #arrivals: Arrival[] = [];
  readonly #bell = new EventEmitter();
  readonly #closed: Promise<unknown>;
  #nextId = 100;

  constructor(stream: Duplex, version: Version) {
    this.#stream = stream;
    this.version = version;
    stream.on("data", (chunk: Buffer) => this.#read(chunk));
    stream.on("error", () => {}); // a reset is an end like any other
    this.#closed = new Promise((resolve) => {
      stream.once("close", resolve);
    });
    stream.once("end", () => this.#arrive({ kind: "end" }));
    stream.once("close", () => this.#arrive({ kind: "end" }));
  }

  /** Opens a connection and sends nothing. */
  static async open({ host, port }: Host, version: Version): Promise<WireClient> {
    const socket = connectSocket({ host, port, noDelay: true });
    await once(socket, "connect");
    return new WireClient(socket, version);
  }

  /** Sends packets, all in one piece. */
  send(...packets: readonly ClientPacket[]): void {
    this.sendBytes(...packets.map((packet) => encode(this.version, packet)));
  }

  sendBytes(...bytes: readonly Uint8Array[]): void {
    this.#stream.write(Buffer.concat(bytes));
  }

  /** Sends CONNECT and answers the CONNACK, whatever it says. */
  async connect(fields: Partial<ConnectPacket> = {}): Promise<Packet<"connack">> {
    this.send({ type: "connect", ...fields });
    return this.take("connack");
  }

  /** Subscribes and answers the reason codes. */
  async subscribe(...filters: readonly (FilterRequest | string)[]): Promise<readonly number[]> {
    const packetId = this.newId();
    const requests = filters.map((each) =>
      typeof each === "string" ? { filter: each, qos: 2 as const } : each,
    );
    this.send({ type: "subscribe", packetId, filters: requests });
    const suback = await this.take("suback");
    if (suback.packetId !== packetId) throw new WireFault(`SUBACK ${suback.packetId}`);
    return suback.reasonCodes;
  }

  /** Publishes and waits until the server has taken the message, as its QoS asks; the first answer's reason code. */
  async publish(
    topic: string,
    payload: string,
    fields: Partial<PublishPacket> = {},
  ): Promise<number> {
    const qos = fields.qos ?? 0;
    if (qos === 0) {
      this.send({ type: "publish", topic, payload, ...fields });
      return 0;
    }
    const packetId = fields.packetId ?? this.newId();
    this.send({ type: "publish", topic, payload, packetId, ...fields });
    const answer = await this.find(qos === 1 ? "puback" : "pubrec", packetId);
    if (qos === 1 || answer.reasonCode >= 0x80) return answer.reasonCode;
    this.send({ type: "pubrel", packetId });
    await this.find("pubcomp", packetId);
    return answer.reasonCode;
  }

  /** The next packet is this message; acknowledges it to the end. */
  async takeMessage(): Promise<Message> {
    const message = await this.take("publish");
    await this.acknowledge(message);
    return message;
  }

  /** The next messages, each acknowledged before the next is taken. */
  async takeMessages(count: number): Promise<readonly Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) messages.push(await this.takeMessage());
    return messages;
  }

  async acknowledge({ qos, packetId }: Message): Promise<void> {
    if (qos === 0 || packetId === undefined) return;
    if (qos === 1) {
      this.send({ type: "puback", packetId });
      return;
    }
    this.send({ type: "pubrec", packetId });
    await this.find("pubrel", packetId);
    this.send({ type: "pubcomp", packetId });
  }

  /** The next packet, which must be of this kind. */
  async take<Type extends ServerPacketType>(type: Type): Promise<Packet<Type>> {
    const packet = await this.takeAny();
    if (!isOf(packet, type)) throw new WireFault(`expected ${type}, got ${show(packet)}`);
    return packet;
  }

  /** The next packet, of any kind. */
  async takeAny(): Promise<ServerPacket> {
    return packetIn(await this.#next(() => true));
  }

  /** The first packet of this kind; others that came before it stay where they are. */
  async find<Type extends ServerPacketType>(type: Type, packetId?: number): Promise<Packet<Type>> {
    const fits = (packet: ServerPacket): packet is Packet<Type> =>
      isOf(packet, type) &&
      (packetId === undefined || ("packetId" in packet && packet.packetId === packetId));
    const arrival = await this.#next((each) => each.kind !== "packet" || fits(each.packet));
    const packet = packetIn(arrival);
    if (!fits(packet)) throw new WireFault(`expected ${type}, got ${show(packet)}`);
    return packet;
  }

  /** Proves that nothing came before: the server answers in order. */
  async ping(): Promise<void> {
    this.send({ type: "pingreq" });
    await this.take("pingresp");
  }

  /** The server ends the connection and says nothing more. */
  async closed(): Promise<void> {
    const arrival = await this.#next(() => true);
    if (arrival.kind === "packet")
      throw new WireFault(`expected the end, got ${show(arrival.packet)}`);
    if (arrival.kind === "fault") throw arrival.fault;
  }

  /** The packet that comes before the end of the connection; undefined when there is none. */
  async lastWord(): Promise<ServerPacket | undefined> {
    const arrival = await this.#next(() => true);
    if (arrival.kind === "fault") throw arrival.fault;
    if (arrival.kind === "end") return undefined;
    await this.closed();
    return arrival.packet;
  }

  /** Takes leave: DISCONNECT, after which the server closes. */
  async leave(fields: Partial<PlainPacket> = {}): Promise<void> {
    this.send({ type: "disconnect", ...fields });
    this.#stream.end();
    await this.#closed;
  }

  /** Ends without DISCONNECT, as when a cable is pulled. */
  async vanish(): Promise<void> {
    this.#stream.destroy();
    await this.#closed;
  }

  pauseReading(): void {
    this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  /** A packet identifier that this client has not used. */
  newId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }

  async #next(fits: (arrival: Arrival) => boolean): Promise<Arrival> {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const at = this.#arrivals.findIndex(fits);
      const [arrival] = at < 0 ? [] : this.#arrivals.splice(at, 1);
      if (arrival !== undefined) return arrival;
      await once(this.#bell, "arrival", { signal: patience }).catch((cause: unknown) => {
        const waiting = this.#arrivals.map(showArrival).join("; ");
        throw new WireFault(`not within ${PATIENCE_MS} ms; what came: ${waiting}`, { cause });
      });
    }
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#splitter.push(chunk)) {
        this.#arrive({ kind: "packet", packet: decode(this.version, frame) });
      }
    } catch (fault) {
      if (!(fault instanceof WireFault)) throw fault;
      this.#arrive({ kind: "fault", fault });
    }
  }

  #arrive(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#bell.emit("arrival");
  }
}

/** How many QoS 1 and 2 messages the other side takes without acknowledging one. */
export function receiveMaximumOf(connack: Packet<"connack">): number {
  return numberOf(connack, "receiveMaximum", 65_535);
}

function packetIn(arrival: Arrival): ServerPacket {
  if (arrival.kind === "packet") return arrival.packet;
  if (arrival.kind === "fault") throw arrival.fault;
  throw new WireFault("the server has closed the connection");
}

function isOf<Type extends ServerPacketType>(
  packet: ServerPacket,
  type: Type,
): packet is Packet<Type> {
  return packet.type === type;
}

function showArrival(arrival: Arrival): string {
  return arrival.kind === "packet" ? show(arrival.packet) : arrival.kind;
}

function show(packet: ServerPacket): string {
  const { bytes: _, ...fields } = { bytes: undefined, ...packet };
  return JSON.stringify(fields).slice(0, 500);
}
