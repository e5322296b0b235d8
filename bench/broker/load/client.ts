/** One MQTT connection of the load generator: a bare socket, an inbox that counts, and no queue of its own. */
import { connect, type Socket } from "node:net";
import { connectFrame, DISCONNECT, subscribeFrame, type Connect } from "./frames.ts";
import { Inbox } from "./inbox.ts";

export interface ClientOptions extends Connect {
  readonly port: number;
  readonly bufferBytes?: number;
  /** As `Inbox.numbered`, from the first packet on. */
  readonly numbered?: (number: number) => void;
}

export class Client {
  readonly inbox: Inbox;
  /** Called after each read, and when the socket takes bytes again. */
  onProgress: () => void = () => undefined;
  /** Called when the server ends the connection, or cannot be reached. */
  onLost: (error: Error) => void = () => undefined;
  /** Called when the connection is over, whoever ended it. */
  onClosed: () => void = () => undefined;

  readonly #socket: Socket;
  readonly #clientId: string;
  /** The socket holds as much as it wants to; `drain` will say when it wants more. */
  #isFull = false;
  #isClosing = false;
  #answered: (code: number) => void = () => undefined;

  /** Connects and waits for CONNACK. */
  static async open(options: ClientOptions): Promise<Client> {
    const client = new Client(options);
    await client.#ask(connectFrame(options), "CONNECT");
    return client;
  }

  private constructor({ port, clientId, bufferBytes, numbered }: ClientOptions) {
    this.#clientId = clientId;
    const inbox = new Inbox(
      {
        answered: (code) => this.#answered(code),
        acknowledge: (packets) => this.write(packets),
        read: () => this.onProgress(),
      },
      bufferBytes,
    );
    inbox.numbered = numbered;
    this.inbox = inbox;
    const buffer = (): Uint8Array => inbox.space();
    const callback = (length: number): boolean => {
      inbox.filled(length);
      return true;
    };
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      onread: { buffer, callback },
    });
    this.#socket.on("drain", () => {
      this.#isFull = false;
      this.onProgress();
    });
    this.#socket.on("error", (error) => this.#lost(error.message));
    this.#socket.on("close", () => {
      this.#lost("closed");
      this.onClosed();
    });
  }

  /** Resolves with SUBACK. */
  async subscribe(filter: string, qos: 0 | 1): Promise<void> {
    await this.#ask(subscribeFrame(filter, qos), `SUBSCRIBE ${filter}`);
  }

  /** Whether the socket wants more bytes now. */
  get takesMore(): boolean {
    return !this.#isFull;
  }

  write(frames: Uint8Array): void {
    if (this.#isClosing) return;
    this.#isFull = !this.#socket.write(frames);
  }

  /** DISCONNECT; resolves when the connection is over. `lastFrames` go out before. */
  async close(lastFrames: Uint8Array = Buffer.alloc(0)): Promise<void> {
    if (this.#isClosing) return;
    this.write(Buffer.concat([lastFrames, DISCONNECT]));
    this.#isClosing = true;
    if (this.#socket.closed) return; // the server has ended it before
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.end();
      setTimeout(() => this.#socket.destroy(), 1000).unref();
    });
  }

  #lost(because: string): void {
    if (!this.#isClosing) this.onLost(new Error(`connection of ${this.#clientId}: ${because}`));
  }

  #ask(frame: Buffer, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onLost = reject;
      this.#answered = (code) => {
        if (code < 0x80 && (what !== "CONNECT" || code === 0)) resolve();
        else reject(new Error(`${this.#clientId}: ${what} was refused with ${code}`));
      };
      this.write(frame);
    });
  }
}
