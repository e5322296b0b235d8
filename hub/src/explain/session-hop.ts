/** The Sparkplug session of the edge node: does it live, and if not, what became of its connection? */
import type { MemberNow, SessionNow } from "../tree/index.ts";
import type { Facts } from "./facts.ts";
import { evidenceOf, timeOf, type Evidence, type Hop } from "./hop.ts";
import { clientName, endWords, linkFacts, nodeName, spanOf } from "./words.ts";

const NO_CLIENT =
  "Look whether the gateway runs and reaches the hub (address, port, user, firewall); it comes back by itself.";

export function sessionHop(facts: Facts): Hop {
  const { session } = facts;
  const evidence = sessionEvidence(facts);
  if (session === undefined) {
    const says = `The ${nodeName(facts)} was never born here.`;
    return { hop: "edge session", status: "unknown", says, evidence };
  }
  const found = ofNode(facts, session) ?? ofDevice(facts, session);
  if (found !== undefined) return { hop: "edge session", evidence, ...found };
  const { since } = session.node;
  const says = `The ${nodeName(facts)} is online.`;
  return { hop: "edge session", status: "ok", since: known(since), says, evidence };
}

type Found = Pick<Hop, "status" | "since" | "says" | "todo">;

function ofNode(facts: Facts, { node }: SessionNow): Found | undefined {
  if (node.state === "last-known") return notHeard(facts);
  return node.state === "offline" ? offline(facts, node) : withoutClient(facts);
}

/** The hub was started again, and the edge node has said nothing since. */
function notHeard(facts: Facts): Found {
  const { startedAt, report, session } = facts;
  if (session !== undefined && session.lastHeardAt > 0) return notBornAgain(facts);
  const what = `The hub started at ${timeOf(startedAt)} and has not heard the ${nodeName(facts)} since: its values are from before`;
  const isConnected = report?.link !== undefined && report.link.left === undefined;
  if (!isConnected) {
    return {
      status: "broken",
      since: startedAt,
      says: `${what}, and no client is connected.`,
      todo: NO_CLIENT,
    };
  }
  return {
    status: "suspect",
    since: startedAt,
    says: `${what}, though ${clientName(report.link)} is connected.`,
    todo: "Wait for its next message: it goes on with the births of before, or is asked for new ones.",
  };
}

/** Messages were missed meanwhile, so what comes now does not go on where the hub stopped. */
function notBornAgain(facts: Facts): Found {
  return {
    status: "suspect",
    since: facts.startedAt,
    says: `The ${nodeName(facts)} sends, but messages were missed while the hub was away, and it was not born again since the hub started at ${timeOf(facts.startedAt)}.`,
    todo: "The hub asks for a rebirth by itself; when none comes, start the gateway again.",
  };
}

function offline(facts: Facts, { since }: MemberNow): Found {
  const { report } = facts;
  const link = report?.link;
  const status = report?.refused !== undefined && report.refused.at >= since ? "suspect" : "broken";
  if (link === undefined) {
    const says = `The ${nodeName(facts)} is offline; no client spoke for it since the hub started.`;
    return { status, since: known(since), says, todo: NO_CLIENT };
  }
  if (link.left === undefined) {
    return {
      status,
      since: link.connectedAt,
      says: `${upper(clientName(link))} is connected, but has not sent the NBIRTH of the ${nodeName(facts)}.`,
      todo: "Look at the gateway's log: it may wait for a primary host (STATE) or for its devices.",
    };
  }
  const says = `The ${nodeName(facts)} died. Its ${clientName(link)} is gone: ${endWords(link.left.end, link)}.`;
  return { status, since: known(since), says, todo: NO_CLIENT };
}

/** Nobody is left to say that it died: without a Will, or after a DISCONNECT that keeps the Will back. */
function withoutClient(facts: Facts): Found | undefined {
  const link = facts.report?.link;
  if (link?.left === undefined) return undefined;
  const will = link.hasWill ? "said no NDEATH" : "left no Will";
  return {
    status: "broken",
    since: link.left.at,
    says: `${upper(clientName(link))} is gone (${endWords(link.left.end, link)}) and ${will}, so nobody was told that the ${nodeName(facts)} died: its values look alive and are not.`,
    todo: `${NO_CLIENT} Give it a Will with NDEATH, and NDEATH before DISCONNECT.`,
  };
}

/** Its edge node lives. One that died by DDEATH is the PLC's matter. */
function ofDevice(facts: Facts, { node, device }: SessionNow): Found | undefined {
  const { deviceId } = facts;
  if (deviceId === undefined || device?.state === "online") return undefined;
  if (device?.because === "device died" && device.since >= node.bornAt) return undefined;
  const todo =
    "Look at the gateway's log for this device; it may not reach it, or not have it any more.";
  const born = `The ${nodeName(facts)} was born at ${timeOf(node.bornAt) ?? "an unknown time"}`;
  return {
    status: facts.adapter === undefined ? "broken" : "suspect",
    since: known(node.bornAt),
    says: `${born}, but the DBIRTH of its device ${deviceId} has not come since.`,
    todo,
  };
}

function sessionEvidence({ session, report, now }: Facts): readonly Evidence[] {
  const lastHeardAt = known(session?.lastHeardAt);
  const age = lastHeardAt === undefined ? undefined : now - lastHeardAt;
  return evidenceOf({
    ...linkFacts(report?.link),
    bdSeq: session?.bdSeq,
    born: timeOf(session?.node.bornAt),
    "device born": timeOf(session?.device?.bornAt),
    "last message": age === undefined ? undefined : `${timeOf(lastHeardAt)} (${spanOf(age)} ago)`,
  });
}

function known(at: number | undefined): number | undefined {
  return at === 0 ? undefined : at;
}

function upper(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
