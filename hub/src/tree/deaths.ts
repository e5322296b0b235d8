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

/** A device that was dead before its edge node goes on to be dead for its own reason. */
export function memberDied(
  tree: UnsTree,
  member: Member,
  { because, at, sourceAt = at }: Lost,
): void {
  const quality = because === "waiting for its birth" ? "stale" : "offline";
  if (member.state !== "offline") {
    for (const id of member.ids) tree.downgrade(id, quality, because, sourceAt);
    member.since = at;
    member.because = because;
  }
  member.state = "offline";
  tree.setState(member.rowId, "offline");
}

/** What it says now is missed: what it said is stale. */
export function memberLost(
  tree: UnsTree,
  member: Member,
  { because, at, sourceAt = at }: Lost,
): void {
  for (const id of member.ids) tree.downgrade(id, "stale", because, sourceAt);
  member.since = at;
  member.because = because;
  memberLastKnown(tree, member);
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
