/**
 * A TCP proxy that troubles a connection as networks do: it cuts, refuses, delays, falls silent, or is a black hole, in
 * which both sides know nothing of each other until it ends.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

/** One direction of one connection; what comes is passed on in its order. */
class Lane {
  readonly #to: Socket;
  readonly #proxy: FreezableProxy;
  /** Pieces that wait; `undefined` is the end. */
  readonly #held: (Buffer | undefined)[] = [];
  /** Of the pieces that are delayed. */
  #onTheWay = 0;

  constructor(to: Socket, proxy: FreezableProxy) {
    this.#to = to;
    this.#proxy = proxy;
  }

  take(piece: Buffer | undefined): void {
    if (this.#proxy.isHole) this.#held.push(piece);
    else if (this.#proxy.delayMs === 0 && this.#onTheWay === 0) this.#pass(piece);
    else this.#passLater(piece);
  }

  /** The hole has ended. */
  release(): void {
    for (const piece of this.#held.splice(0)) this.#pass(piece);
  }

  #passLater(piece: Buffer | undefined): void {
    this.#onTheWay += 1;
    setTimeout(() => {
      this.#onTheWay -= 1;
      if (this.#proxy.isHole) this.#held.push(piece);
      else this.#pass(piece);
    }, this.#proxy.delayMs);
  }

  #pass(piece: Buffer | undefined): void {
    if (piece === undefined) this.#to.destroy();
    else if (!this.#to.destroyed) this.#to.write(piece);
  }
}

/** Stands before a server on 127.0.0.1. */
export class FreezableProxy implements AsyncDisposable {
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #lanes = new Set<Lane>();
  #frozen = false;
  #refuses = false;
  #isHole = false;
  /** How long every piece takes, in each direction. */
  delayMs = 0;
  /** Where connections lead; a server that was started anew may have another port. */
  targetPort: number;

  private constructor(targetPort: number) {
    this.targetPort = targetPort;
    this.#server = createServer((client) => {
      if (this.#refuses) {
        client.destroy();
        return;
      }
      const upstream = connect(this.targetPort, "127.0.0.1");
      this.#join(client, upstream);
      this.#join(upstream, client);
    });
  }

  static async start(targetPort: number): Promise<FreezableProxy> {
    const proxy = new FreezableProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("not listening");
    return address.port;
  }

  get isHole(): boolean {
    return this.#isHole;
  }

  /** From now on all bytes vanish, those of new connections too. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Cuts all connections and takes no new ones until `allow`. */
  refuse(): void {
    this.#refuses = true;
    this.cut();
  }

  allow(): void {
    this.#refuses = false;
  }

  /** Cuts the silent connections; new ones pass again. */
  thaw(): void {
    this.#frozen = false;
    this.cut();
  }

  /**
   * Nothing passes until `heal`, not even the news that a side has closed; then all of it does, as TCP sends again what
   * was not acknowledged. New connections are taken, but get no answer.
   */
  swallow(): void {
    this.#isHole = true;
  }

  heal(): void {
    this.#isHole = false;
    for (const lane of this.#lanes) lane.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isHole = false;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket): void {
    const lane = new Lane(to, this);
    this.#lanes.add(lane);
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      lane.take(undefined);
    });
    to.on("close", () => this.#lanes.delete(lane));
    from.on("data", (bytes) => {
      if (!this.#frozen) lane.take(Buffer.from(bytes));
    });
  }
}
