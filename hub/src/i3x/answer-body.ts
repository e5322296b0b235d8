/** How an answer goes out: as gzip for everyone who takes it, which is most of them. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

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

/** A list that is kept as gzip, for somebody who does not take that. */
export async function plainOf(packed: Buffer): Promise<Buffer> {
  return await unpack(packed);
}

/** Other pages may be named there already. */
function varyOf(reply: FastifyReply): string {
  const known = reply.getHeader("vary");
  return known === undefined ? "accept-encoding" : `${String(known)}, accept-encoding`;
}
