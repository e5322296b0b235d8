/** A TCP server whose connections are answered by a responder each. */
import { createServer, type Socket } from "node:net";
import type { Line, Responder } from "./line.ts";
import { ModbusError } from "../errors.ts";

/** A listening server. */
export interface LineServer {
  /** `127.0.0.1:1502`, or the path of a port. */
  readonly address: string;
  /** Of a TCP server. */
  readonly port?: number;
  /** Cuts all connections. Twice does no harm. */
  stop(): Promise<void>;
}

/** Listens; port 0 lets the system choose. @throws {ModbusError} PORT_FAILED when it may not. */
export async function serveTcp(
  { host, port }: { readonly host: string; readonly port: number },
  responderOf: (line: Line) => Responder,
): Promise<LineServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    serve(socket, responderOf);
    socket.once("close", () => sockets.delete(socket));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(port, host, resolve);
  try {
    await promise;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ModbusError("PORT_FAILED", `cannot listen at ${host}:${port}: ${why}`, { cause });
  }
  const bound = server.address();
  const actual = typeof bound === "object" && bound !== null ? bound.port : port;
  return {
    port: actual,
    address: `${host.includes(":") ? `[${host}]` : host}:${actual}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

/** A client that does not read its answers is cut off. */
const MOST_UNREAD_BYTES = 1_000_000;

function serve(socket: Socket, responderOf: (line: Line) => Responder): void {
  const timers = new Set<NodeJS.Timeout>();
  const responder = responderOf({
    write: (bytes) => {
      socket.write(bytes);
      if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
    },
    writeLater: (bytes, ms) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        socket.write(bytes);
      }, ms);
      timers.add(timer);
    },
  });
  socket.on("data", (bytes) => {
    if (typeof bytes !== "string") responder.received(bytes, bytes.length);
  });
  // A client that goes away in the middle of an answer is its own business.
  socket.on("error", () => undefined);
  socket.once("close", () => {
    for (const timer of timers) clearTimeout(timer);
  });
}
