/** A client of the model test: does what the script says, answers as MQTT asks for, and tells the model what it gets. */
import { connect, type Socket } from "node:net";
import type { MqttModel } from "./mqtt-model.ts";
import type {
  ConnectStep,
  Holding,
  ScriptMessage,
  Stream,
  SubscribeStep,
} from "./mqtt-model-script.ts";
import {
  type AckKind,
  encodeAck,
  encodeConnect,
  encodeDisconnect,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
  PacketReader,
  PINGREQ,
  type ReceivedPacket,
  type ReceivedPublish,
} from "./mqtt-model-wire.ts";

/** QoS 1 and 2 messages that a client has under way. */
const WINDOW = 8;

const NO_SUBSCRIBERS = 0x10;

/** What one client remembers from connection to connection. */
export interface ClientMemory {
  readonly client: number;
  /** QoS 2 messages that it has and whose PUBREL did not come. */
  readonly received: Map<number, string>;
  /** Its own QoS 2 messages that are not completed. */
  readonly unreleased: Map<number, ScriptMessage>;
  lastPacketId: number;
}

export function newMemory(client: number): ClientMemory {
  return { client, received: new Map(), unreleased: new Map(), lastPacketId: 0 };
}

export class ModelClient {
  readonly closed: Promise<void>;
  holds: Holding;
  isClosed = false;
  /** It has said its last words and listens to nothing. */
  #isLeaving = false;
  readonly #socket: Socket;
  readonly #step: ConnectStep;
  readonly #memory: ClientMemory;
  readonly #model: MqttModel;
  readonly #changed: () => void;
  /** Topics that the server has given an alias, and those that it was given one for. */
  readonly #aliases = new Map<number, string>();
  readonly #ownAliases = new Map<string, number>();
  #aliasMaximum = 0;
  readonly #waiting = new Map<string, (packet: ReceivedPacket) => void>();

  constructor(
    port: number,
    step: ConnectStep,
    { memory, model, changed }: { memory: ClientMemory; model: MqttModel; changed: () => void },
  ) {
    this.#step = step;
    this.holds = step.holds;
    this.#memory = memory;
    this.#model = model;
    this.#changed = changed;
    const reader = new PacketReader(step.version, (packet) => this.#take(packet));
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => {
      if (!this.isClosed && !this.#isLeaving) reader.read(chunk);
    });
    this.#socket.on("error", () => undefined); // a reset is an end like any other
    this.closed = new Promise((resolve) => {
      this.#socket.once("close", () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  /** Sends CONNECT; `expected`: whether the session should be there. */
  async connect(expected: boolean): Promise<void> {
    const { version, clean, expirySeconds, receiveMaximum, maxPacketBytes } = this.#step;
    const { client, topicAliasMaximum, will } = this.#step;
    const options = { version, clean, expirySeconds, receiveMaximum, maxPacketBytes };
    if (!expected) this.#memory.received.clear();
    const answer = this.#answer("connack");
    this.#socket.write(
      encodeConnect({ ...options, topicAliasMaximum, will, clientId: `c${client}` }),
    );
    const connack = await answer;
    if (connack.kind !== "connack") return;
    if (connack.code !== 0) this.#fault(`CONNACK ${connack.code}`);
    this.#aliasMaximum = Math.min(connack.topicAliasMaximum, 3);
    if (version > 3 && connack.sessionPresent !== expected)
      this.#fault(`Session Present should be ${expected}`);
    if (expected) await this.#complete();
    else this.#memory.unreleased.clear();
  }

  async subscribe(step: SubscribeStep): Promise<void> {
    const packetId = this.#nextId();
    const answer = this.#answer(`suback ${packetId}`);
    this.#socket.write(encodeSubscribe(this.#step.version, packetId, step));
    const suback = await answer;
    if (suback.kind !== "suback") return;
    const wanted = step.filters.map(({ qos }) => qos).join();
    if (suback.codes.join() !== wanted) this.#fault(`SUBACK ${suback.codes.join()}, not ${wanted}`);
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    const packetId = this.#nextId();
    const answer = this.#answer(`unsuback ${packetId}`);
    this.#socket.write(encodeUnsubscribe(this.#step.version, packetId, filters));
    await answer;
  }

  /** The server has dealt with all that was sent before. */
  async ping(): Promise<void> {
    const answer = this.#answer("pingresp");
    this.#socket.write(PINGREQ);
    await answer;
  }

  /** Resolves when everything is acknowledged. */
  async publish(messages: readonly ScriptMessage[]): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (const message of messages) {
      if (message.qos === 0) {
        this.#send(message, 0, false);
        continue;
      }
      if (underWay.length >= WINDOW) await underWay.shift();
      underWay.push(message.qos === 1 ? this.#publishQos1(message) : this.#publishQos2(message));
    }
    await Promise.all(underWay);
    await this.ping();
  }

  /** Sends all of it and ends in one piece. */
  async lastWords({ messages, end }: Stream): Promise<void> {
    this.#isLeaving = true;
    for (const message of messages) {
      const packetId = message.qos > 0 ? this.#nextId() : 0;
      if (message.qos === 2) this.#memory.unreleased.set(packetId, message);
      this.#send(message, packetId, false);
    }
    if (end === "disconnect") this.#socket.write(encodeDisconnect(this.#step.version, 0));
    this.#socket.end();
    await this.closed;
  }

  async disconnect(withWill: boolean): Promise<void> {
    const isPossible = withWill && this.#step.version === 5;
    if (!withWill || isPossible)
      this.#socket.write(encodeDisconnect(this.#step.version, isPossible ? 4 : 0));
    this.#socket.end();
    await this.closed;
  }

  /** Ends as when a cable is pulled; what comes afterwards is not seen. */
  vanish(): void {
    this.isClosed = true;
    this.#socket.destroy();
  }

  /** Acknowledges what was held back, in order. */
  acknowledge(): void {
    this.holds = "nothing";
    const session = this.#model.session(this.#memory.client);
    for (const { expected, packetId, state } of session?.unfinished.slice() ?? []) {
      if (expected.qos === 1) this.#finish("puback", packetId);
      else if (state === "released") this.#finish("pubcomp", packetId);
      else this.#ack("pubrec", packetId);
    }
  }

  /** What was not completed on the connection before. */
  async #complete(): Promise<void> {
    for (const [packetId, message] of this.#memory.unreleased) {
      const pubrec = this.#answer(`pubrec ${packetId}`);
      this.#send(message, packetId, true);
      await pubrec;
      await this.#release(packetId);
    }
    this.#memory.unreleased.clear();
  }

  async #publishQos1(message: ScriptMessage): Promise<void> {
    const packetId = this.#nextId();
    const answer = this.#answer(`puback ${packetId}`);
    this.#send(message, packetId, false);
    await answer;
  }

  async #publishQos2(message: ScriptMessage): Promise<void> {
    const packetId = this.#nextId();
    const answer = this.#answer(`pubrec ${packetId}`);
    this.#send(message, packetId, false);
    await answer;
    if (message.isRepeated) {
      const again = this.#answer(`pubrec ${packetId}`);
      this.#send(message, packetId, true);
      await again;
    }
    await this.#release(packetId);
  }

  async #release(packetId: number): Promise<void> {
    const pubcomp = this.#answer(`pubcomp ${packetId}`);
    this.#ack("pubrel", packetId);
    await pubcomp;
  }

  #send(message: ScriptMessage, packetId: number, dup: boolean): void {
    const { version } = this.#step;
    const { topic, payload, qos, retain } = message;
    const known = this.#ownAliases.get(topic);
    const isNew = known === undefined && this.#ownAliases.size < this.#aliasMaximum;
    const alias =
      message.isAliased && version === 5 ? (known ?? (isNew ? this.#ownAliases.size + 1 : 0)) : 0;
    if (alias > 0) this.#ownAliases.set(topic, alias);
    const named = alias > 0 && known !== undefined ? "" : topic;
    this.#socket.write(
      encodePublish({ version, topic: named, payload, qos, retain, dup, packetId, alias }),
    );
  }

  #nextId(): number {
    const memory = this.#memory;
    do memory.lastPacketId = (memory.lastPacketId % 0xffff) + 1;
    while (memory.unreleased.has(memory.lastPacketId));
    return memory.lastPacketId;
  }

  #answer(key: string): Promise<ReceivedPacket> {
    return new Promise((resolve) => {
      this.#waiting.set(key, resolve);
    });
  }

  #take(packet: ReceivedPacket): void {
    switch (packet.kind) {
      case "publish":
        this.#published(packet);
        break;
      case "pubrel":
        this.#released(packet.packetId);
        break;
      case "connack":
      case "pingresp":
        this.#answered(packet.kind, packet);
        break;
      case "disconnect":
        break; // why, is said where the end is not expected
      case "puback":
      case "pubrec":
      case "pubcomp":
      case "suback":
      case "unsuback":
        this.#confirmed(packet);
    }
    this.#changed();
  }

  #confirmed(
    packet: Extract<ReceivedPacket, { packetId: number; kind: AckKind | "suback" | "unsuback" }>,
  ): void {
    const isRefusal = "code" in packet && packet.code !== 0 && packet.code !== NO_SUBSCRIBERS;
    if (isRefusal) this.#fault(`${packet.kind} ${packet.packetId} with code ${packet.code}`);
    this.#answered(`${packet.kind} ${packet.packetId}`, packet);
  }

  #answered(key: string, packet: ReceivedPacket): void {
    const resolve = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (resolve === undefined) this.#fault(`${key} was not asked for`);
    resolve?.(packet);
  }

  #published(received: ReceivedPublish): void {
    const publish = this.#named(received);
    const { qos, packetId, payload } = publish;
    const { received: earlier, client } = this.#memory;
    if (qos === 2 && earlier.has(packetId) && earlier.get(packetId) !== payload)
      this.#fault(`PUBLISH ${payload}: its identifier ${packetId} is not released`);
    this.#model.published(client, publish);
    if (qos === 2) earlier.set(packetId, payload);
    if (this.holds === "all" || qos === 0) return;
    if (qos === 2) this.#ack("pubrec", packetId);
    else if (this.holds === "nothing") this.#finish("puback", packetId);
  }

  /** With its topic, when the server sent an alias. */
  #named(publish: ReceivedPublish): ReceivedPublish {
    const { alias, topic } = publish;
    if (alias === 0) return publish;
    if (alias > this.#step.topicAliasMaximum) this.#fault(`topic alias ${alias}`);
    if (topic !== "") this.#aliases.set(alias, topic);
    return { ...publish, topic: this.#aliases.get(alias) ?? "" };
  }

  #released(packetId: number): void {
    this.#model.releasing(this.#memory.client, packetId);
    this.#memory.received.delete(packetId);
    if (this.holds === "nothing") this.#finish("pubcomp", packetId);
  }

  #finish(kind: "puback" | "pubcomp", packetId: number): void {
    this.#ack(kind, packetId);
    this.#model.session(this.#memory.client)?.finished(packetId);
  }

  #ack(kind: AckKind, packetId: number): void {
    this.#socket.write(encodeAck(kind, packetId));
  }

  #fault(text: string): void {
    this.#model.faults.push(`c${this.#memory.client}: ${text}`);
  }
}
