/** What one field alone cannot tell: names used twice, ports used twice, anonymous access from outside. */
import { isIP } from "node:net";
import type { ConfigProblem } from "@unshub/adapter";
import type { ParsedHub } from "./load.ts";

export function crossCheck(config: ParsedHub): readonly ConfigProblem[] {
  return [...doubleNames(config), ...doublePorts(config), ...openDoors(config)];
}

function doubleNames(config: ParsedHub): readonly ConfigProblem[] {
  const names = new Set<string>();
  const nodes = new Set<string>();
  return config.adapters.flatMap((entry, index) => {
    const node = `${entry.group}/${entry.edgeNode}`;
    const problems: ConfigProblem[] = [];
    if (names.has(entry.name)) {
      problems.push({
        path: ["adapters", index, "name"],
        message: `"${entry.name}" is used twice`,
      });
    }
    if (nodes.has(node)) {
      const message = `edge node "${node}" is used twice; one entry is one edge node`;
      problems.push({ path: ["adapters", index, "edgeNode"], message });
    }
    names.add(entry.name);
    nodes.add(node);
    return problems;
  });
}

function doublePorts(config: ParsedHub): readonly ConfigProblem[] {
  const taken = new Map<string, string>();
  return Object.entries(config.listeners).flatMap(([kind, listener]) => {
    if (listener === undefined || listener.port === 0) return [];
    const address = `${listener.host}:${listener.port}`;
    const other = taken.get(address);
    taken.set(address, kind);
    if (other === undefined) return [];
    return [
      { path: ["listeners", kind, "port"], message: `${address} is also listeners.${other}` },
    ];
  });
}

/** Anyone who reaches a public address could read and write the plant: that must be said, not slipped into. */
function openDoors(config: ParsedHub): readonly ConfigProblem[] {
  if (config.identity.insecure) return [];
  return Object.entries(config.listeners).flatMap(([kind, listener]) => {
    if (listener === undefined || isLoopback(listener.host)) return [];
    const message =
      `${listener.host} can be reached from other machines while anyone may come in ` +
      `(identity.anonymous: ${config.identity.anonymous}); listen at 127.0.0.1, or say identity.insecure: true`;
    return [{ path: ["listeners", kind, "host"], message }];
  });
}

/** Whether only this machine can reach `host`. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
