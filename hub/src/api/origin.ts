/**
 * Who may ask: only pages of the hub itself. A web page of somebody else that is open in the same browser must reach
 * neither the feed nor a write, not even through a host name that suddenly points at 127.0.0.1.
 */
import type { IncomingHttpHeaders } from "node:http";

/** Why the request is refused, as a sentence; `undefined` when it may pass. */
export function originFault(
  headers: IncomingHttpHeaders,
  listensOnLoopback: boolean,
): string | undefined {
  const { host, origin } = headers;
  if (host === undefined) return "the request names no Host";
  if (listensOnLoopback && !isLoopbackHost(host)) {
    return `Host "${host}" is not this machine; open http://127.0.0.1 instead`;
  }
  if (origin === undefined) return undefined; // not a browser, or a plain link
  return URL.canParse(origin) && new URL(origin).host === host
    ? undefined
    : `a page of "${origin}" may not use this hub`;
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name);
}
