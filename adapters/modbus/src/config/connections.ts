/**
 * Links to the same address: those that share a connection become one link, the others are told of when the device does not
 * take so many.
 */
import { isDeepStrictEqual } from "node:util";
import type { ConfigProblem } from "@unshub/adapter";
import { isBus, linkAddress, type LinkConfig } from "../wire/link-config.ts";
import { devicePath, type LinkedDevices } from "./config.ts";

interface Joined {
  readonly links: readonly LinkedDevices[];
  readonly problems: readonly ConfigProblem[];
}

/** Links that say `connection: shared` and go to one address become the first of them, with the devices of all. */
export function joinShared(links: readonly LinkedDevices[]): Joined {
  const problems: ConfigProblem[] = [];
  const joined = new Map<string, LinkedDevices>();
  for (const [index, linked] of links.entries()) {
    const { link, path, isShared } = linked;
    const key = isShared === true ? linkAddress(link) : `link ${index}`;
    const first = joined.get(key);
    joined.set(key, first === undefined ? linked : together(first, linked));
    const other = first === undefined ? [] : differing(first.link, link);
    if (other.length === 0) continue;
    const message = `shares the connection of an earlier link to ${key}, and says otherwise what one connection can have once only: ${other.join(", ")}`;
    problems.push({ path: [...path, "link"], message });
  }
  return { links: [...joined.values()], problems };
}

function together(first: LinkedDevices, second: LinkedDevices): LinkedDevices {
  const both = [first, second];
  const counts = both.flatMap(({ maxConnections = [] }) => maxConnections);
  return {
    ...first,
    link: withPausesOf(first.link, second.link),
    devices: both.flatMap(({ devices }) => devices),
    devicePaths: both.flatMap((linked) => linked.devices.map((_, at) => devicePath(linked, at))),
    ...(counts.length > 0 && { maxConnections: Math.min(...counts) }),
  };
}

/** Pauses that single devices need hold for both. */
function withPausesOf(link: LinkConfig, other: LinkConfig): LinkConfig {
  const pauses = [link, other].map(({ pauseAfterConnectMs = 0 }) => pauseAfterConnectMs);
  const common = { pauseAfterConnectMs: Math.max(...pauses) };
  if (!isBusConfig(link) || !isBusConfig(other)) return { ...link, ...common };
  const turnarounds = [link, other].flatMap(({ unitTurnaroundMs = [] }) => [...unitTurnaroundMs]);
  return { ...link, ...common, unitTurnaroundMs: new Map(turnarounds) };
}

function isBusConfig(link: LinkConfig): link is Exclude<LinkConfig, { framing: "tcp" | "tls" }> {
  return isBus(link);
}

/** Keys whose values are not the same. */
function differing(first: LinkConfig, second: LinkConfig): readonly string[] {
  const mayDiffer = new Set(["pauseAfterConnectMs", "unitTurnaroundMs", "name"]);
  const others = new Map<string, unknown>(Object.entries(second));
  const keys = new Set([...Object.keys(first), ...others.keys()]);
  const own = new Map<string, unknown>(Object.entries(first));
  return [...keys]
    .filter((key) => !mayDiffer.has(key) && !isDeepStrictEqual(own.get(key), others.get(key)))
    .map((key) => key.replace(/Ms$/, ""));
}

/** Links beyond what the device takes; where nobody says how many that is, all but the first. */
export function connectionWarnings(links: readonly LinkedDevices[]): readonly ConfigProblem[] {
  const byAddress = Map.groupBy(links, ({ link }) => linkAddress(link));
  return [...byAddress].flatMap(([address, same]) => {
    const known = same.flatMap(({ maxConnections = [] }) => maxConnections);
    const most = known.length === 0 ? undefined : Math.min(...known);
    const message = warning(address, same.length, most);
    return same.slice(most ?? 1).map(({ path }) => ({ path: [...path, "link"], message }));
  });
}

function warning(address: string, count: number, most: number | undefined): string {
  const shared = "with connection: shared on each they use one";
  if (most !== undefined) {
    const takes = most === 1 ? "1 connection" : `${most} connections`;
    return `${count} links of this entry go to ${address}, which takes ${takes} (maxConnections): ${shared}`;
  }
  return `another link of this entry goes to ${address}, too: many devices take one connection only; ${shared}, and maxConnections says how many the device takes`;
}
