/** Opens the room of i3X with what the other rooms of the hub say; where it is not wanted it is not even loaded. */
import type { HttpRoom } from "./api/index.ts";
import type { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import { TagAddresses, type Configuration } from "./configuration/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { I3xRoom } from "./i3x/index.ts";
import type { Access } from "./identity/index.ts";
import type { AwareServer } from "./namespace/index.ts";
import type { Supervisor } from "./supervisor/index.ts";
import { joinPath, type NodeSessions, type UnsTree } from "./tree/index.ts";
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
  readonly configuration: Pick<Configuration, "adapters">;
  readonly startedAt: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface OpenI3x {
  /** With routes, where the configuration opens them. */
  readonly rooms: readonly HttpRoom[];
  /** The types of i3X, which assistants are told, too; `undefined`: nobody can ask. */
  readonly models: Pick<I3xRoom, "modelOf" | "modelIdOf" | "typeAt"> | undefined;
}

export async function openI3x(
  config: HubConfig,
  { uns, aware, supervisor, configuration, ...rooms }: I3xRooms,
): Promise<OpenI3x> {
  const { http, metrics } = config.listeners; // at both is told how often it is asked
  const isServed = http !== undefined || metrics !== undefined;
  const isWanted = config.i3x.enabled || config.mcp.enabled;
  if (!isServed || !isWanted) return { rooms: [], models: undefined };
  const { I3xRoom: Room } = await import("./i3x/index.ts");
  const room = new Room({
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
    addresses: new TagAddresses({
      entries: () => configuration.adapters,
      isLarge: ({ groupId, edgeNodeId }) => isLarge(rooms.tree, [groupId, edgeNodeId]),
    }),
    rebirthsOf: ({ groupId, edgeNodeId }) =>
      aware.rebirths().byNode.get(`${groupId}/${edgeNodeId}`)?.passed ?? 0,
  });
  return { rooms: config.i3x.enabled ? [room] : [], models: room };
}

/** Adapters with fewer metrics are read at once. */
const FEW_METRICS = 2000;

/** Also one that was not born yet. */
function isLarge(tree: UnsTree, edgeNode: readonly string[]): boolean {
  const row = tree.find(joinPath(edgeNode));
  return row === undefined || tree.rows.counts(row).metrics > FEW_METRICS;
}
