/** Starts the hub as an OPC UA server, where the configuration asks for it. */
import type { Commands } from "./command/index.ts";
import type { HubOptions } from "./hub-options.ts";
import type { Access } from "./identity/index.ts";
import { opcUaLogin } from "./opcua-login.ts";
import { startOpcUaServer, type OpcUaServer } from "./opcua-server/index.ts";
import type { UnsTree } from "./tree/index.ts";

export interface OpcUaRooms {
  readonly tree: UnsTree;
  readonly commands: Commands;
  readonly access: Access;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** `undefined`: nobody asks for it. */
export async function openOpcUaServer(
  { config, log }: HubOptions,
  { tree, commands, access, now }: OpcUaRooms,
): Promise<OpcUaServer | undefined> {
  const listener = config.listeners.opcua;
  if (listener === undefined) return undefined;
  return await startOpcUaServer({
    listener,
    hubId: config.hub.id,
    dataDir: config.hub.dataDir,
    tree,
    commands,
    anonymous: config.identity.anonymous,
    authenticate: opcUaLogin(access, tree),
    log,
    now,
  });
}
