/** What the hub tells of an edge node and of its devices: counters, clock, the last messages and the last day. */
import { z } from "zod";
import { endWords, type ConnectionEnd } from "../broker/index.ts";
import { CONTROL_EVENTS, type Member, type NodeId, type NodeSession } from "../tree/index.ts";
import { count, moment } from "./shapes.ts";

/** The connection that speaks for an edge node, or did last; times are milliseconds since 1970 UTC. */
export interface NodeLink {
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly left: { readonly at: number; readonly end: ConnectionEnd } | undefined;
  readonly before: { readonly at: number; readonly end: ConnectionEnd } | undefined;
}

/** So many of the last messages are told of. */
const RECENT = 256;

const clock = z
  .object({
    aheadMs: z.int().describe("Of the hub's clock, by its quickest message; below zero: behind"),
    delayMs: z.int().describe("How much later than the quickest its messages come, on average"),
  })
  .nullable();
const slots = z
  .array(z.int().min(0).max(7))
  .describe("Quarters of an hour, the oldest first: 1 online, 2 offline, 4 trouble, or their sum");
const state = z.enum(["online", "offline", "last-known"]);
const perSecond = z.number().min(0).describe("Messages a second in about the last ten seconds");

/** What is counted begins anew when somebody resets it. */
const counters = {
  heard: count.describe("Messages since the hub started, whatever was reset"),
  messages: count,
  births: count.describe("Of the edge node and of its devices"),
  lost: count,
  rebirths: count.describe("Requests for its births that went to it"),
  countedSince: moment.describe(
    "When the counters were reset; 0: they count since the hub started",
  ),
  own: z.object({ births: count, deaths: count }).describe("NBIRTH and NDEATH"),
  lastRebirth: z
    .object({ at: moment, by: z.string().nullable(), cause: z.string().nullable() })
    .nullable()
    .describe("`by`: null for this hub; `cause`: as far as it is known"),
};

export const nodeShape = z.object({
  group: z.string(),
  edgeNode: z.string(),
  state,
  since: moment.describe("When its state changed; 0: before the hub started"),
  ...counters,
  perSecond,
  lastHeardAt: moment,
  bdSeq: z.int().nullable(),
  seq: z.int().nullable(),
  recent: z
    .array(z.object({ message: count, kind: z.string() }))
    .describe(
      `Of its last ${RECENT} messages those that were no data in order; \`heard\`: the last`,
    ),
  devices: z.object({ online: count, all: count }),
  clock,
  day: slots,
  lastEnd: z
    .object({ at: moment, clientId: z.string(), because: z.string() })
    .nullable()
    .describe("How the last connection that ended did so"),
});

export const deviceShape = z.object({
  device: z.string(),
  state,
  since: moment,
  because: z.string().nullable().describe("Why it is offline"),
  metrics: count.describe("That its last birth named"),
  messages: count,
  births: count,
  deaths: count,
  perSecond,
  lastHeardAt: moment,
});

export const eventShape = z.looseObject({
  kind: z.string(),
  at: moment,
  what: z.string(),
  device: z.string().nullable(),
  message: count.describe("How many had come, this one included, since the hub started"),
  count,
});

/** Which devices somebody may read: of the others nothing is told. */
export type SeesDevice = (device: string) => boolean;

interface Around {
  /** Of the last message. */
  readonly seq: number | undefined;
  readonly link: NodeLink | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
  readonly sees: SeesDevice;
}

export function showNode(session: NodeSession, around: Around): z.output<typeof nodeShape> {
  const { groupId, edgeNodeId, chronicle, bdSeq = null, own } = session;
  const states = seenDevices(session, around.sees).map(([, device]) => device.state);
  return {
    group: groupId,
    edgeNode: edgeNodeId,
    state: own.state,
    since: own.since,
    ...showCounters(session),
    perSecond: rounded(chronicle.rate.perSecond(around.now)),
    lastHeardAt: chronicle.lastHeardAt,
    bdSeq,
    seq: around.seq ?? null,
    recent: recentOf(session, around.sees),
    devices: { online: states.filter((one) => one === "online").length, all: states.length },
    clock: chronicle.clock.now ?? null,
    day: [...chronicle.day.slots(around.now)],
    lastEnd: lastEnd(around.link),
  };
}

export function showCounters({ chronicle, own }: NodeSession) {
  const { lastRebirth, countedSince, counts } = chronicle;
  const { births, deaths } = own.tally;
  return {
    heard: chronicle.messages,
    ...counts,
    countedSince,
    own: { births, deaths },
    lastRebirth: lastRebirth
      ? { at: lastRebirth.at, by: lastRebirth.by ?? null, cause: lastRebirth.cause ?? null }
      : null,
  };
}

function showDevice(
  device: string,
  { state: is, since, because, ids, tally }: Member,
  now: number,
): z.output<typeof deviceShape> {
  const { messages, births, deaths, lastAt: lastHeardAt, rate } = tally;
  return {
    device,
    state: is,
    since,
    because: is === "offline" ? (because ?? null) : null,
    metrics: ids.length,
    messages,
    births,
    deaths,
    lastHeardAt,
    perSecond: rounded(rate.perSecond(now)),
  };
}

/** In the order of their names. */
export function showDevices(
  session: NodeSession,
  now: number,
  sees: SeesDevice,
): z.output<typeof deviceShape>[] {
  return seenDevices(session, sees)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, member]) => showDevice(device, member, now));
}

export function showEvents(session: NodeSession, sees: SeesDevice): z.output<typeof eventShape>[] {
  return seenEvents(session, sees).map(({ deviceId, ...one }) => ({
    ...one,
    device: deviceId ?? null,
  }));
}

function seenDevices(
  { devices }: NodeSession,
  sees: SeesDevice,
): readonly (readonly [device: string, member: Member])[] {
  return [...devices].filter(([device]) => sees(device));
}

function seenEvents(
  { chronicle }: NodeSession,
  sees: SeesDevice,
): NodeSession["chronicle"]["events"] {
  return chronicle.events.filter(({ deviceId }) => deviceId === undefined || sees(deviceId));
}

/** What people did is not among the messages of the edge node. */
function recentOf(session: NodeSession, sees: SeesDevice): z.output<typeof nodeShape>["recent"] {
  const { messages } = session.chronicle;
  return seenEvents(session, sees)
    .filter(({ kind, message }) => messages - message < RECENT && !CONTROL_EVENTS.has(kind))
    .map(({ kind, message }) => ({ message, kind }));
}

function lastEnd(link: NodeLink | undefined): z.output<typeof nodeShape>["lastEnd"] {
  const ended = link?.left ?? link?.before;
  if (link === undefined || ended === undefined) return null;
  const { at, end } = ended;
  return { at, clientId: link.clientId, because: endWords(end, link.keepAliveSeconds) };
}

function rounded(rate: number): number {
  return Math.round(rate * 10) / 10;
}

export function nameOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`;
}
