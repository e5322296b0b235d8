/** Asks a running hub over HTTP; when there is none, says so in a sentence. */
import { CommandFailure, UsageError } from "./arguments.ts";

/** The JSON answer to a GET, to a POST when there is a body, or to a DELETE. @throws {CommandFailure} */
export async function askHub(
  base: string,
  path: string,
  how?: object | "DELETE",
): Promise<unknown> {
  if (!URL.canParse(path, base))
    throw new UsageError(`--url ${base}: not a URL like http://127.0.0.1:8080`);
  const url = new URL(path, base);
  const answer = await fetchFrom(url, how);
  const json: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return json;
  throw new CommandFailure(detailOf(json) ?? `${url.origin} answered ${answer.status}`);
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
