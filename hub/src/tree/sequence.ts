/**
 * Whether the messages of an edge node come in order, and what becomes of its metrics when some were lost. They speak when they
 * change, so any of them may have changed meanwhile: the good ones are stale until they speak again or are born again.
 * A pass over all of them happens once for each birth; what is lost after that touches those that spoke since.
 */
import { nextSeq } from "@unshub/sparkplug";
import { seqTrouble } from "./chronicle.ts";
import type { Arrived } from "./messages.ts";
import { membersOf } from "./session-table.ts";
import { byClockOf, type NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

type Ids = Int32Array | readonly number[];

const LOST = "messages were lost";
/** Of more it is not kept which they are: the next loss goes over all metrics again. */
const MOST_SINCE_LOSS = 1024;

/** What is wrong with the place of a message; `undefined`: nothing. */
export function disorderOf(
  session: NodeSession,
  { seq, sentAt }: Arrived,
): ReturnType<typeof seqTrouble> | undefined {
  const expected = session.expectedSeq ?? 0;
  const isNext = seq === session.expectedSeq;
  // QoS 1 may bring a message twice, which says nothing of the order.
  if (!isNext && sentAt === session.lastSentAt && nextSeq(seq ?? 0) === expected) return undefined;
  session.expectedSeq = nextSeq(seq ?? expected);
  session.lastSentAt = sentAt ?? -1;
  if (isNext) return undefined;
  const { chronicle } = session;
  if (chronicle.goesOn(seq)) return undefined;
  const trouble = seqTrouble(seq, expected);
  chronicle.lost += trouble.lost;
  if (trouble.kind === "late") chronicle.cameLate(expected);
  return trouble;
}

/** Before `at` messages were lost. `said`: the metrics that the message after them speaks of, which are known. */
export function messagesLost(tree: UnsTree, session: NodeSession, at: number, said: Ids): void {
  const { sinceLoss, chronicle } = session;
  const sourceAt = byClockOf(session, at);
  const known = new Set<number>(said);
  const doubted = sinceLoss === undefined ? membersOf(session).map(({ ids }) => ids) : [sinceLoss];
  const marked = doubted.map((ids: Ids) => {
    let count = 0;
    for (const id of ids) {
      if (tree.values.quality(id) !== "good" || known.has(id)) continue;
      tree.downgrade(id, "stale", LOST, sourceAt);
      count += 1;
    }
    return count;
  });
  chronicle.marked(marked, { quality: "stale", at });
  session.sinceLoss = [];
  saidSinceLoss(session, said);
}

/** These metrics were spoken of. */
export function saidSinceLoss(session: NodeSession, said: Ids): void {
  const { sinceLoss } = session;
  if (sinceLoss === undefined) return;
  if (sinceLoss.length + said.length > MOST_SINCE_LOSS) session.sinceLoss = undefined;
  else sinceLoss.push(...said);
}
