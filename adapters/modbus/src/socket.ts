/** Opens the TCP connection to a device or gateway. */
import { connect, type Socket } from "node:net";
import { ModbusError } from "./errors.ts";

/** Where to connect. */
export interface Peer {
  readonly host: string;
  readonly port: number;
}

const CONNECT_TIMEOUT_MS = 3000;
const KEEP_ALIVE_MS = 10_000;

/** `host:port`, for messages. */
export function peerName({ host, port }: Peer): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A connected socket; the caller closes it. An aborted `signal` gives up.
 * @throws {ModbusError} CONNECT_FAILED when nobody answers within 3 s or the peer refuses.
 */
export async function connectSocket(peer: Peer, signal: AbortSignal): Promise<Socket> {
  const socket = connect({
    ...peer,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = (): void => reject(new Error("stopped"));
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`)),
    CONNECT_TIMEOUT_MS,
  );
  signal.addEventListener("abort", giveUp);
  socket.once("connect", resolve).once("error", reject);
  if (signal.aborted) giveUp();
  try {
    await promise;
    return socket;
  } catch (cause) {
    // An error that comes later, while the socket closes, has nobody left who could use it.
    socket.on("error", () => undefined).destroy();
    throw new ModbusError("CONNECT_FAILED", `cannot connect to ${peerName(peer)}: ${why(cause)}`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    socket.off("connect", resolve).off("error", reject);
  }
}

/** Several addresses of one name give an error without a message, but with a code. */
function why(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code: unknown = Reflect.get(cause, "code");
  return cause.message || (typeof code === "string" ? code : cause.name);
}
