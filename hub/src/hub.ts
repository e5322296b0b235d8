/**
 * Puts the rooms together: who hands what to whom, in which order they start, and in which they stop.
 * Data flows one way: broker → namespace → tree → {history, feed, api}; commands come back only through `command`.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { duplexPair, type Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";
import { clockOf, type Clock } from "@unshub/sparkplug";
import { PageFiles, startApi, type Api } from "./api/index.ts";
import {
  startBroker,
  totalOf,
  type Broker,
  type ListenerAddress,
  type MqttMessage,
  type PublishedMessage,
} from "./broker/index.ts";
import { commandedMetrics } from "./commanded-metrics.ts";
import { mqttListeners, shareStrategy, storageOf } from "./broker-setup.ts";
import { Commands } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import { Explainer } from "./explain/index.ts";
import { inDataDir, openDataDir } from "./data-dir.ts";
import { Feed } from "./feed/index.ts";
import { HistoryTopic, openHistory, type OpenHistory } from "./history-setup.ts";
import { Access } from "./identity/index.ts";
import {
  AwareServer,
  FindingsPublisher,
  Guard,
  GuardKeeper,
  HubHost,
  openStateTimeFile,
  type HubHostOptions,
  type GuardTimes,
} from "./namespace/index.ts";
import { opcUaLogin } from "./opcua-login.ts";
import { startOpcUaServer, type OpcUaServer } from "./opcua-server/index.ts";
import { reloader, type ReadConfig } from "./reload.ts";
import { Supervisor } from "./supervisor/index.ts";
import {
  openTree,
  restoreCertificates,
  SnapshotKeeper,
  type NeedsRebirth,
  type NodeSessions,
  type UnsTree,
} from "./tree/index.ts";
import { Traffic } from "./traffic.ts";

export interface HubOptions {
  readonly config: HubConfig;
  readonly log: Logger;
  /** The folder of the page's static export; it may come to be while the hub runs. */
  readonly pageFolder: string;
  /** Adapters start when it resolves; for simulated PLCs that start together with the hub. */
  readonly plcsReady?: Promise<void>;
  /** Reads the configuration again, for a reload. Left out: only certificates are read again. */
  readonly readConfig?: ReadConfig;
  /** The entry of adapter threads; tests name one with adapters of their own. */
  readonly adapterWorker?: URL;
  /** How long the guard waits for what should follow. */
  readonly guardTimes?: Partial<GuardTimes> & { readonly sweepMs?: number };
  /** The time of the hub as host application: of its STATE and its rebirth requests. */
  readonly hostClock?: Clock;
}

/** A running hub. */
export interface Hub {
  /** Where it really listens; a port of 0 in the configuration has become one that the system chose. */
  readonly addresses: readonly (
    | ListenerAddress
    | Api["addresses"][number]
    | OpcUaServer["address"]
  )[];
  readonly tree: UnsTree;
  /** Reads certificates and the configuration of the adapters again; connections stay. Resolves when it is done. */
  reload(): Promise<void>;
  /** What the guard found, and how edge nodes and hosts stand with the standard. */
  readonly guard: Pick<Guard, "findings" | "grades">;
  /** DDEATH, NDEATH, STATE offline, then everything is closed. Twice does no harm. */
  stop(): Promise<void>;
}

/**
 * Starts everything, or nothing: what had started is stopped again when a later part fails.
 * @throws {DataDirError} {BrokerError} {ApiError} each with a sentence that says what to do.
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const closeDataDir = openDataDir(options.config.hub.dataDir);
  const rooms = openRooms(options, closeDataDir);
  try {
    await rooms.start();
  } catch (error) {
    await rooms.stop();
    throw error;
  }
  return {
    addresses: rooms.addresses(),
    tree: rooms.tree,
    reload: () => rooms.reload(),
    guard: rooms.guard,
    stop: () => rooms.stop(),
  };
}

/** Lets other hubs in again when the rooms cannot be opened. */
function openRooms(options: HubOptions, closeDataDir: () => void): HubRooms {
  try {
    return new HubRooms(options, closeDataDir);
  } catch (error) {
    closeDataDir();
    throw error;
  }
}

/** How often the guard looks for what should have happened, and publishes what it found. */
const SWEEP_MS = 1000;

/** The one clock of the hub: milliseconds since 1970 UTC. */
const now = (): number => Date.now();

class HubRooms {
  readonly tree: UnsTree;
  readonly #options: HubOptions;
  readonly #closeDataDir: () => void;
  readonly #page: PageFiles;
  readonly guard: Guard;
  readonly #findings: FindingsPublisher;
  readonly #aware: AwareServer;
  readonly #guardKeeper: GuardKeeper;
  #stopSweeping: () => void = () => undefined;
  readonly #host: HubHost;
  readonly #sessions: NodeSessions;
  readonly #snapshots: SnapshotKeeper;
  readonly #history: OpenHistory | undefined;
  readonly #historyTopic: HistoryTopic;
  readonly #commands: Commands;
  readonly #feed: Feed;
  readonly #traffic: Traffic;
  readonly #access: Access;
  readonly #startedAt = now();
  #broker: Broker | undefined;
  #supervisor: Supervisor | undefined;
  #api: Api | undefined;
  #opcUa: OpcUaServer | undefined;
  #reloading: (() => Promise<void>) | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: HubOptions, closeDataDir: () => void) {
    this.#options = options;
    this.#closeDataDir = closeDataDir;
    const { config, log } = options;
    const publish = (message: MqttMessage): Promise<void> => this.#publish(message);
    this.#page = new PageFiles(options.pageFolder);
    this.guard = this.#openGuard();
    this.#findings = new FindingsPublisher({ ledger: this.guard.ledger, publish, log });
    this.#guardKeeper = openGuardKeeper(options, this.guard);
    this.#host = openHost(options, publish, (node, cause) => this.#aware.mayAsk(node, cause));
    const file = join(config.hub.dataDir, "tree.snapshot");
    const needsRebirth: NeedsRebirth = (node, cause) => {
      if (cause === "unknown metric or alias") this.guard.suspect(node);
      this.#host.requestRebirth(node, cause);
    };
    const { tree, sessions } = openTree({ file, log, needsRebirth });
    this.tree = tree;
    this.#sessions = sessions;
    this.#aware = new AwareServer({
      config: config.namespace.sparkplug,
      tree,
      sessions,
      hostId: config.hub.id,
      log,
      now,
      broker: () => this.#broker,
      hostOf: (client) => this.guard.hostOf(client),
    });
    this.#snapshots = new SnapshotKeeper({ tree, sessions, file, log });
    this.#historyTopic = new HistoryTopic(publish, log);
    const found: HistoryTopic["tell"] = (finding) => this.#historyTopic.tell(finding);
    this.#history = openHistory(config, { tree, sessions, found, log, now });
    const { guard } = this;
    const host = this.#host;
    this.#access = this.#openAccess();
    const { gate } = this.#access;
    this.#traffic = new Traffic({ gate, guard, host, sessions, aware: this.#aware });
    this.#commands = new Commands({ tree, log, now, publish, forbidden: undefined });
    this.#feed = new Feed({
      tree,
      hubId: config.hub.id,
      build: () => this.#page.build,
      epoch: randomUUID(),
      log,
      now,
      messagesIn: () => totalOf(this.#broker?.counters.received ?? [0, 0, 0]),
    });
  }

  /**
   * The broker is the MQTT server that Sparkplug asks for; births are kept by those who watch it.
   * [tck-id-conformance-mqtt-qos0] [tck-id-conformance-mqtt-qos1] [tck-id-conformance-mqtt-will-messages]
   * [tck-id-conformance-mqtt-retained] [tck-id-conformance-mqtt-aware-basic]
   */
  async start(): Promise<void> {
    const { config, log } = this.#options;
    if (config.mqtt.durability === "memory") {
      log.warn(
        { setting: "mqtt.durability" },
        "nothing is stored: sessions, queued and retained messages end with the hub",
      );
    }
    this.#guardKeeper.start(); // before anybody comes whose old faults it brings back
    this.#broker = await startBroker({
      id: config.hub.id,
      listeners: mqttListeners(config),
      log,
      limits: config.mqtt.limits,
      ...storageOf(config),
      mayConnect: (client) => this.#traffic.mayConnect(client),
      mayPublish: (client, topic) => this.#access.gate.mayPublish(client, topic),
      maySubscribe: (client, filter) => this.#access.gate.maySubscribe(client, filter),
      mayReceive: (clientId, topic) => this.#access.gate.mayReceive(clientId, topic),
      watcherOf: (topic, client) => this.#traffic.watcherOf(topic, client),
      shareStrategy,
      provided: this.#aware.live,
      connected: (client) => this.guard.connected(client),
      disconnected: (client, end) => this.guard.disconnected(client, end),
      subscribed: (client, granted) => this.guard.subscribed(client, granted),
      unsubscribed: (client, filter) => this.guard.unsubscribed(client, filter),
    });
    const [broker, tree, sessions] = [this.#broker, this.tree, this.#sessions];
    const retained = (filter: string) => broker.retained(filter);
    await restoreCertificates({ tree, sessions, log, now, retained });
    this.#snapshots.start();
    for (const finding of this.#historyFindings(0)) void this.#historyTopic.tell(finding);
    this.#aware.live.start();
    this.#stopSweeping = this.#sweepNowAndThen();
    await this.#host.comeOnline();
    const supervisor = this.#openSupervisor();
    this.#supervisor = supervisor;
    this.#reloading = reloader({ ...this.#options, supervisor });
    await this.#startApi(this.#broker, supervisor);
    await this.#startOpcUa();
    const { plcsReady } = this.#options;
    if (plcsReady === undefined) supervisor.start();
    else plcsReady.then(() => this.#startAdapters(), noAdapters);
  }

  #openSupervisor(): Supervisor {
    const { config, log, adapterWorker: workerEntry } = this.#options;
    const { id, dataDir } = config.hub;
    const connect = (): Duplex => this.#connectInProcess();
    const onReloadAsked = (): void => void this.reload();
    const options = { hubId: id, dataDir, log, now, connect, onReloadAsked, workerEntry };
    return inDataDir(dataDir, () => new Supervisor(config.adapters, options));
  }

  #startAdapters(): void {
    if (this.#stopped === undefined) this.#supervisor?.start();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  addresses(): Hub["addresses"] {
    const opcUa = this.#opcUa === undefined ? [] : [this.#opcUa.address];
    return [...(this.#broker?.addresses ?? []), ...(this.#api?.addresses ?? []), ...opcUa];
  }

  async reload(): Promise<void> {
    this.#broker?.reloadCertificates();
    await this.#reloading?.();
  }

  async #startApi(broker: Broker, adapters: Supervisor): Promise<void> {
    const { listeners, mqtt } = this.#options.config;
    this.#api = await startApi({
      listeners,
      broker,
      durability: mqtt.durability,
      access: this.#access,
      auditFile: join(this.#options.config.hub.dataDir, "audit.jsonl"),
      page: this.#page,
      tree: this.tree,
      commands: this.#commands,
      feed: this.#feed,
      history: this.#history,
      guard: this.#allFindings(),
      adapters,
      aware: this.#aware,
      explainer: this.#openExplainer(broker),
      now,
      isReady: () => this.#supervisor?.isStarted === true && this.#stopped === undefined,
    });
  }

  /** What the guard found, and what is wrong with the history. */
  #allFindings() {
    const { guard } = this;
    return {
      findings: (since = 0): readonly object[] => [
        ...guard.findings(since),
        ...this.#historyFindings(since),
      ],
      grades: (since?: number) => guard.grades(since),
    };
  }

  #historyFindings(since: number) {
    return this.#history?.history.findings(since) ?? [];
  }

  async #startOpcUa(): Promise<void> {
    const { config, log } = this.#options;
    const listener = config.listeners.opcua;
    if (listener === undefined) return;
    this.#opcUa = await startOpcUaServer({
      listener,
      hubId: config.hub.id,
      dataDir: config.hub.dataDir,
      tree: this.tree,
      commands: this.#commands,
      anonymous: config.identity.anonymous,
      authenticate: opcUaLogin(this.#access),
      log,
      now,
    });
  }

  #openExplainer(broker: Broker): Explainer {
    const { tree, guard } = this;
    return new Explainer({
      tree,
      sessions: this.#sessions,
      guard,
      broker,
      adapters: () => this.#supervisor?.accounts() ?? [],
      now,
      startedAt: this.#startedAt,
    });
  }

  async #stopInOrder(): Promise<void> {
    await this.#supervisor?.stop();
    if (this.#broker !== undefined) await this.#host.goOffline();
    this.#feed.stop();
    this.#aware.live.stop();
    this.#stopSweeping();
    if (this.#broker !== undefined) await this.#findings.clear();
    if (this.#broker !== undefined) await this.#historyTopic.clear();
    await this.#opcUa?.stop();
    await this.#api?.stop();
    await this.#broker?.stop();
    await this.#history?.history.stop();
    await this.#snapshots.stop();
    await this.#guardKeeper.stop();
    this.#closeDataDir();
  }

  #openAccess(): Access {
    const { config, log } = this.#options;
    const { dataDir } = config.hub;
    const { anonymous } = config.identity;
    const changed = (gone: readonly string[]): void => {
      for (const clientId of gone) {
        this.#broker?.kick(clientId, { reasonCode: 0x87, because: "it may no longer come in" });
      }
      this.#broker?.permissionsChanged();
    };
    const metricsOf = (message: PublishedMessage) => commandedMetrics(this.#sessions, message);
    return inDataDir(
      dataDir,
      () => new Access({ dataDir, anonymous, log, now, metricsOf, changed }),
    );
  }

  #openGuard(): Guard {
    const { config, log, guardTimes } = this.#options;
    return new Guard({
      config: config.namespace,
      hostId: config.hub.id,
      log,
      now,
      times: guardTimes,
      born: (node, deviceId, metric) => this.#sessions.born(node, deviceId, metric),
      endClient: ({ clientId }, { reasonCode, because }) =>
        queueMicrotask(() => this.#broker?.kick(clientId, { reasonCode, because })),
    });
  }

  #sweepNowAndThen(): () => void {
    const sweep = (): void => {
      this.#access.sweep();
      this.guard.sweep();
      void this.#findings.flush();
    };
    const timer = setInterval(sweep, this.#options.guardTimes?.sweepMs ?? SWEEP_MS);
    return () => clearInterval(timer);
  }

  async #publish(message: MqttMessage): Promise<void> {
    await this.#broker?.publish(message);
  }

  /** The hub's own edge nodes are clients like any other, without a socket between. */
  #connectInProcess(): Duplex {
    const [ours, brokers] = duplexPair();
    this.#broker?.attach(brokers);
    return ours;
  }
}

function openGuardKeeper({ config, log }: HubOptions, guard: Guard): GuardKeeper {
  const { ledger, standings } = guard;
  return new GuardKeeper({
    file: join(config.hub.dataDir, "guard.jsonl"),
    ledger,
    standings,
    log,
    now,
  });
}

function openHost(
  { config, log, hostClock }: HubOptions,
  publish: (message: MqttMessage) => Promise<void>,
  mayAsk: NonNullable<HubHostOptions["mayAsk"]>,
): HubHost {
  const { id, dataDir } = config.hub;
  const stateTime = inDataDir(dataDir, () => openStateTimeFile(dataDir));
  const clock = hostClock ?? { ...clockOf(globalThis), now };
  return new HubHost({ hostId: id, log, clock, random: Math.random, stateTime, publish, mayAsk });
}

/** Whoever handed in `plcsReady` knows that it failed. */
function noAdapters(): void {}
