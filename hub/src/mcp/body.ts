/** The body of a request, read here so that it can be looked at before the SDK has it. */
import type { IncomingMessage } from "node:http";

export const MAX_BODY_BYTES = 1_048_576;

/** As many bytes as there are, or a few more than may be: then the SDK says that they are too many. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks);
}

/** What is in it; `undefined` when it is no JSON. */
export function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined; // the SDK says so
  }
}
