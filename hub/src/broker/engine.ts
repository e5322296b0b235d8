/**
 * The MQTT engine: its parts put together, and the pulse that lets time pass.
 * A frame goes connection → intake → deliverer → sessions → connections; nothing here is done per message.
 */
import type { Duplex } from "node:stream";
import { clientSession } from "./client-session.ts";
import { type BrokerClock, SYSTEM_CLOCK } from "./clock.ts";
import { Connecting } from "./connecting.ts";
import { Connection, type ConnectionOwner, type Peer } from "./connection.ts";
import { Connections } from "./connections.ts";
import type { Broker, BrokerOptions, ClientSession, MqttMessage } from "./contract.ts";
import { type BrokerCounters, startCounting } from "./counters.ts";
import { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import { FeedTurn } from "./feed-turn.ts";
import { BrokerError } from "./errors.ts";
import { LastEnds } from "./last-ends.ts";
import { type BrokerLimits, DEFAULT_LIMITS } from "./limits.ts";
import type { MalformedReport } from "./malformed.ts";
import type { Message, Qos } from "./message.ts";
import { OutboxTurn } from "./outbox.ts";
import { OwnMessages } from "./own-messages.ts";
import { PacketIntake } from "./packet-intake.ts";
import { TapRun } from "./packet-tap.ts";
import { PublishIntake } from "./publish-intake.ts";
import { RareLog } from "./rare-log.ts";
import { Reason } from "./reason.ts";
import { Reports } from "./reports.ts";
import { Retained } from "./retained.ts";
import { TopicRoom } from "./routing/known-topics.ts";
import { Router } from "./routing/router.ts";
import { isTopicName } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import { Settling } from "./settling.ts";
import { StoreNews } from "./store-news.ts";
import { StoreTimes } from "./store-times.ts";
import type { Store, StoredState } from "./store/store.ts";
import { Subscribing } from "./subscribing.ts";
import { sysTopics } from "./sys-topics.ts";
import { Unfinished } from "./unfinished.ts";
import type { Violation } from "./violation.ts";
import { Watching } from "./watching.ts";
import { BufferPool } from "./wire/buffer-pool.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";

/** How often deadlines are looked at. */
const SWEEP_MS = 500;
/** How often QoS 0 retained messages are written. */
const SAVE_MS = 1000;
const SYS_MS = 10_000;
/** [MQTT5-4.7.3-3] [MQTT311-4.7.3-3] */
const MAX_TOPIC_BYTES = 0xffff;

export class Engine implements ConnectionOwner {
  readonly limits: BrokerLimits;
  readonly turn = new OutboxTurn(new BufferPool());
  readonly unfinished: Unfinished;
  readonly topicRoom: TopicRoom;
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
  readonly #connections: Connections;
  readonly #connecting: Connecting;
  readonly #publishes: PublishIntake;
  readonly #packets: PacketIntake;
  readonly #reports: Reports;
  readonly #lastEnds = new LastEnds();
  readonly #tap: TapRun | undefined;
  readonly #log: RareLog;
  readonly #startedAt: number;
  readonly #stopTimers: readonly (() => void)[];
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions, store: Store, stored: StoredState) {
    this.#options = options;
    this.#store = store;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.unfinished = new Unfinished(this.limits.maxUnfinishedBytes);
    this.topicRoom = new TopicRoom(this.limits.maxKnownTopicBytes);
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.monotonic = () => this.#clock.monotonic();
    this.#startedAt = this.monotonic();
    this.#log = new RareLog(options.log, this.monotonic);
    this.#reports = new Reports({
      log: options.log,
      rareLog: this.#log,
      counting: this.#counting,
      wall: () => this.#clock.wall(),
    });
    this.#tap = options.tap && new TapRun(options.tap);
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
      publishWill: (message, session) => this.#own.publishWill(message, session),
    });
    this.#connections = new Connections(this.limits, this.#counting);
    this.#connecting = new Connecting(context, this.#sessions, {
      isFull: () => this.#connections.clients > this.limits.maxConnections,
      violated: (connection, fault) => this.#reports.violated(connection, fault),
      failed: (connection, error) => this.failed(connection, error),
    });
    this.#publishes = new PublishIntake(context, this.#router, this.#deliverer);
    this.#packets = new PacketIntake(
      context,
      new Subscribing(context, this.#router, {
        retained: this.#retained,
        isSaved: (session) => this.#sessions.isSaved(session),
      }),
    );
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
      bytesSent: this.turn.bytesSent,
      connections: this.#connections.size,
      clients: this.#connections.byProtocol(),
      sessions: sessions.length,
      subscriptions: this.#router.subscriptions,
      sharedGroups: this.#router.sharedGroups,
      retained: this.#retained.count,
      retainedBytes: this.#retained.bytes,
      queued: sessions.reduce((sum, { outgoing }) => sum + outgoing.waiting, 0),
    };
  }

  get storeState(): Store["state"] {
    return this.#store.state;
  }

  async copyStore(file: string): Promise<boolean> {
    return await this.#store.copyTo(file);
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
    this.#connections.add(new Connection(stream, peer, this, openedAt));
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
    return [...this.#sessions.all()].map((session) =>
      clientSession(session, this.#clock, this.#lastEnds.of(session.clientId)),
    );
  }

  kick(
    clientId: string,
    { endSession = false, because, reasonCode }: Parameters<Broker["kick"]>[1] = {},
  ): boolean {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return false;
    const { connection } = session;
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
      connection.aliases.clear();
    }
    this.#own.forgetWatchers();
    this.#router.changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.resolve().then(() => this.#stop()); // what it ends must find that it is stopping
    return this.#stopping;
  }

  countReceived(bytes: number): void {
    this.#counting.bytesReceived += bytes;
  }

  countSent(qos: Qos, messages: number): void {
    this.#counting.sent[qos] += messages;
  }

  connectReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#connections.connectReceived(connection);
    this.#tap?.connect(connection, frame);
    this.#connecting.begin(connection, frame);
  }

  publishReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#tap?.note(connection, frame);
    const violation = this.#publishes.take(connection, frame);
    if (violation !== undefined) this.violated(connection, violation);
    this.#own.publishAfterwards();
  }

  packetReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#deliverer.lane.flush();
    this.#tap?.note(connection, frame);
    const { session } = connection;
    if (session === undefined) return;
    const violation = this.#packets.take(connection, session, frame);
    if (violation !== undefined) this.violated(connection, violation);
  }

  pieceEnded(): void {
    this.#tap?.flush();
    this.#deliverer.lane.flush();
  }

  waitsForStore(connection: Connection): void {
    this.#connections.waitForStore(connection);
  }

  violated(connection: Connection, violation: Violation): void {
    this.#deliverer.lane.flush();
    this.#reports.violated(connection, violation);
    connection.end(violation.reasonCode, violation.because);
  }

  failed(connection: Connection, error: unknown): void {
    this.#reports.failed(connection, error);
    connection.end(Reason.unspecifiedError, "the server failed");
  }

  throttled(connection: Connection): void {
    this.#reports.throttled(connection);
  }

  slow(connection: Connection): void {
    this.#reports.slow(connection);
  }

  ending(connection: Connection, reasonCode: number, because: string): void {
    this.#reports.ending(connection, reasonCode, because);
  }

  ended(connection: Connection): void {
    this.#deliverer.lane.flush();
    this.#tap?.ended(connection);
    this.#connections.delete(connection);
    const { session } = connection;
    if (session === undefined) return;
    if (session.claimedBy === connection) session.claimedBy = undefined;
    const wasOpen = session.connection === connection;
    const { client, endedBy } = connection;
    if (client !== undefined) this.#lastEnds.note(client, endedBy, this.#clock.wall());
    if (!wasOpen && session.claimedBy !== undefined) return;
    if (this.#stopping !== undefined && this.#options.storage !== undefined) {
      session.connection = undefined; // the store goes on saying that it is connected
      session.outgoing.streams.clear();
    } else this.#sessions.left(session, connection);
    if (!wasOpen || client === undefined) return;
    this.#reports.ended(connection);
    this.#options.disconnected?.(client, endedBy);
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
      times,
      counting: this.#counting,
      feeds: new FeedTurn((connection, error) => this.failed(connection, error)),
      safely: ({ connection }, run) => connection?.safely(run),
      monotonic: this.monotonic,
      nextRow: () => ++lastRow,
      toStored: (message) => times.toStored(message),
      fromStored: (message) => times.fromStored(message),
      whenSettled: (run) => this.#settling.afterAll(run),
      whenBatchSettled: (batch, run) => this.#settling.after(batch, run),
      countDropped: (reason) => {
        this.#counting.dropped[reason] += 1;
      },
      endSession: (session, because) => this.#endSession(session, because),
      watched: (watcher, message) => watching.ask(watcher, message),
    };
  }

  #startTimers(): readonly (() => void)[] {
    this.#publishSys();
    return [
      this.#clock.every(SWEEP_MS, () => this.#sweep()),
      this.#clock.every(SAVE_MS, () => this.#retained.save()),
      this.#clock.every(SYS_MS, () => this.#publishSys()),
    ];
  }

  #endSession(session: Session, because: string): void {
    session.connection?.end(Reason.quotaExceeded, because);
    this.#sessions.end(session);
  }

  #sweep(): void {
    this.#log.sweep();
    this.#connecting.sweep();
    this.#connections.sweep(this.monotonic());
    this.#sessions.sweep();
    this.#retained.sweep();
    this.#times.keep();
  }

  #publishSys(): void {
    const uptimeSeconds = (this.monotonic() - this.#startedAt) / 1000;
    const figures = {
      version: this.#options.version ?? "",
      uptimeSeconds,
      counters: this.counters,
    };
    for (const [topic, text] of sysTopics(figures)) {
      const payload = Buffer.from(text);
      const before = this.#retained.get(topic);
      if (before !== undefined && payload.equals(before.payload)) continue;
      this.#own.publishNow({ topic, payload, qos: 0, retain: true });
    }
  }

  /** What remains in storage: sessions and Wills, for clients that come back and for those that do not. */
  async #stop(): Promise<void> {
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#connections.stop();
    if (this.#options.storage === undefined) this.#sessions.sendWills(); // there is no later for them
    this.turn.flush();
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
