/**
 * `/api/v1/nodes`: edge nodes and their devices as the hub heard them: state, counters, clock, the last day, what happened;
 * counters begin anew when somebody wants that. `/api/v1/hosts`: what host applications say of themselves.
 */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { SLOT_MS, type NodeId, type NodeSession, type NodeSessions } from "../tree/index.ts";
import {
  deviceShape,
  eventShape,
  nameOf,
  nodeShape,
  showCounters,
  showDevices,
  showEvents,
  showNode,
  type NodeLink,
  type SeesDevice,
} from "./node-json.ts";
import { problem } from "./problem.ts";
import { readsMember, readsNode, readsSubject } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count, moment, pageQuery } from "./shapes.ts";
import type { Caller } from "./who.ts";

const host = z.object({
  hostId: z.string(),
  online: z.boolean(),
  timestamp: moment.describe("When it said so, by its own clock"),
});

export interface NodeRoutes {
  readonly sessions: Pick<NodeSessions, "now" | "all" | "find" | "startOver">;
  readonly guard: {
    report(node: NodeId): { readonly link: NodeLink | undefined } | undefined;
  };
  readonly aware: { hosts(): Iterable<z.output<typeof host>> };
  readonly access: Pick<Access, "note">;
  readonly now: () => number;
}

const params = z.object({ group: z.string(), edgeNode: z.string() });

export function addNodeRoutes(routes: Routes, rooms: NodeRoutes): void {
  addList(routes, rooms);
  addNode(routes, rooms);
  addReset(routes, rooms);
  addHosts(routes, rooms);
}

function addNode(routes: Routes, rooms: NodeRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/nodes/:group/:edgeNode",
    tag: "Diagnostics",
    summary: "What an edge node and its devices did, and the last 100 events of the edge node",
    needs: "read diagnostics",
    params,
    answers: {
      200: z.looseObject({
        messages: count,
        lost: count,
        heard: count,
        events: z.array(eventShape),
        members: z.array(deviceShape),
      }),
    },
    problems: [404],
    handle: ({ params: { group, edgeNode }, caller }) => {
      const session = find(rooms, caller, { groupId: group, edgeNodeId: edgeNode });
      if (session === undefined) return unknown(group, edgeNode);
      const { bdSeq, chronicle } = session;
      const { lastHeardAt } = chronicle;
      return {
        bdSeq,
        seq: rooms.sessions.now(session)?.lastSeq,
        lastHeardAt,
        ...showCounters(session),
        events: showEvents(session, seesIn(session, caller)),
        members: showDevices(session, rooms.now(), seesIn(session, caller)),
      };
    },
  });
}

function addReset(routes: Routes, rooms: NodeRoutes): void {
  routes.add({
    method: "DELETE",
    path: "/api/v1/nodes/:group/:edgeNode/counters",
    tag: "Diagnostics",
    summary: "Counts anew what an edge node and its devices do; its life goes on, and tells of it",
    needs: "end clients",
    params,
    answers: { 200: z.object({ countedSince: moment }) },
    problems: [404],
    handle: ({ params: { group, edgeNode }, caller }) => {
      const session = find(rooms, caller, { groupId: group, edgeNodeId: edgeNode });
      if (session === undefined) return unknown(group, edgeNode);
      if (!readsMember(caller, { group, edgeNode, device: undefined }))
        return problem(403, `no grant lets you read all of ${nameOf(session)}: its counters stay`);
      const { counts } = session.chronicle;
      rooms.access.note(caller.changer, {
        action: "reset counters",
        object: nameOf(session),
        before: { ...counts },
        result: "done",
      });
      const countedSince = rooms.now();
      rooms.sessions.startOver(session, countedSince, caller.principal.id);
      return { countedSince };
    },
  });
}

function addList(routes: Routes, rooms: NodeRoutes): void {
  const { sessions, guard, now } = rooms;
  routes.add({
    method: "GET",
    path: "/api/v1/nodes",
    tag: "Diagnostics",
    summary:
      "Edge nodes that were heard, with their state, their counters, their clock and their last day",
    needs: "read diagnostics",
    query: pageQuery.extend({ after: z.string().optional().describe("`group/edge node`") }),
    answers: {
      200: z.object({ now: moment, slotMs: z.int(), nodes: z.array(nodeShape), more: z.boolean() }),
    },
    handle: ({ query: { after, limit }, caller }) => {
      const following = [...sessions.all()]
        .filter((one) => readsNode(caller, one.groupId, one.edgeNodeId))
        .map((session) => ({ name: nameOf(session), session }))
        .filter(({ name }) => after === undefined || name > after)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const nodes = following.slice(0, limit).map(({ session }) =>
        showNode(session, {
          seq: sessions.now(session)?.lastSeq,
          link: guard.report(session)?.link,
          now: now(),
          sees: seesIn(session, caller),
        }),
      );
      return { now: now(), slotMs: SLOT_MS, nodes, more: following.length > nodes.length };
    },
  });
}

/** What is retained is what edge nodes go by, also after a restart of the hub. */
function addHosts(routes: Routes, { aware }: NodeRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/hosts",
    tag: "Diagnostics",
    summary: "The retained STATE of each host application",
    needs: "read diagnostics",
    answers: { 200: z.object({ hosts: z.array(host) }) },
    handle: ({ caller }) => ({
      hosts: [...aware.hosts()]
        .filter(({ hostId }) => readsSubject(caller, { kind: "host", name: hostId }))
        .toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1)),
    }),
  });
}

/** Who may read in an edge node may not read all its devices. */
function seesIn({ groupId, edgeNodeId }: NodeId, caller: Pick<Caller, "reach">): SeesDevice {
  return (device) => readsMember(caller, { group: groupId, edgeNode: edgeNodeId, device });
}

/** What may not be read was not heard. */
function find(
  { sessions }: NodeRoutes,
  caller: Pick<Caller, "reach">,
  node: NodeId,
): NodeSession | undefined {
  const isSeen = readsNode(caller, node.groupId, node.edgeNodeId);
  return isSeen ? sessions.find(node) : undefined;
}

function unknown(group: string, edgeNode: string) {
  return problem(404, `nothing was heard of an edge node ${group}/${edgeNode}`);
}
