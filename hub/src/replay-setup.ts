/** Opens the rooms of replay and the black box with what the other rooms of the hub say. */
import { join } from "node:path";
import { restoredAt } from "./backup/index.ts";
import type { BlackBox } from "./blackbox/index.ts";
import { openBlackBox, savedBlackBox } from "./blackbox-setup.ts";
import type { Broker, MqttMessage } from "./broker/index.ts";
import { Sight } from "./feed/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import { mayDo, reachOf, type Access } from "./identity/index.ts";
import { PROPOSING, Republisher, ReplayProposals, Streams } from "./replay/index.ts";
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
  /** What assistants have proposed. */
  readonly proposals: ReplayProposals;
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
    const { dataDir } = config.hub;
    this.proposals = new ReplayProposals({
      republisher: this.republisher,
      file: join(dataDir, "replay-proposals.json"),
      restoredAt: restoredAt(dataDir),
      readerOf: (actor) => readerOf(actor, { access, tree }),
      withinMs: config.commands.approveWithin,
      log,
      now,
    });
  }

  /** What is asked for over HTTP. */
  forApi(broker: Pick<Broker, "sessions" | "retained">) {
    const { streams, republisher, proposals, blackBox } = this;
    return { streams, republisher, proposals, blackBox: savedBlackBox(blackBox, broker) };
  }
}

/** What somebody may read by his rights of now; `undefined`: he may not propose, is gone, or only he could prove who he is. */
function readerOf(
  actor: string,
  { access, tree }: Pick<ReplayRooms, "access" | "tree">,
): ((id: number) => boolean) | undefined {
  const principal = access.byId(actor);
  if (principal === undefined) return undefined;
  if (!mayDo(principal, "read values") || !mayDo(principal, PROPOSING)) return undefined;
  const sight = new Sight(tree, reachOf(principal));
  return (id) => sight.sees(id);
}
