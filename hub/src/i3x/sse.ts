/** Opens the answer of a request as a stream of events, as gzip for who takes that. */
import { PassThrough, type Transform } from "node:stream";
import { constants, createGzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import { takesGzip } from "./answer-body.ts";
import type { Outlet } from "./subscriptions/stream.ts";

/** Each event goes out at once; a small window, because there may be many streams. */
const GZIP = { level: 1, windowBits: 12, memLevel: 5, flush: constants.Z_SYNC_FLUSH };

/** `open`: begins to write, and answers what to call when the client is gone. */
export function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  open: (outlet: Outlet) => () => void,
): void {
  const isPacked = takesGzip(request);
  const out: Transform = isPacked ? createGzip(GZIP) : new PassThrough();
  const socket = reply.raw;
  const closed = open({
    out,
    waitingBytes: () => out.writableLength + out.readableLength + socket.writableLength,
  });
  socket.once("close", () => {
    closed();
    out.destroy();
  });
  if (isPacked) void reply.header("content-encoding", "gzip");
  void reply
    .code(200)
    .headers({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    })
    .send(out);
}
