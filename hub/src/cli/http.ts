/** Asks a running hub over HTTP; when there is none, says so in a sentence. */
import type { z } from "zod";
import { CommandFailure, UsageError } from "./arguments.ts";

/** The answer to a GET, to a POST when there is a body, or to a DELETE. @throws {CommandFailure} */
export async function askHub<Schema extends z.ZodType>(
  base: string,
  path: string,
  schema: Schema,
  how?: object | "DELETE",
): Promise<z.output<Schema>> {
  if (!URL.canParse(path, base))
    throw new UsageError(`--url ${base}: not a URL like http://127.0.0.1:8080`);
  const url = new URL(path, base);
  const answer = await fetchFrom(url, how);
  const json: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok)
    throw new CommandFailure(detailOf(json) ?? `${url.origin} answered ${answer.status}`);
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  throw new CommandFailure(
    `${url.origin} answers in a way that this command does not know; is it a hub of another version?`,
    { cause: read.error },
  );
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

async function fetchFrom(url: URL, how: object | "DELETE" | undefined): Promise<Response> {
  try {
    return await fetch(url, requestFor(how));
  } catch (cause) {
    const message = `No hub answers at ${url.origin}. Start one (npm start), or name another with --url.`;
    throw new CommandFailure(message, { cause });
  }
}

function requestFor(how: object | "DELETE" | undefined): RequestInit {
  if (how === undefined) return {};
  if (how === "DELETE") return { method: "DELETE" };
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(how) };
}

function detailOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("detail" in json)) return undefined;
  return typeof json.detail === "string" ? json.detail : undefined;
}
