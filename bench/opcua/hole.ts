/** A TCP proxy that becomes a black hole: nothing passes, and neither side hears of it, until it is healed. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export class Hole implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  readonly #server;
  #isOpen = false;

  private constructor(targetPort: number) {
    this.#server = createServer((near) => {
      const far = connect({ host: "127.0.0.1", port: targetPort });
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  static async start(targetPort: number): Promise<Hole> {
    const hole = new Hole(targetPort);
    hole.#server.listen(0, "127.0.0.1");
    await once(hole.#server, "listening");
    return hole;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new TypeError("it does not listen");
    return address.port;
  }

  swallow(): void {
    this.#isOpen = true;
  }

  /** What was swallowed comes now, as TCP sends again what nobody acknowledged. */
  heal(): void {
    this.#isOpen = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.heal();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => undefined); // "close" follows
    from.on("data", (bytes) => this.#pass(() => to.write(bytes)));
    from.on("close", () => {
      this.#sockets.delete(from);
      this.#pass(() => to.destroy());
    });
  }

  #pass(what: () => void): void {
    if (this.#isOpen) this.#held.push(what);
    else what();
  }
}
