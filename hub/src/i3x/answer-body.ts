/** How an answer goes out: as gzip for everyone who takes it, which is most of them. */
import { promisify } from "node:util";
import { Readable } from "node:stream";
import { createGunzip, gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const pack = promisify(gzip);

export const JSON_TYPE = "application/json; charset=utf-8";

/** Whether gzip is welcome: named and not refused, or all encodings are. */
export function takesGzip({ headers }: Pick<FastifyRequest, "headers">): boolean {
  const offers = (headers["accept-encoding"] ?? "")
    .toLowerCase()
    .split(",")
    .map((offer) => offer.trim().split(/\s*;\s*q=/));
  const own = offers.find(([name]) => name === "gzip") ?? offers.find(([name]) => name === "*");
  return own !== undefined && Number(own[1] ?? 1) > 0;
}

/** Everything below a path, faults too, goes out as gzip where that is welcome. */
export function packAnswers(server: FastifyInstance, below: string): void {
  server.addHook("onSend", async (request, reply, payload) => {
    if (!request.url.startsWith(below)) return payload;
    void reply.header("vary", varyOf(reply));
    const isText = typeof payload === "string" || Buffer.isBuffer(payload);
    if (!isText || reply.hasHeader("content-encoding") || !takesGzip(request)) return payload;
    const packed = await pack(payload, { level: 1 });
    void reply.removeHeader("content-length").header("content-encoding", "gzip");
    return packed;
  });
}

const CHUNK_BYTES = 65_536;

/** A list that is kept as gzip, for somebody who does not take that: unpacked as fast as he reads. */
export function plainOf(packed: Buffer): Readable {
  return Readable.from([packed]).pipe(createGunzip({ chunkSize: CHUNK_BYTES }));
}

/** Other pages may be named there already. */
function varyOf(reply: FastifyReply): string {
  const known = reply.getHeader("vary");
  return known === undefined ? "accept-encoding" : `${String(known)}, accept-encoding`;
}
