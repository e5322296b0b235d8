/** Opens the room of i3X with what the other rooms of the hub say; where it is not wanted it is not even loaded. */
import type { HttpRoom } from "./api/index.ts";
import type { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { Access } from "./identity/index.ts";
import type { AwareServer } from "./namespace/index.ts";
import type { Supervisor } from "./supervisor/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";
import { hubVersion } from "./version.ts";

export interface I3xRooms {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly uns: Uns;
  readonly commands: Commands;
  /** `undefined`: nothing is recorded. */
  readonly history: HistoryRoom["open"];
  readonly aware: AwareServer;
  readonly access: Access;
  readonly supervisor: Pick<Supervisor, "accounts">;
  readonly startedAt: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export async function openI3x(
  config: HubConfig,
  { uns, aware, supervisor, ...rooms }: I3xRooms,
): Promise<readonly HttpRoom[]> {
  const { http, metrics } = config.listeners; // at both is told how often it is asked
  if (!config.i3x.enabled || (http === undefined && metrics === undefined)) return [];
  const { I3xRoom } = await import("./i3x/index.ts");
  const room = new I3xRoom({
    ...rooms,
    config: config.i3x,
    hubId: config.hub.id,
    version: hubVersion(),
    paths: uns.paths,
    levels: uns.levels,
    adapters: () =>
      supervisor.accounts().map(({ adapter: name, protocol, groupId, edgeNodeId }) => {
        return { name, protocol, groupId, edgeNodeId };
      }),
    rebirthsOf: ({ groupId, edgeNodeId }) =>
      aware.rebirths().byNode.get(`${groupId}/${edgeNodeId}`)?.passed ?? 0,
  });
  return [room];
}
