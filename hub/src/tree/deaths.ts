/** What deaths, lost touch and coming back do to an edge node or device, and to what its metrics are worth. */
import type { OwnReason } from "./quality.ts";
import type { Member } from "./session.ts";
import type { UnsTree } from "./tree.ts";

/** Why what is said now is missed, and since when: milliseconds since 1970 UTC. */
export interface Lost {
  readonly because: OwnReason;
  readonly at: number;
  /** Likewise by the clock of the edge node; left out: by the hub's. */
  readonly sourceAt?: number;
}

/** A device that was dead before its edge node goes on to be dead for its own reason. How many metrics were marked. */
export function memberDied(
  tree: UnsTree,
  member: Member,
  { because, at, sourceAt = at }: Lost,
): number {
  const quality = because === "waiting for its birth" ? "stale" : "offline";
  const wasDead = member.state === "offline";
  if (!wasDead) {
    for (const id of member.ids) tree.downgrade(id, quality, because, sourceAt);
    member.since = at;
    member.because = because;
  }
  member.state = "offline";
  tree.setState(member.rowId, "offline");
  return wasDead ? 0 : member.ids.length;
}

/** It does not speak, and is not meant to: that is why what it said is old, whatever it was before. Once; how many were marked. */
export function memberHeld(tree: UnsTree, member: Member, lost: Lost): number {
  if (member.because === lost.because) return 0;
  member.state = "last-known";
  return memberDied(tree, member, lost);
}

/** What it says now is missed: what it said is stale. How many metrics were marked. */
export function memberLost(
  tree: UnsTree,
  member: Member,
  { because, at, sourceAt = at }: Lost,
): number {
  for (const id of member.ids) tree.downgrade(id, "stale", because, sourceAt);
  member.since = at;
  member.because = because;
  memberLastKnown(tree, member);
  return member.ids.length;
}

export function memberLastKnown(tree: UnsTree, member: Member): void {
  member.state = "last-known";
  tree.setState(member.rowId, "last-known");
}

/** No message was missed, so its birth still holds. `at`: milliseconds since 1970 UTC. */
export function memberResumed(tree: UnsTree, member: Member, at: number): void {
  if (member.state !== "last-known") return;
  member.state = "online";
  member.since = at;
  tree.setState(member.rowId, "online");
}
