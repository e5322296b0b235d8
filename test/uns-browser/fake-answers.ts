/** A hub over HTTP for tests of the page: the answers it is told to give, one after the other, the last for ever. */
import type { SendLike } from "../../uns-browser/lib/hub-request.ts";

export interface Said {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Answer = number | { readonly status: number; readonly body: unknown };

/** `said`: what was asked is added to it. */
export function answering(said: Said[], answers: readonly Answer[]): SendLike {
  const left = [...answers];
  let last: Answer = 204;
  return (url, { method, headers, body }) => {
    said.push({ method, url, headers, body: body === null ? null : JSON.parse(body) });
    last = left.shift() ?? last;
    const { status, body: value } = typeof last === "number" ? { status: last, body: null } : last;
    return Promise.resolve({
      ok: status < 300,
      status,
      json: () => Promise.resolve(value),
    });
  };
}

export const silent: SendLike = () => Promise.reject(new Error("no route to the hub"));
