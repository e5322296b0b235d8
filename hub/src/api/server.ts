/** The HTTP listeners of the hub: the page with all that it asks, and metrics apart, when asked for. */
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Logger } from "@unshub/adapter";
import type { Backup } from "../backup/index.ts";
import { type Broker, BrokerError, listenFault } from "../broker/index.ts";
import type { Commands } from "../command/index.ts";
import type { HttpListener, HubConfig, Listener, NamedListener } from "../config/index.ts";
import type { Configuration } from "../configuration/index.ts";
import type { FindingDesk } from "../diagnostics/index.ts";
import type { Explainer } from "../explain/index.ts";
import type { Feed, SharedPins } from "../feed/index.ts";
import type { Access, SignIn } from "../identity/index.ts";
import type { ReplayProposals, Republisher } from "../replay/index.ts";
import type { RetainedKeeper } from "../retained/index.ts";
import { ROOT, type NodeSessions, type UnsTree } from "../tree/index.ts";
import type { ProjectionFigures } from "../uns/index.ts";
import type { AboutRoutes } from "./about-routes.ts";
import type { AdapterRoutes } from "./adapter-routes.ts";
import type { AwareReports } from "./aware-routes.ts";
import type { SavedBlackBox } from "./blackbox-routes.ts";
import { ApiError } from "./errors.ts";
import type { FindingMoreRoutes } from "./finding-more-routes.ts";
import type { GuardReports } from "./guard-routes.ts";
import type { GuardRules } from "./rule-routes.ts";
import { HttpArrivals } from "./http-arrivals.ts";
import type { HistoryRoutes } from "./history-routes.ts";
import type { HttpRoom } from "./http-room.ts";
import type { HeardRoutes } from "./heard-routes.ts";
import { httpDoor, type HttpDoor } from "./http-listener.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { mainServer, newServer } from "./main-server.ts";
import type { FactRooms } from "./metric-facts.ts";
import type { NamespaceRoutes } from "./namespace-routes.ts";
import type { McpRoutes } from "./mcp-door.ts";
import { addOperations, operationsOf } from "./operations.ts";
import type { NodeRoutes } from "./node-routes.ts";
import type { PageFiles } from "./page-files.ts";
import type { ReplaySources } from "./replay-metrics.ts";
import type { SinkRoutes } from "./sink-routes.ts";
import type { SparkplugSources } from "./sparkplug-metrics.ts";
import type { TopicRuleRoutes } from "./topic-rule-routes.ts";
import type { TrialRoutes } from "./trial-routes.ts";
import type { UnsRoutes } from "./uns-routes.ts";

export interface ApiOptions extends McpRoutes {
  readonly listeners: {
    readonly http: HttpListener | undefined;
    readonly metrics: NamedListener | undefined;
    readonly opcua: Listener | undefined;
  };
  readonly dataDir: string;
  readonly broker: Broker;
  /** How many may connect, and how often; and what the MQTT server keeps. */
  readonly mqtt: Pick<HubConfig["mqtt"], "limits" | "durability">;
  readonly page: PageFiles;
  readonly tree: UnsTree;
  readonly commands: Commands;
  readonly feed: Feed;
  readonly sessions: Pick<NodeSessions, "all" | "find" | "now" | "startOver">;
  readonly traffic: { readonly passed: ReturnType<SparkplugSources["passed"]> };
  readonly history: HistoryRoutes["history"] & AboutRoutes["history"];
  readonly historyConfig: AboutRoutes["historyConfig"];
  readonly streams: ReplaySources;
  readonly republisher: Republisher;
  readonly proposals: ReplayProposals;
  readonly blackBox: SavedBlackBox | undefined;
  readonly sinks: SinkRoutes["sinks"];
  readonly heard: HeardRoutes["heard"];
  readonly pins: SharedPins;
  readonly retained: RetainedKeeper;
  readonly desk: FindingDesk;
  readonly guard: GuardReports &
    FindingMoreRoutes["guard"] &
    GuardRules &
    NodeRoutes["guard"] & {
      readonly rejected: ReturnType<SparkplugSources["rejected"]>;
    } & FactRooms["guard"];
  readonly uns: UnsRoutes["uns"] &
    NamespaceRoutes["uns"] &
    FactRooms["uns"] & {
      readonly figures: ProjectionFigures | undefined;
    };
  readonly metrics: Pick<SparkplugSources, "maxNodes"> & { readonly values: readonly string[] };
  readonly topicTrial: TopicRuleRoutes["topicTrial"];
  readonly adapters: AdapterRoutes["adapters"] & TrialRoutes["adapters"];
  readonly aware: AwareReports;
  readonly explainer: Explainer;
  readonly access: Access;
  readonly signIn: SignIn;
  readonly auditFile: string;
  readonly backup: Backup;
  readonly configuration: Configuration;
  /** With routes of their own. */
  readonly rooms: readonly HttpRoom[];
  readonly log: Logger;
  readonly now: () => number;
  /** Whether everything that should run does. */
  readonly isReady: () => boolean;
}

interface ApiAddress {
  readonly kind: "http" | "metrics";
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Api {
  readonly addresses: readonly ApiAddress[];
  /** Reads the certificate of the HTTP listener again; connections stay. */
  reloadCertificate(): void;
  stop(): Promise<void>;
}

type Place = Listener & Pick<ApiAddress, "kind" | "isTls">;

/** @throws {ApiError} when a port cannot be opened or a certificate not be used; what was open is closed again. */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { http, metrics } = options.listeners;
  const arrivals = new HttpArrivals(options.mqtt.limits, options.log);
  const parts = { log: options.log, arrivals };
  const door = await openDoor(http, parts);
  const loop = watchLoopDelay();
  const operations = operationsOf({
    broker: options.broker,
    httpCertificateEnds: door.validTo,
    httpTurnedAway: () => arrivals.turnedAway,
    durability: options.mqtt.durability,
    loop,
    history: () => options.history?.history.state(),
    sinks: () => options.sinks()?.states() ?? [],
    adapters: options.adapters,
    isStarted: options.isReady,
    sparkplug: sparkplugSources(options),
    projection: () => options.uns.figures,
    values: { tree: options.tree, paths: options.uns.paths, filters: options.metrics.values },
    replay: options.streams,
    blackBox: options.blackBox,
    attempts: options.access.attempts,
    rooms: options.rooms,
  });
  const servers: FastifyInstance[] = [];
  const stop = async (): Promise<void> => {
    loop.stop();
    arrivals.stop();
    door.close();
    await Promise.all(servers.map((server) => server.close()));
  };
  const open = async (server: FastifyInstance, place: Place): Promise<ApiAddress> => {
    await listen(server, place);
    servers.push(server);
    const { kind, host, isTls } = place;
    return { kind, host, isTls, port: boundPort(server, place.port) };
  };
  const addresses: ApiAddress[] = [];
  try {
    if (http !== undefined) {
      const server = mainServer(http, door, options, operations);
      addresses.push(await open(server, { ...http, kind: "http", isTls: door.isTls }));
    }
    if (metrics !== undefined) {
      const plain = await httpDoor({ tls: undefined }, parts);
      const names = [...(http?.names ?? []), ...metrics.names];
      const server = newServer({ ...metrics, names, origins: [] }, plain, options);
      addOperations(server, operations, "anyone");
      addresses.push(await open(server, { ...metrics, kind: "metrics", isTls: false }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, stop, reloadCertificate: () => door.reloadCertificate() };
}

function sparkplugSources(options: ApiOptions): SparkplugSources {
  const { traffic, guard, sessions, aware, tree, metrics } = options;
  return {
    maxNodes: metrics.maxNodes,
    passed: () => traffic.passed,
    rejected: () => guard.rejected,
    nodes: () => sessions.all(),
    rebirths: () => aware.rebirths(),
    counts: () => tree.rows.counts(ROOT),
  };
}

async function openDoor(
  listener: HttpListener | undefined,
  parts: Parameters<typeof httpDoor>[1],
): Promise<HttpDoor> {
  try {
    return await httpDoor({ tls: listener?.tls }, parts);
  } catch (cause) {
    if (!(cause instanceof BrokerError)) throw cause;
    throw new ApiError(cause.code, cause.message, { cause });
  }
}

async function listen(server: FastifyInstance, { kind, host, port }: Place): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const attempt = { what: SPOKEN[kind], key: `listeners.${kind}`, host, port };
    const { code, message } = listenFault(cause, attempt);
    throw new ApiError(code, message, { cause });
  }
}

const SPOKEN = { http: "HTTP", metrics: "Metrics" } as const;

function boundPort(server: FastifyInstance, asked: number): number {
  const address: AddressInfo | string | null = server.server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}
