/** `/api/v1/nodes`: the life of one edge node since the hub started: its sequence, births, deaths, and what went wrong. */
import { z } from "zod";
import type { NodeSessions } from "../tree/index.ts";
import { problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count, moment } from "./shapes.ts";

export interface NodeRoutes {
  readonly sessions: Pick<NodeSessions, "now">;
}

const event = z.looseObject({ kind: z.string(), at: moment, what: z.string(), message: count });

export function addNodeRoutes(routes: Routes, { sessions }: NodeRoutes): void {
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
