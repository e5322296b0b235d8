/** Opens the HTTP side with what the other rooms of the hub say. */
import { join } from "node:path";
import { startApi, type Api, type PageFiles } from "./api/index.ts";
import { openBackup } from "./backup-setup.ts";
import type { Broker } from "./broker/index.ts";
import type { Commands } from "./command/index.ts";
import type { Configuration } from "./configuration/index.ts";
import type { FindingDesk } from "./diagnostics/index.ts";
import { Explainer } from "./explain/index.ts";
import { SharedPins, type Feed } from "./feed/index.ts";
import type { LastMessages } from "./heard/index.ts";
import type { HistoryRoom } from "./history-setup.ts";
import type { HubOptions } from "./hub-options.ts";
import { openI3x } from "./i3x-setup.ts";
import type { Access, SignIn } from "./identity/index.ts";
import { withMcp } from "./mcp-setup.ts";
import type { AwareServer, Guard } from "./namespace/index.ts";
import type { ReplayRoom } from "./replay-setup.ts";
import { RetainedKeeper } from "./retained/index.ts";
import type { SinkRoom } from "./sinks-setup.ts";
import type { Supervisor } from "./supervisor/index.ts";
import { TopicTrial } from "./topic-trial.ts";
import type { Traffic } from "./traffic.ts";
import type { NodeSessions, SnapshotKeeper, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface ApiRooms {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly snapshots: SnapshotKeeper;
  readonly guard: Guard;
  readonly aware: AwareServer;
  readonly commands: Commands;
  readonly access: Access;
  readonly signIn: SignIn;
  readonly uns: Uns;
  readonly history: HistoryRoom;
  readonly replay: ReplayRoom;
  readonly sinks: SinkRoom;
  readonly desk: FindingDesk;
  readonly feed: Feed;
  readonly page: PageFiles;
  readonly traffic: Traffic;
  readonly heard: LastMessages;
  readonly broker: Broker;
  readonly supervisor: Supervisor;
  readonly configuration: Configuration;
  /** Whether everything that should run does. */
  readonly isReady: () => boolean;
  /** Milliseconds since 1970 UTC, as `now`. */
  readonly startedAt: number;
  readonly now: () => number;
}

export async function openApi({ config, log }: HubOptions, rooms: ApiRooms): Promise<Api> {
  const { history: historyRoom, snapshots, sinks: sinkRoom, replay, ...open } = rooms;
  const { broker, access, supervisor, startedAt, now } = rooms;
  const { dataDir } = config.hub;
  const history = historyRoom.open;
  const shared = { ...open, history, sinks: () => sinkRoom.open, adapters: supervisor, log };
  const reader = history?.reader;
  const i3x = await openI3x(config, { ...shared, supervisor, startedAt });
  const { models } = i3x;
  return await startApi({
    ...withMcp(config, { ...shared, replay, models, explainer: explainerOf(rooms) }),
    listeners: config.listeners,
    mqtt: config.mqtt,
    metrics: config.metrics,
    historyConfig: config.history,
    dataDir,
    auditFile: join(dataDir, "audit.jsonl"),
    backup: openBackup(config, { history: reader, snapshots, broker, access, now }),
    ...replay.forApi(broker),
    pins: new SharedPins(join(dataDir, "shared-pins.json")),
    topicTrial: new TopicTrial(config, { ...open, streams: replay.streams }),
    retained: new RetainedKeeper({ broker, dataDir, now }),
    rooms: i3x.rooms,
  });
}

function explainerOf({ supervisor, ...rooms }: ApiRooms): Explainer {
  return new Explainer({ ...rooms, adapters: () => supervisor.accounts() });
}
