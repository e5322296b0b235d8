/**
 * Which requests come in at all, before it is asked whose they are: those that name this hub, and of web pages only the
 * hub's own. It keeps out pages of others that are open in the same browser, also those whose name suddenly points here
 * (DNS rebinding).
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { originFault } from "../broker/index.ts";
import { isLoopback } from "../config/index.ts";

export interface DoorRule {
  /** Where the listener listens. */
  readonly host: string;
  /** Names by which the hub may be called, besides its addresses and the machine's own name. */
  readonly names: readonly string[];
  /** Of pages that may use the API besides the hub's own. */
  readonly origins: readonly string[];
}

/** A request as far as the doorman looks at it. */
export interface Knock {
  readonly method: string;
  /** Without the question. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused, as a sentence; `undefined` when it may come in. */
export function doorFault({ method, path, headers }: Knock, rule: DoorRule): string | undefined {
  return (
    hostFault(headers.host, rule) ??
    originFault(headers, {
      onLoopback: false,
      allowed: openTo(path, rule),
      setting: "cors.origins",
    }) ??
    (isListed({ path, headers }, rule) ? undefined : siteFault({ method, path, headers }))
  );
}

/** Whether a page of another origin asks, one that may. */
export function isListed(
  { path, headers: { origin } }: Pick<Knock, "path" | "headers">,
  rule: Pick<DoorRule, "origins">,
): boolean {
  return origin !== undefined && openTo(path, rule).includes(origin);
}

/** The API and nothing else: what pages are made of, `/live` and `/mcp` are for no page of others. */
function openTo(path: string, { origins }: Pick<DoorRule, "origins">): readonly string[] {
  return isForPrograms(path) ? origins : [];
}

/** Whether no page stands there. */
export function isForPrograms(path: string): boolean {
  return /^\/(?:api|i3x)\//.test(path);
}

/** Addresses cannot be rebound; names can, so that only known ones are ours. */
function hostFault(header: string | undefined, { host, names }: DoorRule): string | undefined {
  if (header === undefined || header === "") return "the request names no Host";
  const name = header
    .replace(/:\d*$/, "")
    .replaceAll(/^\[|\]$/g, "")
    .toLowerCase();
  if (isLoopback(name) || names.some((known) => known.toLowerCase() === name)) return undefined;
  const remedy = "add it to listeners.http.names in unshub.yaml";
  if (isLoopback(host)) {
    return `Host "${header}" is not this machine; use 127.0.0.1 or localhost instead, or ${remedy}`;
  }
  const own = hostname().toLowerCase();
  if (isIP(name) !== 0 || name === own || name === `${own}.local`) return undefined;
  return `Host "${header}" is no name of this hub; if it should be, ${remedy}`;
}

/** What browsers say of where a request comes from; a link on another page may lead to ours, and nothing more. */
function siteFault({ method, path, headers }: Knock): string | undefined {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return undefined;
  const isLink = method === "GET" && headers["sec-fetch-mode"] === "navigate";
  if (isLink && !isForPrograms(path) && path !== "/live") return undefined;
  return "a page of another site may not use this hub";
}
