/**
 * Puts the rooms together: who hands what to whom, in which order they start, and in which they stop.
 * Data flows one way: broker → namespace → tree → {history, feed, api}; commands come back only through `command`.
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { duplexPair, type Duplex } from "node:stream";
import type { Logger } from "@unshub/adapter";
import type { Clock } from "@unshub/sparkplug";
import { PageFiles, startApi, type Api } from "./api/index.ts";
import {
  startBroker,
  totalOf,
  type Broker,
  type ListenerAddress,
  type MqttMessage,
} from "./broker/index.ts";
import { brokerQuestions } from "./broker-questions.ts";
import { commandedMetrics, commandTopic } from "./commanded-metrics.ts";
import { mqttListeners, storageOf } from "./broker-setup.ts";
import { openCommands } from "./command-setup.ts";
import type { Commands, Replies } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import { Explainer } from "./explain/index.ts";
import { openDataDir } from "./data-dir.ts";
import { Feed } from "./feed/index.ts";
import { HistoryRoom } from "./history-setup.ts";
import type { Access, SignIn } from "./identity/index.ts";
import { openAccess, openSignIn } from "./identity-setup.ts";
import {
  type AwareServer,
  FindingsPublisher,
  type Guard,
  type GuardKeeper,
  type HubHost,
  type GuardTimes,
} from "./namespace/index.ts";
import { openAware, openGuard, openGuardKeeper, openHost } from "./namespace-setup.ts";
import { opcUaLogin } from "./opcua-login.ts";
import { startOpcUaServer, type OpcUaServer } from "./opcua-server/index.ts";
import { reloader, type ReadConfig } from "./reload.ts";
import type { Supervisor } from "./supervisor/index.ts";
import { openSupervisor } from "./supervisor-setup.ts";
import {
  openTree,
  restoreCertificates,
  SnapshotKeeper,
  type NeedsRebirth,
  type NodeSessions,
  type UnsTree,
} from "./tree/index.ts";
import { Traffic } from "./traffic.ts";
import { Uns } from "./uns/index.ts";

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
  /** The last commands, whoever gave them. */
  readonly commands: Pick<Commands, "journal">;
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
    commands: rooms.commands,
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
  readonly #history: HistoryRoom;
  readonly commands: Commands;
  readonly #feed: Feed;
  readonly #traffic: Traffic;
  readonly #access: Access;
  readonly #signIn: SignIn;
  readonly #uns: Uns;
  readonly #unsFindings: FindingsPublisher;
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
    this.guard = openGuard(
      { ...options, now },
      { sessions: () => this.#sessions, broker: () => this.#broker },
    );
    this.#findings = new FindingsPublisher({ ledger: this.guard.ledger, publish, log });
    this.#guardKeeper = openGuardKeeper({ ...options, now }, this.guard);
    this.#host = openHost({ ...options, now }, publish, (node, cause) =>
      this.#aware.mayAsk(node, cause),
    );
    const file = join(config.hub.dataDir, "tree.snapshot");
    const needsRebirth: NeedsRebirth = (node, cause) => {
      if (cause === "unknown metric or alias") this.guard.suspect(node);
      this.#host.requestRebirth(node, cause);
    };
    const { tree, sessions } = openTree({ file, log, needsRebirth });
    this.tree = tree;
    this.#sessions = sessions;
    this.#aware = openAware({ ...options, now }, this.guard, {
      tree,
      sessions,
      broker: () => this.#broker,
    });
    this.#snapshots = new SnapshotKeeper({ tree, sessions, file, log });
    const placed = (path: string): number | undefined => this.#uns.paths.find(path);
    this.#history = new HistoryRoom(config, { tree, sessions, publish, log, now, placed });
    this.#access = this.#openAccess();
    this.#signIn = openSignIn(config, this.#access, now);
    const { gate } = this.#access;
    const { commands, firewall, replies } = openCommands(config, {
      log,
      tree,
      sessions,
      now,
      publish,
      access: this.#access,
      uns: () => this.#uns,
      broker: () => this.#broker,
    });
    this.commands = commands;
    this.#traffic = new Traffic({
      gate,
      firewall,
      sessions,
      guard: this.guard,
      host: this.#host,
      aware: this.#aware,
    });
    this.#uns = this.#openUns(replies);
    this.#unsFindings = new FindingsPublisher({ ledger: this.#uns.findings, publish, log });
    this.#feed = this.#openFeed();
  }

  #openFeed(): Feed {
    const { config, log } = this.#options;
    return new Feed({
      tree: this.tree,
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
      ...brokerQuestions({
        traffic: this.#traffic,
        access: this.#access,
        uns: this.#uns,
        guard: this.guard,
        aware: this.#aware,
      }),
    });
    const [broker, tree, sessions] = [this.#broker, this.tree, this.#sessions];
    const retained = (filter: string) => broker.retained(filter);
    await restoreCertificates({ tree, sessions, log, now, retained });
    this.#snapshots.start();
    this.#history.tellAgain();
    this.#aware.live.start();
    this.#stopSweeping = this.#sweepNowAndThen();
    await this.#uns.start();
    await this.#host.comeOnline();
    const supervisor = openSupervisor(this.#options, {
      now,
      connect: () => this.#connectInProcess(),
      publish: (message) => this.#publish(message),
      onReloadAsked: () => void this.reload(),
      commands: this.commands,
    });
    this.#supervisor = supervisor;
    this.#reloading = reloader({ ...this.#options, supervisor });
    await this.#startApi(this.#broker, supervisor);
    await this.#startOpcUa();
    const { plcsReady } = this.#options;
    if (plcsReady === undefined) supervisor.start();
    else plcsReady.then(() => this.#startAdapters(), noAdapters);
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
    this.#access.noteReload();
    this.#broker?.reloadCertificates();
    this.#api?.reloadCertificate();
    await this.#reloading?.();
  }

  async #startApi(broker: Broker, adapters: Supervisor): Promise<void> {
    const { config, log } = this.#options;
    const { listeners, mqtt } = config;
    this.#api = await startApi({
      listeners,
      broker,
      durability: mqtt.durability,
      access: this.#access,
      signIn: this.#signIn,
      dataDir: config.hub.dataDir,
      auditFile: join(config.hub.dataDir, "audit.jsonl"),
      log,
      page: this.#page,
      tree: this.tree,
      commands: this.commands,
      feed: this.#feed,
      history: this.#history.open,
      guard: this.guard,
      uns: this.#uns,
      adapters,
      aware: this.#aware,
      explainer: this.#openExplainer(broker),
      now,
      isReady: () => this.#supervisor?.isStarted === true && this.#stopped === undefined,
    });
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
      commands: this.commands,
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
    await this.#uns.stop();
    this.#stopSweeping();
    if (this.#broker !== undefined) {
      await this.#findings.clear();
      await this.#unsFindings.clear();
      await this.#history.clear();
    }
    await this.#opcUa?.stop();
    await this.#api?.stop();
    await this.#broker?.stop();
    await this.#history.stop();
    this.#access.stop();
    await this.#snapshots.stop();
    await this.#guardKeeper.stop();
    this.#closeDataDir();
  }

  #openAccess(): Access {
    const { config, log } = this.#options;
    const changed = (gone: readonly string[]): void => {
      for (const clientId of gone) {
        this.#broker?.kick(clientId, { reasonCode: 0x87, because: "it may no longer come in" });
      }
      this.#broker?.permissionsChanged();
      this.#feed.reconsider();
    };
    const known = { tree: this.tree, sessions: this.#sessions };
    return openAccess(config, {
      log,
      now,
      commanded: (message) => commandedMetrics(known, message),
      changed,
      clientIds: () => this.#broker?.sessions().map(({ clientId }) => clientId) ?? [],
    });
  }

  #openUns(replies: Replies): Uns {
    const { config, log } = this.#options;
    return new Uns({
      tree: this.tree,
      sessions: this.#sessions,
      config: config.uns,
      dataDir: config.hub.dataDir,
      log,
      now,
      broker: () => this.#broker,
      found: (since) => this.guard.findings(since),
      replyTo: (message, client) => replies.to(message, client),
      write: (path, input, clientId) =>
        this.commands.write(path, input, {
          actor: this.#access.gate.actorOf(clientId),
          via: "mqtt",
          fault: () => undefined, // it was asked before
        }),
      commandFault: (clientId, metric) =>
        this.#access.gate.commandFault(clientId, commandTopic(metric), metric.name),
    });
  }

  #sweepNowAndThen(): () => void {
    const sweep = (): void => {
      this.#access.sweep();
      this.#signIn.sweep();
      this.commands.sweep();
      this.guard.sweep();
      void this.#findings.flush();
      void this.#unsFindings.flush();
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

/** Whoever handed in `plcsReady` knows that it failed. */
function noAdapters(): void {}
