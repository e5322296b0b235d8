/** `/api/v1/nodes`: edge nodes since the hub started: sequence, births, deaths, what went wrong, clock, the last day. */
import { z } from "zod";
import { endWords, type ConnectionEnd } from "../broker/index.ts";
import { SLOT_MS, type NodeId, type NodeSession, type NodeSessions } from "../tree/index.ts";
import { problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count, moment, pageQuery } from "./shapes.ts";

/** The connection that speaks for an edge node, or did last; times are milliseconds since 1970 UTC. */
interface NodeLink {
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly left: { readonly at: number; readonly end: ConnectionEnd } | undefined;
  readonly before: { readonly at: number; readonly end: ConnectionEnd } | undefined;
}

export interface NodeRoutes {
  readonly sessions: Pick<NodeSessions, "now" | "all">;
  readonly guard: {
    report(node: NodeId): { readonly link: NodeLink | undefined } | undefined;
  };
  readonly now: () => number;
}

const event = z.looseObject({ kind: z.string(), at: moment, what: z.string(), message: count });
const clock = z
  .object({
    aheadMs: z.int().describe("Of the hub's clock, by its quickest message; below zero: behind"),
    delayMs: z.int().describe("How much later than the quickest its messages come, on average"),
  })
  .nullable();
const slots = z
  .array(z.int().min(0).max(7))
  .describe("Quarters of an hour, the oldest first: 1 online, 2 offline, 4 trouble, or their sum");
const node = z.object({
  group: z.string(),
  edgeNode: z.string(),
  messages: count,
  births: count,
  lost: count,
  lastHeardAt: moment,
  bdSeq: z.int().nullable(),
  seq: z.int().nullable(),
  devices: z.object({ online: count, all: count }),
  clock,
  day: slots,
  lastEnd: z
    .object({ at: moment, clientId: z.string(), because: z.string() })
    .nullable()
    .describe("How the last connection that ended did so"),
});

export function addNodeRoutes(routes: Routes, rooms: NodeRoutes): void {
  addList(routes, rooms);
  const { sessions } = rooms;
  routes.add({
    method: "GET",
    path: "/api/v1/nodes/:group/:edgeNode",
    tag: "Diagnostics",
    summary:
      "What an edge node did since the hub started: messages, births, deaths, gaps, the last 100 events",
    needs: "read diagnostics",
    params: z.object({ group: z.string(), edgeNode: z.string() }),
    answers: { 200: z.looseObject({ messages: count, lost: count, events: z.array(event) }) },
    problems: [404],
    handle: ({ params: { group, edgeNode }, caller }) => {
      const now = sessions.now({ groupId: group, edgeNodeId: edgeNode });
      if (now === undefined || !readsNode(caller, group, edgeNode))
        return problem(404, `nothing was heard of an edge node ${group}/${edgeNode}`);
      const { bdSeq, lastSeq, lastHeardAt, messages, births, lost, events } = now;
      const told = events.map(({ deviceId, ...one }) => ({ ...one, device: deviceId ?? null }));
      return { bdSeq, seq: lastSeq, lastHeardAt, messages, births, lost, events: told };
    },
  });
}

function addList(routes: Routes, rooms: NodeRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/nodes",
    tag: "Diagnostics",
    summary: "Edge nodes that were heard, with their counters, their clock and their last day",
    needs: "read diagnostics",
    query: pageQuery.extend({ after: z.string().optional().describe("`group/edge node`") }),
    answers: {
      200: z.object({ now: moment, slotMs: z.int(), nodes: z.array(node), more: z.boolean() }),
    },
    handle: ({ query: { after, limit }, caller }) => {
      const following = [...rooms.sessions.all()]
        .filter((one) => readsNode(caller, one.groupId, one.edgeNodeId))
        .map((session) => ({ name: nameOf(session), session }))
        .filter(({ name }) => after === undefined || name > after)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const nodes = following.slice(0, limit).map(({ session }) => shown(session, rooms));
      const more = following.length > nodes.length;
      return { now: rooms.now(), slotMs: SLOT_MS, nodes, more };
    },
  });
}

function nameOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`;
}

function shown(session: NodeSession, { guard, sessions, now }: NodeRoutes): z.output<typeof node> {
  const { groupId, edgeNodeId, chronicle, bdSeq = null, devices } = session;
  const { messages, births, lost, lastHeardAt } = chronicle;
  const states = [...devices.values()].map(({ state }) => state);
  return {
    group: groupId,
    edgeNode: edgeNodeId,
    messages,
    births,
    lost,
    lastHeardAt,
    bdSeq,
    seq: sessions.now(session)?.lastSeq ?? null,
    devices: { online: states.filter((state) => state === "online").length, all: states.length },
    clock: chronicle.clock.now ?? null,
    day: [...chronicle.day.slots(now())],
    lastEnd: lastEnd(session, guard),
  };
}

function lastEnd(session: NodeId, guard: NodeRoutes["guard"]): z.output<typeof node>["lastEnd"] {
  const link = guard.report(session)?.link;
  const ended = link?.left ?? link?.before;
  if (link === undefined || ended === undefined) return null;
  const { at, end } = ended;
  return { at, clientId: link.clientId, because: endWords(end, link.keepAliveSeconds) };
}
