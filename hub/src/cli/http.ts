/** Asks a running hub over HTTP; when there is none, says so in a sentence. */
import type { z } from "zod";
import { CommandFailure, UsageError } from "./arguments.ts";
import { httpLogin } from "./login.ts";

/** What is asked: GET, or POST of a body, or another method. */
type Question = object | Put | "DELETE" | undefined;

/** The answer to a GET, to a POST when there is a body, or to a DELETE. @throws {CommandFailure} */
export async function askHub<Schema extends z.ZodType>(
  base: string,
  path: string,
  schema: Schema,
  how?: Question,
): Promise<z.output<Schema>> {
  const url = urlOf(base, path);
  const answer = await fetchFrom(url, how);
  const json = answer.status === 204 ? {} : jsonOf(await answer.text());
  const { status } = answer;
  if (!answer.ok)
    throw new CommandFailure(detailOf(json) ?? `${url.origin} answered ${status}`, { status });
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  throw new CommandFailure(
    `${url.origin} answers in a way that this command does not know; is it a hub of another version?`,
    { cause: read.error },
  );
}

/** The bytes of a long answer, as they come. @throws {CommandFailure} also when it breaks off. */
export async function streamFromHub(
  base: string,
  path: string,
  how?: Question,
): Promise<AsyncIterable<Uint8Array>> {
  const url = urlOf(base, path);
  const answer = await fetchFrom(url, how);
  if (!answer.ok || answer.body === null)
    throw new CommandFailure(
      detailOf(jsonOf(await answer.text())) ?? `${url.origin} answered ${answer.status}`,
    );
  return whole(answer.body, url);
}

function urlOf(base: string, path: string): URL {
  if (URL.canParse(path, base)) return new URL(path, base);
  throw new UsageError(`--url ${base}: not a URL like http://127.0.0.1:8080`);
}

async function* whole(body: AsyncIterable<Uint8Array>, url: URL): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new CommandFailure(`${url.origin} broke off: what came is not all`, { cause });
  }
}

/** Integers beyond 2^53 stay exact; `undefined` when it is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text, exactly);
  } catch {
    return undefined; // a page of somebody else
  }
}

function exactly(_key: string, value: unknown, { source = "" }: { readonly source?: string } = {}) {
  const isCut = typeof value === "number" && !Number.isSafeInteger(value);
  return isCut && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Asks page by page until there are no more; `after`: the last row of the page before. */
export async function* everyPage<Page extends { readonly more: boolean }, Row>(
  ask: (after: Row | undefined) => Promise<Page>,
  lastOf: (page: Page) => Row | undefined,
): AsyncGenerator<Page> {
  let after: Row | undefined;
  for (let more = true; more;) {
    const page = await ask(after);
    yield page;
    more = page.more;
    after = lastOf(page);
  }
}

async function fetchFrom(url: URL, how: Question): Promise<Response> {
  try {
    return await fetch(url, requestFor(how));
  } catch (cause) {
    const distrust = distrustOf(cause);
    if (distrust !== undefined) throw new CommandFailure(`${url.origin}: ${distrust}`, { cause });
    const message = `No hub answers at ${url.origin}. Start one (npm start), or name another with --url.`;
    throw new CommandFailure(message, { cause });
  }
}

/** A hub is there, and its certificate is not believed; `undefined`: it is something else. */
function distrustOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (!/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return undefined;
  return `its certificate is not trusted (${code}); name its CA in NODE_EXTRA_CA_CERTS, and the hub as the certificate does`;
}

/** A body to be put instead of posted. */
export class Put {
  readonly body: object;

  constructor(body: object) {
    this.body = body;
  }
}

function requestFor(how: Question): RequestInit {
  const login = httpLogin(process.env);
  if (how === undefined) return { headers: login };
  if (how === "DELETE") return { method: "DELETE", headers: login };
  const headers = { "content-type": "application/json", ...login };
  const isPut = how instanceof Put;
  const body = JSON.stringify(isPut ? how.body : how);
  return { method: isPut ? "PUT" : "POST", headers, body };
}

function detailOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("detail" in json)) return undefined;
  return typeof json.detail === "string" ? json.detail : undefined;
}
