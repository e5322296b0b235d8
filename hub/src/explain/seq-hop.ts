/** Whether what the edge node says can be understood: order, aliases, births; and what was done about it. */
import type { Trouble, TroubleKind } from "../tree/index.ts";
import type { Facts } from "./facts.ts";
import { evidenceOf, timeOf, type Evidence, type Hop, type HopStatus } from "./hop.ts";
import { nodeName } from "./words.ts";

type Found = Pick<Hop, "status" | "since" | "says" | "todo">;

export function seqHop(facts: Facts): Hop {
  const evidence = seqEvidence(facts);
  const found = leftOut(facts) ?? troubled(facts) ?? onlyOfThePast(facts) ?? understood(facts);
  return { hop: "seq/alias", evidence, ...found };
}

/** The last birth of its member does not name the metric. */
function leftOut(facts: Facts): Found | undefined {
  const { metric, isBorn, heir, member, deviceId } = facts;
  if (metric === undefined || isBorn || member?.state !== "online") return undefined;
  const birth = deviceId === undefined ? "NBIRTH" : "DBIRTH";
  return {
    status: "broken",
    since: member.bornAt === 0 ? undefined : member.bornAt,
    says: `The last ${birth}, at ${timeOf(member.bornAt) ?? "an unknown time"}, does not name the metric "${metric.info.name}" any more${heir === undefined ? "" : `; its alias belongs to "${heir}" now`}.`,
    todo: "Look whether it was renamed or removed in the gateway's configuration; unshub tree shows what its device has now.",
  };
}

/** What each trouble means, and how bad it is until the next birth. */
const MEANINGS: readonly (readonly [TroubleKind, HopStatus, string])[] = [
  ["undecodable", "broken", "A message could not be decoded"],
  ["unborn", "broken", "Data came without birth, so nobody can read it"],
  ["unknown", "broken", "Data came for something that no birth has named"],
  ["gap", "broken", "Messages were lost before they came here"],
  ["late", "suspect", "Messages came out of order"],
];

function troubled(facts: Facts): Found | undefined {
  const { session } = facts;
  if (session === undefined) return undefined;
  for (const [kind, status, meaning] of MEANINGS) {
    const trouble = session.troubles.get(kind);
    if (trouble === undefined || !isOpen(facts, trouble)) continue;
    return {
      status: concerns(facts, trouble) ? status : "suspect",
      since: trouble.at,
      says: `${meaning}${ofWhom(facts, trouble)} (${trouble.what}), and there was no birth since; ${asked(facts)}.`,
      todo: TODO[kind],
    };
  }
  return undefined;
}

const TODO: Readonly<Record<TroubleKind, string>> = {
  undecodable: "Look at unshub findings for the bytes; the gateway's Sparkplug library is wrong.",
  unborn: "Ask for a rebirth at the gateway, or start it again: births must come before data.",
  unknown:
    "Ask for a rebirth at the gateway, or start it again: its births no longer fit its data.",
  gap: "Look for what loses messages between gateway and hub (QoS 0 over a bad link, two clients with one id), and ask for a rebirth.",
  late: "Look for two senders with one edge node id, or a gateway that sends over several connections.",
};

/** Not put right by a birth that came later. */
function isOpen({ session }: Facts, { at }: Trouble): boolean {
  return at > (session?.node.bornAt ?? 0);
}

/** Order is one for the whole edge node; everything else is of one member. */
function concerns({ deviceId, session }: Facts, trouble: Trouble): boolean {
  const { troubles } = session ?? {};
  const isOrder = trouble === troubles?.get("gap") || trouble === troubles?.get("late");
  return isOrder || trouble.deviceId === deviceId;
}

function ofWhom(facts: Facts, trouble: Trouble): string {
  if (concerns(facts, trouble)) return "";
  return trouble.deviceId === undefined
    ? " of the edge node"
    : ` of its device ${trouble.deviceId}`;
}

function asked({ report, session }: Facts): string {
  const asks = report?.asks;
  if (asks === undefined) return "a rebirth was not asked for yet";
  const isAnswered = (session?.node.bornAt ?? 0) >= asks.at;
  return `a rebirth was asked for at ${timeOf(asks.at)} by ${asks.what} and ${isAnswered ? "came" : "has not come"}`;
}

/** Values of the past fill histories and never become the live value. */
function onlyOfThePast({ historicalAt, metric }: Facts): Found | undefined {
  if (metric === undefined || historicalAt === 0 || historicalAt < (metric.receivedAt ?? 0))
    return undefined;
  return {
    status: "suspect",
    since: metric.receivedAt,
    says: `Since ${timeOf(metric.receivedAt) ?? "the hub started"} only historical values came, the last at ${timeOf(historicalAt)}: they never become the live value.`,
    todo: "Its gateway empties its store after an outage; wait for it, or look why it marks live values as historical.",
  };
}

function understood(facts: Facts): Found {
  const { session } = facts;
  if (session === undefined || session.node.state !== "online") {
    return {
      status: "unknown",
      says: `Nothing comes from the ${nodeName(facts)} that could be read.`,
    };
  }
  return { status: "ok", says: "What comes is in order and fits its births." };
}

function seqEvidence({ session, report }: Facts): readonly Evidence[] {
  const troubles = session?.troubles;
  return evidenceOf({
    "last seq": session?.lastSeq,
    gaps: told(troubles?.get("gap")),
    late: told(troubles?.get("late")),
    "unknown metrics or aliases": told(troubles?.get("unknown")),
    "data without birth": told(troubles?.get("unborn")),
    undecodable: told(troubles?.get("undecodable")),
    "rebirths asked":
      report?.asks === undefined
        ? undefined
        : `${report.asks.count}, the last ${timeOf(report.asks.at)} by ${report.asks.what}`,
    "last birth": timeOf(session?.node.bornAt),
  });
}

function told(trouble: Trouble | undefined): string | undefined {
  return trouble && `${trouble.count}, the last ${timeOf(trouble.at)}: ${trouble.what}`;
}
