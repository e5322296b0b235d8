/** The tree over HTTP: one function per question, each answering what the protocol says or throwing an `ApiError`. */
import type { ChildrenAnswer, FindAnswer, PathAnswer, ValueAnswer } from "@unshub/hub/feed";
import { parseChildren, parseFound, parsePath, parseValue } from "./messages.ts";

/** Rows per answer; the hub spends about 2 ms on so many. */
const PAGE_ROWS = 500;

export type ApiErrorCode = "UNREACHABLE" | "NOT_FOUND" | "REFUSED" | "NOT_UNDERSTOOD";

export class ApiError extends Error {
  readonly code: ApiErrorCode;

  constructor(code: ApiErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ApiError";
    this.code = code;
  }
}

export interface NamespaceApi {
  /** @param after id of the last row that is known already */
  children(id: number | null, after: number | null, signal?: AbortSignal): Promise<ChildrenAnswer>;
  path(path: string, signal?: AbortSignal): Promise<PathAnswer>;
  /** @param limit left out: as many as somebody looks through */
  find(filter: string, signal?: AbortSignal, limit?: number): Promise<FindAnswer>;
  value(id: number, signal?: AbortSignal): Promise<ValueAnswer>;
}

/** What is needed of `fetch`; handed in so that tests need no network. */
export type FetchLike = (
  url: string,
  options: { readonly signal: AbortSignal | null; readonly headers: Record<string, string> },
) => Promise<{ readonly ok: boolean; readonly status: number; json(): Promise<unknown> }>;

export function createApi(fetchLike: FetchLike): NamespaceApi {
  const get = <Answer>(question: Question<Answer>, signal?: AbortSignal): Promise<Answer> =>
    ask(fetchLike, question, signal);
  return {
    children: (id, after, signal) =>
      get(
        { url: urlOf("children", { id, after, limit: PAGE_ROWS }), parse: parseChildren },
        signal,
      ),
    path: (path, signal) => get({ url: urlOf("path", { p: path }), parse: parsePath }, signal),
    find: (filter, signal, limit = PAGE_ROWS) =>
      get({ url: urlOf("find", { f: filter, limit }), parse: parseFound }, signal),
    value: (id, signal) => get({ url: urlOf("value", { id }), parse: parseValue }, signal),
  };
}

interface Question<Answer> {
  readonly url: string;
  readonly parse: (json: unknown) => Answer | null;
}

function urlOf(route: string, query: Readonly<Record<string, string | number | null>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== null);
  const text = given.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&");
  return `/api/ns/${route}?${text}`;
}

async function ask<Answer>(
  fetchLike: FetchLike,
  { url, parse }: Question<Answer>,
  signal?: AbortSignal,
): Promise<Answer> {
  const answer = await fetchLike(url, {
    signal: signal ?? null,
    headers: { accept: "application/json" },
  }).catch((cause: unknown) => {
    throw new ApiError("UNREACHABLE", `${url}: no answer`, { cause });
  });
  if (answer.status === 404) throw new ApiError("NOT_FOUND", `${url}: 404`);
  if (!answer.ok) throw new ApiError("REFUSED", `${url}: ${answer.status}`);
  const json = await answer.json().catch((cause: unknown) => {
    throw new ApiError("NOT_UNDERSTOOD", `${url}: no JSON`, { cause });
  });
  const parsed = parse(json);
  if (parsed === null)
    throw new ApiError("NOT_UNDERSTOOD", `${url}: an answer of another protocol`);
  return parsed;
}
