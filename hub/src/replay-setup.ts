/** Opens the room of replay with what the other rooms of the hub say. */
import { Streams } from "./replay/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import type { Access } from "./identity/index.ts";
import type { UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface ReplayRooms {
  readonly history: HistoryRoom;
  readonly tree: UnsTree;
  readonly access: Access;
  readonly uns: () => Uns;
  readonly now: () => number;
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
