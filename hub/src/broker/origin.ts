/**
 * Which web pages may reach a port of the hub: its own, and those the configuration lists. A page of somebody else that
 * is open in the same browser must neither read nor write, not even through a host name that suddenly points at
 * 127.0.0.1 (DNS rebinding). The rule reads headers only; who refuses the request, and how, is up to the listener.
 */
import { isIPv4 } from "node:net";

export interface OriginRule {
  /** Whether only this machine reaches the listener; then `Host` must name this machine too. */
  readonly onLoopback: boolean;
  /** Origins of other pages that may come in, exactly as a browser sends them: `http://127.0.0.1:8080`. */
  readonly allowed: readonly string[];
  /** The setting that holds `allowed`, for the sentence; without it nothing can be set. */
  readonly setting?: string;
}

/** The headers that the rule looks at. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

/** Why the request is refused, as a sentence; `undefined` when it may pass. */
export function originFault(
  { host, origin }: OriginHeaders,
  { onLoopback, allowed, setting }: OriginRule,
): string | undefined {
  if (host === undefined || host === "") return "the request names no Host";
  if (onLoopback && !isLoopbackName(host.replace(/:\d*$/, ""))) {
    return `Host "${host}" is not this machine; use 127.0.0.1 or localhost instead`;
  }
  if (origin === undefined) return undefined; // not a browser, or a plain link
  if (allowed.includes(origin) || isPageOf(host, origin)) return undefined;
  const remedy = setting === undefined ? "" : `; if it should, add it to ${setting} in unshub.yaml`;
  return `a page of "${origin}" may not use this hub${remedy}`;
}

/** Whether `host` is a name or an address of this machine that no other machine reaches; IPv6 with or without brackets. */
export function isLoopbackName(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1" || name === "[::1]") return true;
  return isIPv4(name) && name.startsWith("127.");
}

/** Whether the page came from this very host and port. */
function isPageOf(host: string, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
