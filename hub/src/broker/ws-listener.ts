/** MQTT over WebSocket. [MQTT5-6.0.0-1] */
import { createServer, type IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createWebSocketStream, WebSocketServer } from "ws";
import type { ListenerConfig } from "./contract.ts";
import type { Listener, ListenerEvents } from "./listen.ts";
import { isLoopbackName, originFault } from "./origin.ts";
import { remoteAddress } from "./tcp-listener.ts";

/** The names MQTT has as a WebSocket subprotocol, the standard one first. [MQTT5-6.0.0-3] */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"] as const;

/** A WebSocket message may hold some small packets besides the largest one. */
const ROOM_FOR_MORE_BYTES = 64 * 1024;

/**
 * A server for MQTT over WebSocket; the caller tells it to listen at `config.host`. Web pages of other origins are
 * refused with 403. Answers plain HTTP requests with 426, so that a person who opens the port in a browser sees what it
 * is.
 */
export function createWsListener(
  events: ListenerEvents,
  config: Pick<ListenerConfig, "host" | "origins">,
): Listener {
  const server = createServer((_request, response) => {
    response.writeHead(426, { "content-type": "text/plain", upgrade: "websocket" });
    response.end("This port speaks MQTT over WebSocket (subprotocol mqtt).\n");
  });
  const sockets = new WebSocketServer({
    server,
    maxPayload: events.maxPacketBytes + ROOM_FOR_MORE_BYTES,
    perMessageDeflate: false,
    verifyClient: originCheck(config),
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  sockets.on("connection", (socket, request) => {
    request.socket.setNoDelay(true);
    const stream = createWebSocketStream(socket);
    socket.prependListener("message", (_data, isBinary) => {
      if (!isBinary) stream.destroy(); // [MQTT5-6.0.0-1] [MQTT311-6.0.0-1]
    });
    events.accepted(stream, remoteAddress(request.socket));
  });
  sockets.on("error", () => {}); // the same errors are events of `server`, where they are handled
  server.on("clientError", (error, socket) => refuseBytes(error, socket, events));
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections(); // of plain HTTP; WebSockets are the engine's to end
      }),
  };
}

type Answer = (
  verified: boolean,
  status?: number,
  sentence?: string,
  headers?: Readonly<Record<string, string>>,
) => void;

/** Asked by `ws` at each upgrade: programs pass, web pages only if they are of this port or listed. */
function originCheck({ host, origins = [] }: Pick<ListenerConfig, "host" | "origins">) {
  const rule = {
    onLoopback: isLoopbackName(host),
    allowed: origins,
    setting: "listeners.ws.origins",
  };
  return ({ req }: { readonly req: IncomingMessage }, answer: Answer): void => {
    const fault = originFault(req.headers, rule);
    if (fault === undefined) return answer(true);
    answer(false, 403, `${fault}\n`, { "Content-Type": "text/plain" }); // the name `ws` gives it: replaces its text/html
  };
}

/** Something spoke neither HTTP nor WebSocket: most likely plain MQTT. */
function refuseBytes(
  error: Error & { readonly rawPacket?: Uint8Array },
  socket: Duplex,
  events: ListenerEvents,
): void {
  if (error.rawPacket !== undefined) {
    events.malformed({
      address: socket instanceof Socket ? remoteAddress(socket) : "unknown",
      clientId: undefined,
      violation: { reasonCode: 0x81, because: "not a WebSocket request" },
      head: error.rawPacket.subarray(0, 32),
    });
  }
  socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
}
