/**
 * Whether a birth is what it seems. Servers in a cluster deliver late and out of order, and clocks of edge nodes are
 * believed only as far as they agree with themselves.
 */
import type { HostNode } from "./host-node.ts";
import type { Arrived } from "./host-reorder.ts";

/** A birth and a death of one session that come within this time may have changed places on their way. */
const SUSPECT_MS = 10_000;
/** Deaths without a birth that are remembered for each edge node. */
const STRAY_DEATHS = 16;

/** What an NBIRTH says of its session. */
export interface BirthMark {
  /** Milliseconds UTC by the node's clock. */
  readonly bornAt: number;
  readonly bdSeq: number | undefined;
}

/**
 * Whether this birth may have come late: that of a session that is over, or one whose data was taken for that of the
 * birth before. Then a new birth shall decide.
 */
export function isDoubtful(
  node: HostNode,
  { receivedAt }: Arrived,
  { bornAt, bdSeq }: BirthMark,
): boolean {
  const { session } = node;
  if (session.kind === "outOfStep" && session.doubted) return false;
  if (hasDied(node, bdSeq, receivedAt)) return true;
  if (session.kind === "unborn") return false;
  if (bornAt < node.bornAt || bornAt <= node.newestAt) return true;
  if (session.kind !== "offline" || session.because !== "death") return false;
  return session.bdSeq === bdSeq && receivedAt - session.since < SUSPECT_MS;
}

/** Whether the death of this session was heard a moment ago, before its birth. Forgets it. */
function hasDied(node: HostNode, bdSeq: number | undefined, now: number): boolean {
  if (bdSeq === undefined) return false;
  const diedAt = node.strayDeaths.get(bdSeq);
  node.strayDeaths.delete(bdSeq);
  return diedAt !== undefined && now - diedAt < SUSPECT_MS;
}

/** Remembers a death whose birth was not the current one. */
export function noteStrayDeath(node: HostNode, bdSeq: number | undefined, now: number): void {
  if (node.strayDeaths.size >= STRAY_DEATHS) node.strayDeaths.clear();
  if (bdSeq !== undefined) node.strayDeaths.set(bdSeq, now);
}

/** A birth that is not newer than what was heard before it has come late. */
export function noteTime(node: HostNode, { payload }: Arrived): void {
  node.newestAt = Math.max(node.newestAt, payload.timestamp ?? node.newestAt);
}
