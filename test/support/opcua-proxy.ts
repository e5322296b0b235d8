/** A TCP proxy that can cut, refuse, or fall silent: the connection stays open, but nothing passes any more. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

/** Stands before a server on 127.0.0.1. */
export class FreezableProxy implements AsyncDisposable {
  readonly #server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;
  #refuses = false;
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

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("error", () => undefined);
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (bytes) => {
      if (!this.#frozen) to.write(bytes);
    });
  }
}
