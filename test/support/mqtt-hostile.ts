/** Clients that send as fast as they can, and neighbours of theirs that only want to be served. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { generate } from "mqtt-packet";
import { openSocket, publishPacket, RawClient } from "./mqtt-raw-client.ts";

export type Version = 4 | 5;

/** A connection of which nothing is read unless somebody asks. */
export class Hostile implements AsyncDisposable {
  readonly socket: Socket;
  /** Resolves when it is closed, by whichever side. */
  readonly closed: Promise<void>;
  #isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.pause();
    socket.on("error", () => {}); // a reset is a close like any other
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  static async open(port: number): Promise<Hostile> {
    return new Hostile(await openSocket(port));
  }

  /** A connection with a session; the CONNACK was read. */
  static async connected(port: number, clientId: string, version: Version = 4): Promise<Hostile> {
    const hostile = await Hostile.open(port);
    hostile.socket.write(connectFrame(clientId, version));
    await once(hostile.socket, "readable");
    hostile.socket.read();
    return hostile;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends this and waits until the system has taken it, or the connection is closed. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isClosed || this.socket.write(bytes)) return;
    await Promise.race([once(this.socket, "drain"), this.closed]);
  }

  /** Reads and throws away. */
  drain(): void {
    this.socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** Sends what `next` makes, again and again, until it is stopped or closed. */
export class Flood {
  sentBytes = 0;
  readonly #over = Promise.withResolvers<undefined>();
  readonly #done: Promise<void>;
  #isOver = false;

  constructor(hostile: Hostile, next: () => Uint8Array) {
    this.#done = this.#run(hostile, next);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#over.resolve(undefined);
    await this.#done;
  }

  async #run(hostile: Hostile, next: () => Uint8Array): Promise<void> {
    while (!this.#isOver && !hostile.isClosed) {
      const bytes = next();
      // a client that is held up does not keep its flood from being stopped
      await Promise.race([hostile.send(bytes), this.#over.promise]);
      this.sentBytes += bytes.length;
      await new Promise((resolve) => {
        setImmediate(resolve); // others in this process have their turn
      });
    }
  }
}

/** A publisher and a subscriber with nothing to hide. */
export class Neighbours implements AsyncDisposable {
  readonly #publisher: RawClient;
  readonly #subscriber: RawClient;
  #trips = 0;

  private constructor(publisher: RawClient, subscriber: RawClient) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
  }

  static async at(port: number): Promise<Neighbours> {
    const subscriber = await RawClient.connected(port, { clientId: "neighbour-2" });
    await subscriber.subscribe("neighbours");
    const publisher = await RawClient.connected(port, { clientId: "neighbour-1" });
    return new Neighbours(publisher, subscriber);
  }

  /** So many messages go from one to the other, each when the one before has arrived. */
  async roundTrips(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      this.#trips += 1;
      const text = String(this.#trips);
      this.#publisher.send(publishPacket("neighbours", text));
      const { payload } = await this.#subscriber.take("publish");
      if (String(payload) !== text) throw new Error(`expected ${text}, got ${String(payload)}`);
    }
    await this.#publisher.ping();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#publisher[Symbol.asyncDispose]();
    await this.#subscriber[Symbol.asyncDispose]();
  }
}

export function connectFrame(clientId: string, protocolVersion: Version, clean = true): Buffer {
  const packet = { cmd: "connect", protocolId: "MQTT", clientId, clean, keepalive: 0 } as const;
  return generate({ ...packet, protocolVersion }, { protocolVersion });
}

export function publishFrame(topic: string, payload: string | Buffer, version: Version): Buffer {
  return generate(publishPacket(topic, payload), { protocolVersion: version });
}

/** `count` frames in one piece. */
export function repeated(count: number, make: (index: number) => Uint8Array): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}
