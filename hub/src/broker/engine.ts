/**
 * The MQTT engine: its parts put together, what others ask of it, and the pulse that lets time pass.
 * A frame goes connection → serving → intake → deliverer → sessions → connections; nothing here is done per message.
 */
import type { Duplex } from "node:stream";
import { ClientBook } from "./client-book.ts";
import { type BrokerClock, SYSTEM_CLOCK } from "./clock.ts";
import { Connecting } from "./connecting.ts";
import { Connection } from "./connection.ts";
import type { Peer } from "./connection-owner.ts";
import { Connections } from "./connections.ts";
import type {
  Broker,
  BrokerOptions,
  ClientDetails,
  ClientSession,
  MqttMessage,
} from "./contract.ts";
import { type BrokerCounters, startCounting } from "./counters.ts";
import { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import { FeedTurn } from "./feed-turn.ts";
import { BrokerError } from "./errors.ts";
import { HandOver } from "./hand-over.ts";
import { type BrokerLimits, DEFAULT_LIMITS } from "./limits.ts";
import type { MalformedReport } from "./malformed.ts";
import { MemoryRoom } from "./memory-room.ts";
import type { Message } from "./message.ts";
import { OwnMessages } from "./own-messages.ts";
import { PacketIntake } from "./packet-intake.ts";
import { PublishIntake } from "./publish-intake.ts";
import { RareLog } from "./rare-log.ts";
import { Reason } from "./reason.ts";
import { Reports } from "./reports.ts";
import { Retained } from "./retained.ts";
import { Router } from "./routing/router.ts";
import { isTopicName } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import { Serving } from "./serving.ts";
import { Sessions } from "./sessions.ts";
import { Settling } from "./settling.ts";
import { StoreNews } from "./store-news.ts";
import { StoreTimes } from "./store-times.ts";
import type { Store, StoredState } from "./store/store.ts";
import { Subscribing } from "./subscribing.ts";
import { SysTopics } from "./sys-topics.ts";
import { Watching } from "./watching.ts";

/** How often deadlines are looked at. */
const SWEEP_MS = 500;
/** How often QoS 0 retained messages are written. */
const SAVE_MS = 1000;
const SYS_MS = 10_000;
/** [MQTT5-4.7.3-3] [MQTT311-4.7.3-3] */
const MAX_TOPIC_BYTES = 0xffff;

export class Engine {
  readonly limits: BrokerLimits;
  readonly monotonic: () => number;
  readonly #counting = startCounting();
  readonly #clock: BrokerClock;
  readonly #options: BrokerOptions;
  readonly #store: Store;
  readonly #settling: Settling;
  readonly #times: StoreTimes;
  readonly #router: Router;
  readonly #retained: Retained;
  readonly #deliverer: Deliverer;
  readonly #own: OwnMessages;
  readonly #sessions: Sessions;
  readonly #memory: MemoryRoom;
  readonly #connections: Connections;
  readonly #connecting: Connecting;
  readonly #serving: Serving;
  readonly #reports: Reports;
  readonly #clients: ClientBook;
  readonly #sys: SysTopics;
  readonly #log: RareLog;
  readonly #stopTimers: readonly (() => void)[];
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions, store: Store, stored: StoredState) {
    this.#options = options;
    this.#store = store;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.monotonic = () => this.#clock.monotonic();
    this.#clients = new ClientBook(this.#clock, this.limits);
    this.#log = new RareLog(options.log, this.monotonic);
    this.#reports = new Reports({
      log: options.log,
      rareLog: this.#log,
      counting: this.#counting,
      wall: () => this.#clock.wall(),
    });
    this.#settling = new Settling(store);
    const watching = new Watching(this.#log);
    this.#times = new StoreTimes(this.#clock, store, stored.time);
    const context = this.#makeContext(stored.lastRow, watching);
    this.#router = new Router({
      mayReceive: ({ session }, topic) => options.mayReceive?.(session.clientId, topic) ?? true,
      shareStrategy: (filter) => options.shareStrategy?.(filter) ?? "roundRobin",
    });
    this.#retained = new Retained(context);
    this.#deliverer = new Deliverer(context, this.#router, this.#retained);
    this.#own = new OwnMessages(context, this.#deliverer, watching);
    this.#sessions = new Sessions({
      context,
      router: this.#router,
      handOver: new HandOver(context, this.#router, this.#deliverer),
      publishWill: (message, session) => this.#own.publishWill(message, session),
    });
    const { log, usedMemory: usedBytes } = options;
    this.#memory = new MemoryRoom({ limits: this.limits, log, usedBytes });
    this.#connections = new Connections(this.limits, this.#counting, this.#memory);
    this.#connecting = new Connecting(context, this.#sessions, {
      isFull: () => this.#connections.clients > this.limits.maxConnections,
      hasMemory: () => this.#memory.hasPlace(this.#counting.connectedOutside),
      violated: (connection, fault) => this.#reports.violated(connection, fault),
      failed: (connection, error) => this.#serving.failed(connection, error),
    });
    this.#serving = this.#startServing(context);
    this.#sys = new SysTopics({
      version: options.version ?? "",
      counters: () => this.counters,
      retained: this.#retained,
      own: this.#own,
      monotonic: this.monotonic,
    });
    for (const message of stored.retained) this.#retained.restore(context.fromStored(message));
    for (const session of stored.sessions) this.#sessions.restore(session);
    const news = new StoreNews({
      store,
      settling: this.#settling,
      retained: this.#retained,
      sessions: this.#sessions,
      connections: this.#connections,
    });
    store.onSettled = () => news.settled();
    this.#stopTimers = this.#startTimers();
  }

  get counters(): BrokerCounters {
    const sessions = [...this.#sessions.all()];
    return {
      ...this.#counting,
      otherPacketsSent: this.#serving.turn.otherPacketsSent,
      bytesSent: this.#serving.turn.bytesSent,
      connections: this.#connections.size,
      clients: this.#connections.byProtocol(),
      sessions: sessions.length,
      subscriptions: this.#router.subscriptions,
      sharedGroups: this.#router.sharedGroups,
      retained: this.#retained.count,
      retainedBytes: this.#retained.bytes,
      queued: sessions.reduce((sum, { outgoing }) => sum + outgoing.waiting, 0),
      queuedBytes: sessions.reduce((sum, { outgoing }) => sum + outgoing.waitingBytes, 0),
    };
  }

  get storeState(): Store["state"] {
    return this.#store.state;
  }

  async copyStore(file: string): Promise<boolean> {
    return await this.#store.copyTo(file);
  }

  get commits(): Store["commits"] {
    return this.#store.commits;
  }

  get isShortOfMemory(): boolean {
    return this.#memory.isShort;
  }

  get freeDiskBytes(): number | undefined {
    return this.#store.freeDiskBytes;
  }

  /** Serves a client on this stream, which was let in at `openedAt`, and closes it in the end. */
  take(stream: Duplex, peer: Peer, openedAt = this.monotonic()): void {
    if (this.#stopping !== undefined) {
      stream.destroy();
      return;
    }
    this.#connections.add(new Connection(stream, peer, this.#serving, openedAt));
  }

  turnedAway(address: string, because: string): void {
    this.#reports.turnedAway(address, because);
  }

  reportMalformed(report: MalformedReport): void {
    this.#reports.malformed(report);
  }

  async publish({ topic, payload, qos, retain, properties }: MqttMessage): Promise<void> {
    if (this.#stopping !== undefined) {
      throw new BrokerError("STOPPED", `publish "${topic}": the MQTT server is stopped`);
    }
    if (!isTopicName(topic) || Buffer.byteLength(topic) > MAX_TOPIC_BYTES) {
      throw new BrokerError("TOPIC_INVALID", `publish "${topic}": not a legal topic name`);
    }
    const message = { topic, payload: Uint8Array.from(payload), qos, retain };
    await this.#own.publish(properties === undefined ? message : { ...message, properties });
  }

  hasReceivers(topic: string): boolean {
    const { receivers, shared } = this.#router.route(topic);
    return receivers.targets.length > 0 || shared.length > 0;
  }

  mayReachBelow(topic: string): boolean {
    return this.#router.mayReachBelow(topic);
  }

  retained(filter: string): Iterable<Message | undefined> {
    return this.#retained.matching(filter);
  }

  sessions(): readonly ClientSession[] {
    return Array.from(this.#sessions.all(), (session) => this.#clients.shown(session));
  }

  clientDetails(clientId: string): ClientDetails | undefined {
    const session = this.#sessions.get(clientId);
    return session && this.#clients.detailsOf(session);
  }

  kick(
    clientId: string,
    { endSession = false, because, reasonCode }: Parameters<Broker["kick"]>[1] = {},
  ): boolean {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return false;
    const connection = session.connection ?? session.claimedBy; // one that waits for its CONNACK goes, too
    this.#own.afterWatched(() => {
      connection?.end(
        reasonCode ?? Reason.administrativeAction,
        because ?? "an administrator has ended the connection",
      );
      if (endSession) this.#sessions.end(session);
    });
    return connection !== undefined || endSession;
  }

  permissionsChanged(): void {
    this.#deliverer.lane.flush(); // it needs the topics that are forgotten here
    for (const connection of this.#connections.all()) {
      connection.topics.clear();
      for (const known of connection.aliases.values()) known.isStale = true;
    }
    this.#own.forgetWatchers();
    this.#router.changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.resolve().then(() => this.#stop()); // what it ends must find that it is stopping
    return this.#stopping;
  }

  #startServing(context: EngineContext): Serving {
    const subscribing = new Subscribing(context, this.#router, {
      retained: this.#retained,
      isSaved: (session) => this.#sessions.isSaved(session),
    });
    return new Serving({
      context,
      connections: this.#connections,
      connecting: this.#connecting,
      publishes: new PublishIntake(context, this.#router, this.#deliverer),
      packets: new PacketIntake(context, subscribing),
      deliverer: this.#deliverer,
      own: this.#own,
      sessions: this.#sessions,
      clients: this.#clients,
      reports: this.#reports,
      isStopping: () => this.#stopping !== undefined,
    });
  }

  #makeContext(storedRow: number, watching: Watching): EngineContext {
    const times = this.#times;
    let lastRow = storedRow;
    return {
      options: this.#options,
      store: this.#store,
      limits: this.limits,
      log: this.#log,
      clock: this.#clock,
      events: this.#clients.events,
      times,
      counting: this.#counting,
      feeds: new FeedTurn((connection, error) => this.#serving.failed(connection, error)),
      safely: ({ connection }, run) => connection?.safely(run),
      monotonic: this.monotonic,
      nextRow: () => ++lastRow,
      toStored: (message) => times.toStored(message),
      fromStored: (message) => times.fromStored(message),
      whenSettled: (run) => this.#settling.afterAll(run),
      whenBatchSettled: (batch, run) => this.#settling.after(batch, run),
      mayReceive: (clientId, topic) => this.#options.mayReceive?.(clientId, topic) ?? true,
      countDropped: (reason) => {
        this.#counting.dropped[reason] += 1;
      },
      endSession: (session, because) => this.#endSession(session, because),
      watched: (watcher, message) => watching.ask(watcher, message),
    };
  }

  #startTimers(): readonly (() => void)[] {
    this.#sys.publish();
    return [
      this.#clock.every(SWEEP_MS, () => this.#sweep()),
      this.#clock.every(SAVE_MS, () => this.#retained.save()),
      this.#clock.every(SYS_MS, () => this.#sys.publish()),
    ];
  }

  #endSession(session: Session, because: string): void {
    session.connection?.end(Reason.quotaExceeded, because);
    this.#sessions.end(session);
  }

  #sweep(): void {
    this.#log.sweep();
    this.#connecting.sweep();
    this.#memory.look(this.#counting.connectedOutside);
    this.#connections.sweep(this.monotonic());
    this.#sessions.sweep();
    this.#retained.sweep();
    this.#times.keep();
  }

  /** What remains in storage: sessions and Wills, for clients that come back and for those that do not. */
  async #stop(): Promise<void> {
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#connections.stop();
    if (this.#options.storage === undefined) this.#sessions.sendWills(); // there is no later for them
    this.#serving.turn.flush();
    const open = [...this.#connections.all()];
    for (const connection of open)
      connection.end(Reason.serverShuttingDown, "the server is shutting down");
    await Promise.all(open.map(({ gone }) => gone));
    this.#retained.saveAll();
    this.#times.note();
    this.#log.end();
    await this.#store.close();
  }
}
