/** Two things that a WebSocket client could make grow without end, and `ws` does not limit. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** A CONNECT, and what a client may send in the same message behind it. */
const FIRST_MESSAGE_BYTES = 128 * 1024;
/** Pongs that wait in the socket. */
const WAITING_BYTES = 64 * 1024;

/** Ends a client that sends more than this before its first message is whole: nobody knows it yet. */
export function limitFirstMessage(socket: WebSocket, raw: Duplex, tooLarge: () => void): void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= FIRST_MESSAGE_BYTES) return;
    raw.off("data", count);
    tooLarge();
    socket.terminate();
  };
  raw.on("data", count);
  socket.once("message", () => raw.off("data", count));
}

/** Answers pings as long as the answers are read. To be used instead of `autoPong`, which piles them up. */
export function answerPings(socket: WebSocket): void {
  socket.on("ping", (data: Buffer) => {
    if (socket.bufferedAmount < WAITING_BYTES) socket.pong(data);
  });
}
