/** Opens the room of replay with what the other rooms of the hub say. */
import type { Broker, MqttMessage } from "./broker/index.ts";
import { Republisher, Streams } from "./replay/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import type { Access } from "./identity/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface ReplayRooms {
  readonly history: HistoryRoom;
  readonly tree: UnsTree;
  readonly access: Access;
  readonly uns: () => Uns;
  readonly now: () => number;
}

export interface RepublishRooms extends Pick<ReplayRooms, "history" | "tree" | "uns" | "now"> {
  readonly sessions: NodeSessions;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** `undefined` before it has started. */
  readonly broker: () => Broker | undefined;
}

export function openRepublisher(
  { log }: Pick<HubOptions, "log">,
  { history, tree, uns, now, sessions, publish, broker }: RepublishRooms,
): Republisher {
  return new Republisher({
    reader: history.open?.reader,
    tree,
    plain: uns,
    publish,
    isThere: (group, edgeNode) => sessions.groups.get(group)?.has(edgeNode) === true,
    watchersChanged: () => broker()?.permissionsChanged(),
    log,
    now,
  });
}

export function openStreams(
  { config, log }: Pick<HubOptions, "config" | "log">,
  { history, tree, access: { gate }, uns, now }: ReplayRooms,
): Streams {
  return new Streams({
    open: history.open,
    tree,
    plain: uns,
    config: config.replay,
    dataDir: config.hub.dataDir,
    log,
    now,
    maySubscribe: (client, filter) => gate.maySubscribe(client, filter),
  });
}
