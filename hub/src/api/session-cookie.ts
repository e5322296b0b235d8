/**
 * The cookie of a session, and what keeps pages of others from using it: it is sent to this site only (`SameSite`), no
 * script reads it (`HttpOnly`), it is never sent readable where there is TLS (`Secure`, `__Host-`), and whoever changes
 * something with it must say so in a header that no form and no foreign page can send.
 */
import type { Asking } from "./who.ts";

/** The header of our own page, with any value. */
const PAGE_HEADER = "x-uns-hub";

const SAFE = /^(GET|HEAD|OPTIONS)$/;

/** Cookies know no ports, and two hubs may run on one machine. */
export function sessionCookie({ isTls, localPort }: Pick<Asking, "isTls" | "localPort">): string {
  return `${isTls ? "__Host-" : ""}unshub-${localPort}`;
}

/** `secret`: empty to take it away. No date: it ends with the browser, or when the hub ends the session. */
export function cookieHeader(asking: Pick<Asking, "isTls" | "localPort">, secret: string): string {
  const parts = [`${sessionCookie(asking)}=${secret}`, "Path=/", "HttpOnly", "SameSite=Strict"];
  if (asking.isTls) parts.push("Secure");
  if (secret === "") parts.push("Max-Age=0");
  return parts.join("; ");
}

/** The value of a cookie; `undefined` when it was not sent, or twice: then nobody knows whose it is. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  const found = (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  const [only, ...more] = found;
  return only === undefined || more.length > 0 ? undefined : only.slice(name.length + 1);
}

/** Why a request that came with a cookie is not our own page's; `undefined` when it is. `Origin` was checked before. */
export function crossSiteFault({
  method,
  headers,
}: Pick<Asking, "method" | "headers">): string | undefined {
  if (SAFE.test(method)) return undefined;
  if (headers[PAGE_HEADER] === undefined) {
    return `a change with a session needs the header ${PAGE_HEADER}; programs send a token instead`;
  }
  return undefined;
}
