/** Everything that the rooms of the hub know about one path, gathered in one moment. */
import type { Broker, ClientSession } from "../broker/index.ts";
import type { Guard, NodeReport } from "../namespace/index.ts";
import type { AdapterAccount, DeviceAccount } from "../supervisor/index.ts";
import type {
  Counts,
  MemberNow,
  MetricNow,
  NodeSessions,
  SessionNow,
  UnsTree,
} from "../tree/index.ts";
import type { SubjectKind } from "./hop.ts";

/** Where facts come from. */
export interface ExplainRooms {
  readonly tree: UnsTree;
  readonly sessions: Pick<NodeSessions, "now" | "heir">;
  readonly guard: Pick<Guard, "report">;
  readonly broker: Pick<Broker, "sessions" | "counters" | "storeState">;
  adapters(): readonly AdapterAccount[];
  now(): number;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
}

export interface Facts {
  readonly kind: SubjectKind;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** Of a device and what stands below it. */
  readonly deviceId: string | undefined;
  readonly metric: MetricNow | undefined;
  /** Whether the last birth of its member names the metric. */
  readonly isBorn: boolean;
  /** The metric of its member that has its alias now. */
  readonly heir: string | undefined;
  /** When it last came with a value of the past; 0: never since the hub started. */
  readonly historicalAt: number;
  readonly counts: Counts;
  readonly session: SessionNow | undefined;
  /** The device, or the edge node when the path is of the node itself. */
  readonly member: MemberNow | undefined;
  readonly report: NodeReport | undefined;
  readonly adapter: AdapterAccount | undefined;
  readonly device: DeviceAccount | undefined;
  readonly clients: readonly ClientSession[];
  /** The client that speaks for the edge node, or did last, if its session is there. */
  readonly client: ClientSession | undefined;
  readonly store: Broker["storeState"];
  readonly now: number;
  readonly startedAt: number;
}

/** `undefined` for groups and what is not there. */
export function factsOf(rooms: ExplainRooms, row: number): Facts | undefined {
  const { tree } = rooms;
  const place = placeOf(tree, row);
  if (place === undefined) return undefined;
  const { deviceId } = place;
  const session = rooms.sessions.now(place, deviceId);
  const report = rooms.guard.report(place);
  const adapter = rooms
    .adapters()
    .find((each) => each.groupId === place.groupId && each.edgeNodeId === place.edgeNodeId);
  const clients = rooms.broker.sessions();
  return {
    ...place,
    ...metricFacts(rooms, row),
    counts: tree.rows.counts(row),
    session,
    member: deviceId === undefined ? session?.node : session?.device,
    report,
    adapter,
    device: adapter?.devices.find((each) => each.deviceId === deviceId),
    clients,
    client: clients.find(({ clientId }) => clientId === report?.link?.clientId),
    store: rooms.broker.storeState,
    now: rooms.now(),
    startedAt: rooms.startedAt,
  };
}

type Place = Pick<Facts, "kind" | "groupId" | "edgeNodeId" | "deviceId">;

function placeOf({ rows }: UnsTree, row: number): Place | undefined {
  const lineage = rows.lineage(row);
  const [groupId, edgeNodeId, third] = lineage.map((each) => rows.name(each));
  const kind = rows.kind(row);
  if (kind === "group" || groupId === undefined || edgeNodeId === undefined) return undefined;
  const [, , thirdRow] = lineage;
  const isOfDevice = thirdRow !== undefined && rows.kind(thirdRow) === "device";
  return { kind, groupId, edgeNodeId, deviceId: isOfDevice ? third : undefined };
}

function metricFacts(
  { tree, sessions }: ExplainRooms,
  row: number,
): Pick<Facts, "metric" | "isBorn" | "heir" | "historicalAt"> {
  const metric = tree.metric(row);
  const isBorn = tree.definitions.isBorn(row);
  const heir = metric === undefined || isBorn ? undefined : sessions.heir(metric.info);
  return { metric, isBorn, heir, historicalAt: tree.historical.of(row) };
}
