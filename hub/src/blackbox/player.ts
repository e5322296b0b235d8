/**
 * Plays a black box against a hub: a connection for each that was recorded, the same packets in the same order. Before
 * another client speaks, what the last one said has arrived; what the hub asks in return is answered as a client does.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { parser, type Packet } from "mqtt-packet";
import type { BlackBoxLine, EndLine, PacketLine } from "./format.ts";
import { readPacket, writePacket, type Version } from "./packets.ts";

export interface PlayerOptions {
  readonly host: string;
  readonly port: number;
  /** Of TLS; left out: plain TCP. */
  readonly tls?: ConnectionOptions;
  /** How many times faster than it was; `Infinity`: as fast as the hub takes it. */
  readonly speed: number;
  /** Who all of them are; left out: the passwords in the file are not the real ones. */
  readonly login?: { readonly username: string; readonly password: string };
  readonly signal?: AbortSignal;
  /** Told after each line. */
  readonly played?: (lines: number) => void;
}

export interface Played {
  readonly packets: number;
  readonly connections: number;
  /** CONNECTs that were refused, with the reason code. */
  readonly refused: number;
  /** Lines that hold no packet, or one of a client that is not there. */
  readonly skipped: number;
}

/** What the player says itself, in its own time. */
const OWN: ReadonlySet<string> = new Set(["puback", "pubrec", "pubrel", "pubcomp", "pingreq"]);
const PINGREQ = Buffer.from([0xc0, 0]);

export class Player {
  readonly #options: PlayerOptions;
  readonly #clients = new Map<number, PlayedClient>();
  /** Says nothing but PINGREQ: when it is answered, the hub has seen what came to it before. */
  #probe: PlayedClient | undefined;
  #last: PlayedClient | undefined;
  #packets = 0;
  #connections = 0;
  #refused = 0;
  #skipped = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** Resolves when the hub has had everything; connections that were not ended stay. @throws when the hub is not there. */
  async play(lines: readonly BlackBoxLine[]): Promise<Played> {
    this.#probe = await this.#open(4);
    await this.#probe.connect(probeConnect());
    const began = performance.now();
    const firstAt = lines.find((line) => !("before" in line))?.at ?? 0;
    for (const [at, line] of lines.entries()) {
      if (this.#options.signal?.aborted === true) break;
      await this.#wait(began, line.at - firstAt);
      await ("end" in line ? this.#end(line) : this.#packet(line));
      this.#options.played?.(at + 1);
    }
    await this.#settle();
    return {
      packets: this.#packets,
      connections: this.#connections,
      refused: this.#refused,
      skipped: this.#skipped,
    };
  }

  /** Cuts all connections, as when the plant is gone at once. */
  async close(): Promise<void> {
    this.#probe?.cut();
    for (const client of this.#clients.values()) client.cut();
    await Promise.all([...this.#clients.values()].map(({ closed }) => closed));
  }

  async #wait(began: number, afterMs: number): Promise<void> {
    const { speed, signal } = this.#options;
    const dueIn = afterMs / speed - (performance.now() - began);
    if (Number.isFinite(speed) && dueIn > 1)
      await pause(dueIn, undefined, { signal }).catch(() => undefined);
  }

  async #packet(line: PacketLine): Promise<void> {
    const { c, packet, bytes, protocol } = line;
    if (OWN.has(packet)) return;
    if (bytes === undefined) return void (this.#skipped += 1);
    const raw = Buffer.from(bytes, "base64");
    if (packet === "connect") return await this.#connect(c, raw, protocol ?? 4);
    const client = this.#clients.get(c);
    if (client === undefined || client.isClosed) return void (this.#skipped += 1);
    if (this.#last !== client) await this.#settle();
    this.#last = client;
    this.#packets += 1;
    await client.write(raw);
  }

  async #connect(c: number, raw: Buffer, version: Version): Promise<void> {
    await this.#settle();
    const client = await this.#open(version);
    this.#clients.set(c, client);
    this.#connections += 1;
    const isIn = await client.connect(this.#withLogin(raw, version));
    if (!isIn) this.#refused += 1;
  }

  #withLogin(raw: Buffer, version: Version): Buffer {
    const { login } = this.#options;
    const packet = login && readPacket(raw, version);
    if (login === undefined || packet?.cmd !== "connect") return raw;
    const { username, password } = login;
    return writePacket({ ...packet, username, password: Buffer.from(password) }, version);
  }

  async #end({ c, end }: EndLine): Promise<void> {
    const client = this.#clients.get(c);
    if (client === undefined) return;
    await this.#settle();
    if (end === "network") client.cut();
    await this.#probed(); // the hub ends it itself, or sees that it has gone
    client.cut();
    await client.closed;
    await this.#probed();
    this.#clients.delete(c);
  }

  /** Resolves when what was said last has arrived. */
  async #settle(): Promise<void> {
    const last = this.#last;
    this.#last = undefined;
    if (last !== undefined && !last.isClosed) await last.ping();
  }

  async #probed(): Promise<void> {
    await this.#probe?.ping();
    await this.#probe?.ping();
  }

  async #open(version: Version): Promise<PlayedClient> {
    const { host, port, tls } = this.#options;
    const socket =
      tls === undefined ? connectTcp({ host, port }) : await tlsSocket({ ...tls, host, port });
    await new Promise<void>((resolve, reject) => {
      socket.once(tls === undefined ? "connect" : "secureConnect", () => resolve());
      socket.once("error", reject);
    });
    return new PlayedClient(socket, version);
  }
}

/** TLS is loaded where it is wanted: in a hub it would be memory. */
async function tlsSocket(options: ConnectionOptions): Promise<Socket> {
  const { connect } = await import("node:tls");
  return connect(options);
}

function probeConnect(): Buffer {
  const clientId = `unshub-blackbox-${process.pid}-${Math.trunc(Math.random() * 1e9)}`;
  const packet = { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clientId } as const;
  return writePacket({ ...packet, clean: true, keepalive: 0 }, 4);
}

/** One connection; answers what a client must answer. */
class PlayedClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #version: Version;
  #waiting: ((packet: Packet | undefined) => void) | undefined;
  #isClosed = false;

  constructor(socket: Socket, version: Version) {
    this.#socket = socket;
    this.#version = version;
    const frames = parser({ protocolVersion: version });
    frames.on("packet", (packet) => this.#heard(packet));
    frames.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => frames.parse(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        this.#answered(undefined);
        resolve();
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether it was let in. */
  async connect(packet: Buffer): Promise<boolean> {
    const answer = await this.#ask(packet);
    return answer?.cmd === "connack" && (answer.returnCode ?? answer.reasonCode ?? 0) === 0;
  }

  /** Resolves when the hub has had everything, or is gone. */
  async ping(): Promise<void> {
    await this.#ask(PINGREQ);
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#isClosed || this.#socket.write(bytes)) return;
    await Promise.race([
      new Promise((resolve) => this.#socket.once("drain", resolve)),
      this.closed,
    ]);
  }

  /** Without a word. */
  cut(): void {
    if (!this.#isClosed) this.#socket.destroy();
  }

  async #ask(packet: Buffer): Promise<Packet | undefined> {
    if (this.#isClosed) return undefined;
    const answer = new Promise<Packet | undefined>((resolve) => {
      this.#waiting = resolve;
    });
    await this.write(packet);
    return await answer;
  }

  #answered(packet: Packet | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(packet);
  }

  #heard(packet: Packet): void {
    if (packet.cmd === "connack" || packet.cmd === "pingresp") return this.#answered(packet);
    const answer = answerTo(packet);
    if (answer !== undefined) this.#socket.write(writePacket(answer, this.#version));
  }
}

function answerTo(packet: Packet): Packet | undefined {
  const { messageId } = packet;
  if (packet.cmd === "publish" && packet.qos === 1) return { cmd: "puback", ...withId(messageId) };
  if (packet.cmd === "publish" && packet.qos === 2) return { cmd: "pubrec", ...withId(messageId) };
  if (packet.cmd === "pubrec") return { cmd: "pubrel", ...withId(messageId) };
  if (packet.cmd === "pubrel") return { cmd: "pubcomp", ...withId(messageId) };
  return undefined;
}

function withId(messageId: number | undefined) {
  return messageId === undefined ? {} : { messageId };
}
