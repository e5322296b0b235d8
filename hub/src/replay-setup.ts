/** Opens the rooms of replay and the black box with what the other rooms of the hub say. */
import type { BlackBox } from "./blackbox/index.ts";
import { openBlackBox, savedBlackBox } from "./blackbox-setup.ts";
import type { Broker, MqttMessage } from "./broker/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import type { Access } from "./identity/index.ts";
import { Republisher, Streams } from "./replay/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface ReplayRooms {
  readonly history: HistoryRoom;
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly access: Access;
  /** Known only once all rooms are. */
  readonly uns: () => Uns;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** `undefined` before it has started. */
  readonly broker: () => Broker | undefined;
  readonly now: () => number;
}

/** All that looks back. */
export class ReplayRoom {
  readonly streams: Streams;
  readonly republisher: Republisher;
  /** `undefined`: nothing is to be recorded. */
  readonly blackBox: BlackBox | undefined;

  constructor({ config, log }: Pick<HubOptions, "config" | "log">, rooms: ReplayRooms) {
    const { history, tree, sessions, access, uns, publish, broker, now } = rooms;
    this.blackBox = openBlackBox(config, now);
    const common = { tree, plain: uns, log, now };
    this.streams = new Streams({
      ...common,
      open: history.open,
      config: config.replay,
      dataDir: config.hub.dataDir,
      maySubscribe: (client, filter) => access.gate.maySubscribe(client, filter),
    });
    this.republisher = new Republisher({
      ...common,
      reader: history.open?.reader,
      publish,
      isThere: (group, edgeNode) => sessions.groups.get(group)?.has(edgeNode) === true,
      watchersChanged: () => broker()?.permissionsChanged(),
    });
  }

  /** What is asked for over HTTP. */
  forApi(broker: Pick<Broker, "sessions" | "retained">) {
    const { streams, republisher, blackBox } = this;
    return { streams, republisher, blackBox: savedBlackBox(blackBox, broker) };
  }
}
