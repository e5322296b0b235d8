/**
 * A TCP connection as a carrier. All connections read into one buffer, since each piece is used up before the next one is
 * read, and write past the queue of Node's streams, since all requests of a turn are one write already.
 */
// oxlint-disable no-underscore-dangle -- the names are Node's
import { Socket } from "node:net";
import { ModbusError } from "../errors.ts";
import type { Carrier, CarrierEvents, OpenCarrier } from "./carrier.ts";

/** Where to connect. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

const KEEP_ALIVE_MS = 10_000;
/** Sixteen answers of the longest kind, and more than any device sends at once. */
const READ_BUFFER = new Uint8Array(8192);

/** How every socket of ours is opened. */
export const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
};

/** Opens TCP connections to `peer`; `name` is for messages. */
export function tcpOpener(peer: Peer, name: string): OpenCarrier {
  return async (events, signal) => {
    const callback = (length: number): boolean => {
      events.received(READ_BUFFER, length);
      return true;
    };
    const onread = { buffer: READ_BUFFER, callback };
    const socket = new Socket({ ...SOCKET_OPTIONS, onread });
    socket.connect(peer);
    await opened(socket, "connect", { name, signal });
    return new SocketCarrier(socket, name, events);
  };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what streams call bytes; the declarations forget it
const BYTES = "buffer" as BufferEncoding;

/** An open socket. */
export class SocketCarrier implements Carrier {
  readonly #socket: Socket;
  /** TLS sockets are sockets too, but have their own way of writing. */
  readonly #isPlain: boolean;
  readonly #closed: Promise<void>;
  #isClosing = false;

  constructor(socket: Socket, name: string, events: CarrierEvents) {
    this.#socket = socket;
    this.#isPlain = socket.constructor === Socket;
    const lost = (reason: string, cause?: Error): void => {
      if (!this.#isClosing)
        events.closed(new ModbusError("LINK_LOST", `connection to ${name}: ${reason}`, { cause }));
    };
    socket.on("end", () => lost("closed by the peer"));
    socket.on("error", (cause) => lost(why(cause), cause));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = promise;
    socket.once("close", () => {
      resolve();
      lost("closed");
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#isPlain) this.#socket._write(bytes, BYTES, this.#written);
    else this.#socket.write(bytes);
  }

  /** What the stream would do itself. */
  readonly #written = (error?: Error | null): void => {
    if (error) this.#socket.destroy(error);
  };

  close(): Promise<void> {
    this.#isClosing = true;
    this.#socket.destroy();
    return this.#closed;
  }
}

/**
 * Waits until `socket` says `event`; on any failure it is destroyed.
 * @throws {ModbusError} DNS_FAILED, TLS_REFUSED or CONNECT_FAILED; the reason of `signal` when that was one of ours.
 */
export async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = (): void => reject(signal.reason);
  const ended = (): void => reject(new Error("closed by the peer"));
  signal.addEventListener("abort", giveUp);
  socket.once(event, resolve).once("error", reject).once("close", ended);
  if (signal.aborted) giveUp();
  try {
    await promise;
  } catch (cause) {
    // An error that comes later, while the socket closes, has nobody left who could use it.
    socket.on("error", () => undefined).destroy();
    throw connectError(name, cause);
  } finally {
    signal.removeEventListener("abort", giveUp);
    socket.off(event, resolve).off("error", reject).off("close", ended);
  }
}

function connectError(name: string, cause: unknown): ModbusError {
  if (cause instanceof ModbusError) return cause;
  const message = `cannot connect to ${name}: ${why(cause)}`;
  const code = codeOf(cause);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new ModbusError("DNS_FAILED", `${message}; the host does not resolve`, { cause });
  const isTls = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_|EPROTO|ERR_OSSL)/.test(code);
  return new ModbusError(isTls ? "TLS_REFUSED" : "CONNECT_FAILED", message, { cause });
}

function codeOf(cause: unknown): string {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
  return typeof code === "string" ? code : "";
}

/** Several addresses of one name give an error without a message, but with a code. */
export function why(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || codeOf(cause) || cause.name;
}
