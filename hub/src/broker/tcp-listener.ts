/** MQTT over TCP. */
import { createServer, type Socket } from "node:net";
import type { Listener, ListenerEvents } from "./listen.ts";

/**
 * Without `noDelay` a QoS 1 publisher that waits for each acknowledgement gets 600 messages/s instead of 8 200
 * (trap A18: aedes' documentation leaves it out); `keepAlive` finds peers that vanished without a word.
 */
const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
} as const;

/** A server for plain MQTT; the caller tells it where to listen. */
export function createTcpListener(events: ListenerEvents): Listener {
  const server = createServer(SOCKET_OPTIONS, (socket) => {
    events.accepted(socket, remoteAddress(socket));
  });
  return {
    server,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** `host:port` of the other side, an IPv6 host in brackets; `"unknown"` when it has gone already. */
export function remoteAddress({ remoteAddress: host, remotePort, remoteFamily }: Socket): string {
  if (host === undefined || remotePort === undefined) return "unknown";
  return remoteFamily === "IPv6" ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
}
