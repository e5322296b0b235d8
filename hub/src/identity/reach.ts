/** Which parts of the plant a principal may read, for those who show the tree and not its topics. */
import { createHash } from "node:crypto";
import type { Grant, Part } from "./grants.ts";
import { grantText } from "./grant-text.ts";
import type { Principal } from "./principal.ts";

/** Of a part of the plant: everything in it, some of it, or nothing. */
type Seen = "all" | "some" | "nothing";

/** What may be read. Two principals with the same `key` may read the same. */
export interface Reach {
  readonly key: string;
  /** `undefined`: of the plant as a whole. */
  of(part: Part | undefined): Seen;
}

/** Of whoever may read everything. */
export const EVERYTHING: Reach = { key: "", of: () => "all" };

/** What the grants `read` of a principal reach: the same as over MQTT. */
export function reachOf({ grants }: Pick<Principal, "grants">): Reach {
  const reads = grants.filter((grant) => grant.kind === "read");
  const parts = reads.map(({ part }) => part);
  if (parts.some((part) => isAny(part.group) && isAllBelow(part, "group"))) return EVERYTHING;
  return { key: keyOf(reads), of: (part) => seenIn(parts, part) };
}

function keyOf(reads: readonly Grant[]): string {
  const texts = reads.map(grantText).toSorted();
  return createHash("sha256").update(texts.join("\n")).digest("base64url").slice(0, 12);
}

function seenIn(parts: readonly Part[], asked: Part | undefined): Seen {
  if (asked === undefined) return parts.length === 0 ? "nothing" : "some";
  const fitting = parts.filter((part) => fits(part, asked));
  if (fitting.length === 0) return "nothing";
  const level =
    asked.device !== undefined ? "device" : asked.edgeNode !== undefined ? "node" : "group";
  return fitting.some((part) => isAllBelow(part, level)) ? "all" : "some";
}

/** Whether they can have something in common. */
function fits(part: Part, asked: Part): boolean {
  const pairs = [
    [part.group, asked.group],
    [part.edgeNode, asked.edgeNode],
    [part.device, asked.device],
  ] as const;
  return pairs.every(([ours, theirs]) => isAny(ours) || theirs === undefined || ours === theirs);
}

/** Whether a part that fits takes in everything of the group, node or device that was asked for. */
function isAllBelow({ edgeNode, device }: Part, level: "group" | "node" | "device"): boolean {
  if (level === "device") return true;
  if (device !== undefined) return false; // devices only: the metrics of the edge node itself are not in it
  return level === "node" || isAny(edgeNode);
}

function isAny(id: string | undefined): boolean {
  return id === undefined || id === "+";
}
