/** MQTT over WebSocket. [MQTT5-6.0.0-1] */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Server as TlsServer, TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { certificateProof } from "./certificate-proof.ts";
import type { ListenerConfig } from "./contract.ts";
import type { Listener, ListenerEvents } from "./listen.ts";
import type { MalformedReport } from "./malformed.ts";
import { isLoopbackName, originFault } from "./origin.ts";
import { listenerOf, remoteAddress } from "./tcp-listener.ts";
import type { TlsKeeper } from "./tls-keeper.ts";
import { keepCurrent, tlsOptions } from "./tls-listener.ts";
import { answerPings, limitFirstMessage } from "./ws-guard.ts";

/** The names MQTT has as a WebSocket subprotocol, the standard one first. [MQTT5-6.0.0-3] */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"] as const;

/** A WebSocket message may hold some small packets besides the largest one. */
const ROOM_FOR_MORE_BYTES = 64 * 1024;

/**
 * A server for MQTT over WebSocket, with a `keeper` over TLS; the caller tells it to listen at `config.host`. Web pages
 * of other origins are refused with 403. Answers plain HTTP requests with 426, so that a person who opens the port in a
 * browser sees what it is.
 */
export function createWsListener(
  events: ListenerEvents,
  config: Pick<ListenerConfig, "kind" | "host" | "origins">,
  keeper?: TlsKeeper,
): Listener {
  const inner =
    keeper === undefined
      ? createServer(tellProtocol)
      : createSecureServer(tlsOptions(keeper, events), tellProtocol);
  if (keeper !== undefined && inner instanceof TlsServer) keepCurrent(inner, keeper, events);
  const sockets = new WebSocketServer({
    server: inner,
    maxPayload: events.maxPacketBytes + ROOM_FOR_MORE_BYTES,
    perMessageDeflate: false,
    autoPong: false,
    verifyClient: originCheck(config),
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false, // [MQTT5-6.0.0-4] [MQTT311-6.0.0-4]
  });
  sockets.on("connection", (socket, request) => {
    const address = remoteAddress(request.socket);
    limitFirstMessage(socket, request.socket, () => events.malformed(tooLarge(address)));
    answerPings(socket);
    const stream = createWebSocketStream(socket); // [MQTT5-6.0.0-2] [MQTT311-6.0.0-2]
    socket.prependListener("message", (_data, isBinary) => {
      if (!isBinary) stream.destroy(); // [MQTT5-6.0.0-1] [MQTT311-6.0.0-1]
    });
    const proof =
      request.socket instanceof TLSSocket ? certificateProof(request.socket) : undefined;
    events.accepted(stream, address, proof);
  });
  sockets.on("error", () => {}); // `inner` does not listen, so nothing comes of it
  inner.on("clientError", (error, socket) => refuseBytes(error, socket, events));
  const front = listenerOf(events, (socket) => {
    inner.emit("connection", socket);
    if (keeper === undefined) socket.resume();
  });
  return {
    server: front.server,
    close: () => {
      sockets.close(); // those that are open are the engine's to end
      return front.close();
    },
  };
}

function tellProtocol(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, {
    "content-type": "text/plain",
    upgrade: "websocket",
    connection: "close",
  });
  response.end("This port speaks MQTT over WebSocket (subprotocol mqtt).\n");
}

function tooLarge(address: string): MalformedReport {
  const violation = { reasonCode: 0x95, because: "the first WebSocket message is too large" };
  return { address, clientId: undefined, violation, head: Buffer.alloc(0) };
}

type Answer = (
  verified: boolean,
  status?: number,
  sentence?: string,
  headers?: Readonly<Record<string, string>>,
) => void;

/** Asked by `ws` at each upgrade: programs pass, web pages only if they are of this port or listed. */
function originCheck({
  kind,
  host,
  origins = [],
}: Pick<ListenerConfig, "kind" | "host" | "origins">) {
  const rule = {
    onLoopback: isLoopbackName(host),
    allowed: origins,
    setting: `listeners.${kind}.origins`,
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
  if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
}
