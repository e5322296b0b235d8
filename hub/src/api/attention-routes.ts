/** `/api/v1/attention`: how much there is that somebody should look at, for the counts beside the pages of the navigation. */
import { z } from "zod";
import type { DeviceDiagnostics } from "@unshub/adapter";
import type { NodeSessions } from "../tree/index.ts";
import type { Supervisor } from "../supervisor/index.ts";
import { readsNode } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count } from "./shapes.ts";

export interface AttentionRoutes {
  readonly sessions: Pick<NodeSessions, "all">;
  readonly adapters: Pick<Supervisor, "reports">;
}

export function addAttentionRoute(routes: Routes, { sessions, adapters }: AttentionRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/attention",
    tag: "Diagnostics",
    summary: "How many edge nodes are not online, and how many devices of adapters are in trouble",
    needs: "read diagnostics",
    answers: {
      200: z.object({
        nodes: count.describe("Edge nodes that are not online"),
        devices: count.describe("Devices of the hub's own adapters that do not answer, or late"),
      }),
    },
    handle: async ({ caller }) => {
      const reports = await adapters.reports();
      const devices = reports
        .filter(({ groupId, edgeNodeId }) => readsNode(caller, groupId, edgeNodeId))
        .flatMap(({ diagnostics }) => diagnostics.devices.filter(isInTrouble));
      const away = [...sessions.all()].filter(
        ({ groupId, edgeNodeId, own }) =>
          own.state !== "online" && readsNode(caller, groupId, edgeNodeId),
      );
      return { nodes: away.length, devices: devices.length };
    },
  });
}

/** One that is being born, or was switched off, is not. */
function isInTrouble({ state }: DeviceDiagnostics): boolean {
  return state === "offline" || state === "stale" || state === "demoted";
}
