/**
 * Grants as people write them, one line each: `node Plant1/gw-press`, `host scada1`, `read Plant1/gw-press`,
 * `command Plant1/gw-press/press-01 Setpoint*,Recipe/*`, `rebirth Plant1`, `publish mes/%u/#`, `subscribe mes/#`,
 * `system`.
 */
import { grantFault, type Grant, type Part } from "./grants.ts";

/** A grant, or why the text is none. */
export type ReadGrant =
  | { readonly kind: "grant"; readonly grant: Grant }
  | { readonly kind: "problem"; readonly problem: string };

const FORMS =
  "write e.g. node Plant1/gw-press, host scada1, read Plant1, command Plant1/gw-press/press-01 Setpoint*, rebirth Plant1, publish mes/#, subscribe mes/#, system";

/** The grant in `text`. */
export function readGrant(text: string): ReadGrant {
  const [kind = "", what = "", more = "", ...rest] = text.trim().split(/\s+/);
  const grant = rest.length > 0 ? undefined : grantOf(kind, what, more);
  if (grant === undefined) return { kind: "problem", problem: `"${text}" is no grant; ${FORMS}` };
  const fault = grantFault(grant);
  return fault === undefined
    ? { kind: "grant", grant }
    : { kind: "problem", problem: `"${text}": ${fault}` };
}

/** As `readGrant` reads it. */
export function grantText(grant: Grant): string {
  switch (grant.kind) {
    case "node": {
      const devices = grant.devices === undefined ? "" : ` ${grant.devices.join(",")}`;
      return `node ${grant.group}/${grant.edgeNode}${devices}`;
    }
    case "host":
      return `host ${grant.hostId}`;
    case "read":
    case "rebirth":
      return `${grant.kind} ${partText(grant.part)}`;
    case "command": {
      const metrics = grant.metrics === undefined ? "" : ` ${grant.metrics.join(",")}`;
      return `command ${partText(grant.part)}${metrics}`;
    }
    case "publish":
    case "subscribe":
      return `${grant.kind} ${grant.filter}`;
    case "system":
      return "system";
  }
}

function grantOf(kind: string, what: string, more: string): Grant | undefined {
  const list = more === "" ? undefined : more.split(",");
  switch (kind) {
    case "node":
      return nodeGrant(what, list);
    case "command": {
      const part = partOf(what);
      return part && { kind, part, ...(list !== undefined && { metrics: list }) };
    }
    case "system":
      return what === "" ? { kind } : undefined;
    default:
      return list === undefined && what !== "" ? plainGrant(kind, what) : undefined;
  }
}

/** Those of two words. */
function plainGrant(kind: string, what: string): Grant | undefined {
  switch (kind) {
    case "host":
      return { kind, hostId: what };
    case "read":
    case "rebirth": {
      const part = partOf(what);
      return part && { kind, part };
    }
    case "publish":
    case "subscribe":
      return { kind, filter: what };
    default:
      return undefined;
  }
}

function nodeGrant(what: string, devices: readonly string[] | undefined): Grant | undefined {
  const [group = "", edgeNode = "", ...rest] = what.split("/");
  if (group === "" || edgeNode === "" || rest.length > 0) return undefined;
  return { kind: "node", group, edgeNode, ...(devices !== undefined && { devices }) };
}

/** `*` and `+` both stand for any. */
function partOf(what: string): Part | undefined {
  const ids = what.split("/").map((id) => (id === "*" ? "+" : id));
  const [group = "", edgeNode, device, ...rest] = ids;
  if (group === "" || rest.length > 0) return undefined;
  return {
    group,
    ...(edgeNode !== undefined && { edgeNode }),
    ...(device !== undefined && { device }),
  };
}

function partText({ group, edgeNode, device }: Part): string {
  return [group, edgeNode, device].filter((id) => id !== undefined).join("/");
}
