/** `/live`: the WebSocket of the feed. It speaks only to pages of this hub, only `uns.v1`, and to those who may read. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { FastifyInstance } from "fastify";
import { WebSocketServer } from "ws";
import { certificateProof } from "../broker/index.ts";
import type { Feed } from "../feed/index.ts";
import { doorFault, type DoorRule } from "./doorman.ts";
import { Problem } from "./problem.ts";
import type { Asking, Who } from "./who.ts";

const MAX_FRAME_BYTES = 65_536;

export interface LiveDoor {
  readonly feed: Feed;
  readonly who: Who;
  readonly rule: DoorRule;
  readonly isTls: boolean;
}

export function addLive(server: FastifyInstance, { feed, who, rule, isTls }: LiveDoor): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => (offered.has("uns.v1") ? "uns.v1" : false),
  });
  const letIn = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const caller = await who.admit(askingOf(request, isTls), "read values");
    if (caller instanceof Problem) {
      turnAway(socket, caller.status === 403 ? "403 Forbidden" : "401 Unauthorized", caller.detail);
      return;
    }
    const viewer = { sight: () => who.sightNow(caller), role: () => who.roleNow(caller) };
    sockets.handleUpgrade(request, socket, head, (page) => feed.accept(page, viewer));
  };
  server.server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy()); // Node has let go of it: a reset would end the process
    const { method = "GET", url = "", headers } = request;
    const [path = ""] = url.split("?");
    const fault =
      path === "/live" ? doorFault({ method, path, headers }, rule) : "there is nothing but /live";
    if (fault !== undefined) turnAway(socket, "403 Forbidden", fault);
    else letIn(request, socket, head).catch(() => socket.destroy());
  });
  server.addHook("preClose", async () => {
    for (const page of sockets.clients) page.terminate();
  });
}

/** A request as it came, before anything was made of it. */
export function askingOf(request: IncomingMessage, isTls: boolean): Asking {
  const { method = "GET", headers, socket } = request;
  const { remoteAddress = "", localPort = 0 } = socket;
  const proof = socket instanceof TLSSocket ? certificateProof(socket) : undefined;
  return { method, headers, ip: remoteAddress, isTls, localPort, proof };
}

function turnAway(socket: Duplex, status: string, because: string): void {
  socket.once("finish", () => socket.destroy());
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nx-content-type-options: nosniff\r\nconnection: close\r\n`;
  socket.end(`${head}\r\n${because}\n`);
}
