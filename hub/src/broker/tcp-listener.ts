/** MQTT over TCP, and what every listener has in front: the socket that listens. */
import { createServer, type Server, type Socket } from "node:net";
import { readingShared } from "./bare-socket.ts";
import type { Listener, ListenerEvents } from "./listen.ts";

/**
 * Without `noDelay` a QoS 1 publisher that waits for each acknowledgement gets 600 messages/s instead of 8 200
 * (trap A18: aedes' documentation leaves it out); `keepAlive` finds peers that vanished without a word.
 * Nothing is read before it was decided whether the connection may come in.
 */
const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
  pauseOnConnect: true,
} as const;

/** A server for plain MQTT; the caller tells it where to listen. */
export function createTcpListener(events: ListenerEvents): Listener {
  const open = new Set<Socket>();
  const server = createServer(SOCKET_OPTIONS, (accepted) => {
    const socket = readingShared(accepted);
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    events.arrived(socket, () => {
      events.accepted(socket, remoteAddress(socket));
      socket.resume();
    });
  });
  return {
    server,
    close: async () => {
      await closed(server);
      await Promise.all([...open].map(gone)); // the server does not count those that read into a shared buffer
    },
  };
}

/** A listener of which each connection, once it may come in, begins with `enter`. */
export function listenerOf(events: ListenerEvents, enter: (socket: Socket) => void): Listener {
  const server: Server = createServer(SOCKET_OPTIONS, (socket) => {
    events.arrived(socket, () => enter(socket));
  });
  return { server, close: () => closed(server) };
}

function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** `host:port` of the other side, an IPv6 host in brackets; `"unknown"` when it has gone already. */
export function remoteAddress({ remoteAddress: host, remotePort, remoteFamily }: Socket): string {
  if (host === undefined || remotePort === undefined) return "unknown";
  return remoteFamily === "IPv6" ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
}
