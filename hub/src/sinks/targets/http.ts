/** Requests to databases that are written to over HTTP, and what their answers mean for a batch. */
import { gzip } from "node:zlib";
import { promisify } from "node:util";
import { Refused } from "../target.ts";

const gzipped = promisify(gzip);

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly gzip: boolean;
  readonly signal: AbortSignal;
}

/** The rows themselves are at fault: bad request, too large, unprocessable. Everything else is tried again. */
const REFUSALS = new Set([400, 413, 422]);
/** Letters of an answer that are shown. */
const SHOWN = 400;

/** @throws {Refused} when the answer says that the body is wrong. */
export async function post({ url, headers, body, gzip: isPacked, signal }: Post): Promise<string> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...headers, ...(isPacked && { "content-encoding": "gzip" }) },
    // level 1: the main thread has other work, and lines repeat themselves
    body: isPacked ? await gzipped(body, { level: 1 }) : body,
    signal,
    redirect: "error",
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const said = `${answer.status} ${text.slice(0, SHOWN).trim()}`.trim();
  if (REFUSALS.has(answer.status)) throw new Refused(said);
  throw new Error(`${url.origin} answered ${said}`);
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
