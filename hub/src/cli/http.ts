/** Asks a running hub over HTTP; when there is none, says so in a sentence. */
import { CommandFailure, UsageError } from "./arguments.ts";

/** The JSON answer to a GET, or to a POST when there is a `body`. @throws {CommandFailure} */
export async function askHub(base: string, path: string, body?: object): Promise<unknown> {
  if (!URL.canParse(path, base))
    throw new UsageError(`--url ${base}: not a URL like http://127.0.0.1:8080`);
  const url = new URL(path, base);
  const answer = await fetchFrom(url, body);
  const json: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return json;
  throw new CommandFailure(detailOf(json) ?? `${url.origin} answered ${answer.status}`);
}

async function fetchFrom(url: URL, body: object | undefined): Promise<Response> {
  const post = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    return await fetch(url, body === undefined ? {} : post);
  } catch (cause) {
    const message = `No hub answers at ${url.origin}. Start one (npm start), or name another with --url.`;
    throw new CommandFailure(message, { cause });
  }
}

function detailOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("detail" in json)) return undefined;
  return typeof json.detail === "string" ? json.detail : undefined;
}
