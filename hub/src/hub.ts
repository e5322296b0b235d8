/**
 * Puts the rooms together: who hands what to whom, in which order they start, and in which they stop.
 * Data flows one way: broker → namespace → tree → {history, feed, api}; commands come back only through `command`.
 */
import { join } from "node:path";
import { duplexPair, type Duplex } from "node:stream";
import { openApi, type ApiRooms } from "./api-setup.ts";
import { PageFiles, type Api } from "./api/index.ts";
import { startBroker, type Broker, type MqttMessage } from "./broker/index.ts";
import { brokerQuestions } from "./broker-questions.ts";
import { commandedMetrics } from "./commanded-metrics.ts";
import { brokerSettings } from "./broker-setup.ts";
import { openCommands } from "./command-setup.ts";
import type { Commands } from "./command/index.ts";
import { openConfiguration } from "./configuration-setup.ts";
import { openDataDir } from "./data-dir.ts";
import { DiagnosticsRoom } from "./diagnostics-setup.ts";
import type { Feed } from "./feed/index.ts";
import { openFeed } from "./feed-setup.ts";
import { LastMessages } from "./heard/index.ts";
import { HistoryRoom } from "./history-setup.ts";
import type { Access, SignIn } from "./identity/index.ts";
import { openAccess, openSignIn } from "./identity-setup.ts";
import {
  type AwareServer,
  FindingsPublisher,
  type Guard,
  type GuardKeeper,
  type HubHost,
} from "./namespace/index.ts";
import { openAware, openGuard, openGuardKeeper, openHost } from "./namespace-setup.ts";
import { openOpcUaServer } from "./opcua-server-setup.ts";
import type { OpcUaServer } from "./opcua-server/index.ts";
import type { Hub, HubOptions } from "./hub-options.ts";
import { reloader } from "./reload.ts";
import { ReplayRoom } from "./replay-setup.ts";
import type { Supervisor } from "./supervisor/index.ts";
import { SinkRoom } from "./sinks-setup.ts";
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
import type { Uns } from "./uns/index.ts";
import { openUns } from "./uns-setup.ts";

export type { Hub, HubOptions } from "./hub-options.ts";

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
  readonly #replay: ReplayRoom;
  readonly #sinks: SinkRoom;
  readonly #diagnostics: DiagnosticsRoom;
  readonly commands: Commands;
  readonly #feed: Feed;
  readonly #traffic: Traffic;
  readonly #heard = new LastMessages();
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
    const broker = (): Broker | undefined => this.#broker;
    this.#page = new PageFiles(options.pageFolder);
    this.guard = openGuard({ ...options, now }, { sessions: () => this.#sessions, broker });
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
      broker,
    });
    this.#snapshots = new SnapshotKeeper({ tree, sessions, file, log });
    const placed = (path: string): number | undefined => this.#uns.paths.find(path);
    this.#history = new HistoryRoom(config, { tree, sessions, publish, log, now, placed });
    this.#access = this.#openAccess();
    this.#signIn = openSignIn(config, { access: this.#access, now, log });
    const { gate } = this.#access;
    const rooms = { tree, sessions, now, access: this.#access, broker };
    const ahead = { log, publish, uns: () => this.#uns };
    this.#replay = new ReplayRoom(options, { ...rooms, ...ahead, history: this.#history });
    const { commands, firewall, replies } = openCommands(config, { ...rooms, ...ahead });
    this.commands = commands;
    this.#traffic = new Traffic({
      gate,
      firewall,
      sessions,
      guard: this.guard,
      host: this.#host,
      aware: this.#aware,
      heard: this.#heard,
    });
    this.#uns = openUns(options, { ...rooms, guard: this.guard, commands, replies });
    this.#unsFindings = new FindingsPublisher({ ledger: this.#uns.findings, publish, log });
    const told = {
      history: this.#history,
      streams: this.#replay.streams,
      host: this.#host,
      commands,
    };
    this.#sinks = new SinkRoom(options, { ...rooms, ...ahead, ...told });
    this.#diagnostics = this.#openDiagnostics();
    this.#feed = openFeed(options, { tree, page: this.#page, now, broker });
  }

  #openDiagnostics(): DiagnosticsRoom {
    return new DiagnosticsRoom(this.#options, {
      now,
      publish: (message) => this.#publish(message),
      guard: this.guard,
      uns: this.#uns,
      history: this.#history,
      sinks: this.#sinks,
      sessions: this.#sessions,
      broker: () => this.#broker,
      supervisor: () => this.#supervisor,
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
      ...brokerSettings(config),
      log,
      tap: this.#replay.blackBox,
      ...brokerQuestions({
        traffic: this.#traffic,
        access: this.#access,
        uns: this.#uns,
        guard: this.guard,
        aware: this.#aware,
        replay: this.#replay,
        diagnostics: this.#diagnostics,
      }),
    });
    const [broker, tree, sessions] = [this.#broker, this.tree, this.#sessions];
    const retained = (filter: string) => broker.retained(filter);
    await restoreCertificates({ tree, sessions, log, now, retained });
    this.#snapshots.start();
    this.#history.startTelling();
    this.#aware.live.start();
    this.#stopSweeping = this.#sweepNowAndThen();
    await this.#uns.start();
    await this.#sinks.start();
    await this.#host.comeOnline();
    const supervisor = openSupervisor(this.#options, {
      now,
      connect: () => this.#connectInProcess(),
      publish: (message) => this.#publish(message),
      onReloadAsked: () => void this.reload(),
      commands: this.commands,
      sessions,
    });
    this.#supervisor = supervisor;
    const more = { supervisor, broker, now, tree, uns: this.#uns };
    const configuration = openConfiguration(this.#options, more);
    this.#reloading = reloader({ ...this.#options, supervisor: configuration });
    await this.#openDoors({ supervisor, broker, configuration });
    const { plcsReady } = this.#options;
    if (plcsReady === undefined) supervisor.start();
    // Whoever handed it in knows that it failed.
    else
      plcsReady.then(
        () => this.#startAdapters(),
        () => undefined,
      );
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
    if (!this.#access.noteReload()) return;
    this.#broker?.reloadCertificates();
    this.#api?.reloadCertificate();
    await this.#reloading?.();
  }

  /** For people and programs that do not speak MQTT: HTTP, and OPC UA. */
  async #openDoors(
    started: Pick<ApiRooms, "supervisor" | "broker" | "configuration">,
  ): Promise<void> {
    const { tree, guard, commands } = this;
    const access = this.#access;
    this.#api = await openApi(this.#options, {
      ...started,
      tree,
      guard,
      commands,
      access,
      sessions: this.#sessions,
      snapshots: this.#snapshots,
      aware: this.#aware,
      signIn: this.#signIn,
      uns: this.#uns,
      history: this.#history,
      replay: this.#replay,
      desk: this.#diagnostics.desk,
      sinks: this.#sinks,
      feed: this.#feed,
      page: this.#page,
      traffic: this.#traffic,
      heard: this.#heard,
      isReady: () => this.#supervisor?.isStarted === true && this.#stopped === undefined,
      startedAt: this.#startedAt,
      now,
    });
    this.#opcUa = await openOpcUaServer(this.#options, { tree, commands, access, now });
  }

  async #stopInOrder(): Promise<void> {
    await this.#supervisor?.stop();
    if (this.#broker !== undefined) await this.#host.goOffline();
    this.#feed.stop();
    await this.#replay.republisher.stopAll();
    this.#aware.live.stop();
    await this.#uns.stop();
    this.#stopSweeping();
    await this.#sinks.stop();
    if (this.#broker !== undefined) {
      await this.#findings.clear();
      await this.#unsFindings.clear();
      await this.#history.clear();
      await this.#diagnostics.clear();
    }
    await this.#opcUa?.stop();
    await this.#api?.stop();
    await this.#broker?.stop();
    await this.#replay.streams.stop();
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
      this.#opcUa?.reconsider();
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

  #sweepNowAndThen(): () => void {
    const sweep = (): void => {
      this.#access.sweep();
      this.#opcUa?.reconsider(); // tokens end with time
      this.#signIn.sweep();
      this.commands.sweep();
      this.guard.sweep();
      void this.#findings.flush();
      void this.#unsFindings.flush();
      this.#diagnostics.sweep();
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
