/** An MQTT client that does only what a test tells it, so that it can also do what is forbidden. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type Packet,
  parser,
} from "mqtt-packet";
import { Inbox } from "./mqtt-inbox.ts";

type Version = 3 | 4 | 5;

export class RawClient implements AsyncDisposable {
  /** Resolves when the connection is closed, by whichever side. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #version: Version;
  readonly #received = new Inbox<Packet>();

  constructor(stream: Duplex, version: Version = 4) {
    this.#stream = stream;
    this.#version = version;
    const frames = parser({ protocolVersion: version });
    frames.on("packet", this.#received.push);
    frames.on("error", () => {}); // what is not MQTT is nothing that arrives
    stream.on("data", (chunk: Buffer) => frames.parse(chunk));
    stream.on("error", () => {}); // a reset is a close like any other
    this.closed = new Promise((resolve) => {
      stream.once("close", () => resolve());
      stream.once("end", () => resolve());
    });
  }

  static async open(port: number, version: Version = 4): Promise<RawClient> {
    return new RawClient(await openSocket(port), version);
  }

  /** Opens a connection and sends CONNECT. */
  static async connected(
    port: number,
    connectPacket: Partial<IConnectPacket> = {},
  ): Promise<RawClient> {
    const client = await RawClient.open(port, connectPacket.protocolVersion ?? 4);
    await client.connect(connectPacket);
    return client;
  }

  send(...packets: Packet[]): void {
    const frames = packets.map((packet) => generate(packet, { protocolVersion: this.#version }));
    this.#stream.write(Buffer.concat(frames));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** Sends CONNECT and answers the CONNACK. */
  async connect(packet: Partial<IConnectPacket> = {}): Promise<IConnackPacket> {
    this.send({ ...this.connectPacket(), ...packet });
    return this.take("connack");
  }

  connectPacket(): IConnectPacket {
    const protocolId = this.#version === 3 ? "MQIsdp" : "MQTT";
    return {
      cmd: "connect",
      protocolId,
      protocolVersion: this.#version,
      clientId: "raw",
      clean: true,
      keepalive: 0,
    };
  }

  async subscribe(filter: string, qos: 0 | 1 | 2 = 0): Promise<void> {
    this.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos }] });
    await this.take("suback");
  }

  publish(topic: string, payload = "", qos: 0 | 1 | 2 = 0, messageId = 7): void {
    this.send(publishPacket(topic, payload, { qos, messageId }));
  }

  /** The next packet, which must be of this kind. */
  async take<Kind extends Packet["cmd"]>(cmd: Kind): Promise<Extract<Packet, { cmd: Kind }>> {
    const packet = await this.#received.next();
    if (!isKind(packet, cmd)) {
      throw new Error(`expected ${cmd}, got ${JSON.stringify(packet)}`);
    }
    return packet;
  }

  /** The first packet that fits, of all that came and will come. */
  async find<Kind extends Packet["cmd"]>(
    cmd: Kind,
    fits: (packet: Extract<Packet, { cmd: Kind }>) => boolean = () => true,
  ): Promise<Extract<Packet, { cmd: Kind }>> {
    const isWanted = (packet: Packet): boolean => isKind(packet, cmd) && fits(packet);
    const known = this.#received.all.find(isWanted);
    const packet = known ?? (await this.#received.find(isWanted));
    if (!isKind(packet, cmd)) throw new Error(`expected ${cmd}`);
    return packet;
  }

  /** As `ping`, whatever comes in between. */
  async settle(): Promise<void> {
    const before = this.received.length;
    this.send({ cmd: "pingreq" });
    await this.find("pingresp", (packet) => this.received.indexOf(packet) >= before);
  }

  /** Proves that nothing else came in between: the server answers in order. */
  async ping(): Promise<void> {
    this.send({ cmd: "pingreq" });
    await this.take("pingresp");
  }

  pauseReading(): void {
    this.#stream.pause();
  }

  resumeReading(): void {
    this.#stream.resume();
  }

  /** Everything received so far. */
  get received(): readonly Packet[] {
    return this.#received.all;
  }

  /** Ends without DISCONNECT, as when a cable is pulled. */
  vanish(): void {
    this.#stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.destroy();
    await this.closed;
  }
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

export function publishPacket(
  topic: string,
  payload: string | Buffer,
  { qos = 0, messageId = 7, retain = false, dup = false }: PublishFlags = {},
): IPublishPacket {
  return {
    cmd: "publish",
    topic,
    payload,
    qos,
    retain,
    dup,
    ...(qos > 0 && { messageId }),
  };
}

export function subscribePacket(...filters: readonly string[]): ISubscribePacket {
  const subscriptions = filters.map((topic) => ({ topic, qos: 0 as const }));
  return { cmd: "subscribe", messageId: 1, subscriptions };
}

interface PublishFlags {
  readonly qos?: 0 | 1 | 2;
  readonly messageId?: number;
  readonly retain?: boolean;
  readonly dup?: boolean;
}

function isKind<Kind extends Packet["cmd"]>(
  packet: Packet,
  cmd: Kind,
): packet is Extract<Packet, { cmd: Kind }> {
  return packet.cmd === cmd;
}
