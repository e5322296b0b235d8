/**
 * The MQTT engine: its parts put together, the hub's own messages, and the pulse that lets time pass.
 * A frame goes connection → intake → deliverer → sessions → connections; nothing here is called per message.
 */
import type { Duplex } from "node:stream";
import { type BrokerClock, SYSTEM_CLOCK } from "./clock.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import { Connecting } from "./connecting.ts";
import { Connections } from "./connections.ts";
import type { Broker, BrokerOptions, ClientSession, MqttMessage, PublishedMessage, Watcher } from "./contract.ts";
import { type BrokerCounters, Counting } from "./counters.ts";
import { Deliverer } from "./deliverer.ts";
import type { EngineContext } from "./engine-context.ts";
import { BrokerError } from "./errors.ts";
import { DEFAULT_LIMITS, type BrokerLimits } from "./limits.ts";
import { MalformedLog, type MalformedReport } from "./malformed.ts";
import { type Message, NEVER, NO_PROPERTIES } from "./message.ts";
import { OutboxTurn } from "./outbox.ts";
import { PacketIntake } from "./packet-intake.ts";
import { PublishIntake } from "./publish-intake.ts";
import { Reason } from "./reason.ts";
import { Retained } from "./retained.ts";
import { Router } from "./routing/router.ts";
import { isTopicName } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import { clientSession } from "./client-session.ts";
import { Sessions } from "./sessions.ts";
import { Subscribing } from "./subscribing.ts";
import { StoreTimes } from "./store-times.ts";
import type { Store, StoredState } from "./store/store.ts";
import { sysTopics } from "./sys-topics.ts";
import type { Refusal } from "./verdict.ts";
import type { Violation } from "./violation.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";
import { BufferPool } from "./wire/buffer-pool.ts";

/** How often deadlines are looked at. */
const SWEEP_MS = 500;
/** How often QoS 0 retained messages are written. */
const SAVE_MS = 1000;
const SYS_MS = 10_000;
/** Topics of the hub itself whose watchers are remembered. */
const MAX_OWN_TOPICS = 100_000;

export class Engine implements ConnectionOwner {
  readonly limits: BrokerLimits;
  readonly counting = new Counting();
  readonly turn = new OutboxTurn(new BufferPool());
  readonly clock: BrokerClock;
  readonly monotonic: () => number;
  readonly #options: BrokerOptions;
  readonly #store: Store;
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #retained: Retained;
  readonly #deliverer: Deliverer;
  readonly #sessions: Sessions;
  readonly #connections: Connections;
  readonly #connecting: Connecting;
  readonly #publishes: PublishIntake;
  readonly #packets: PacketIntake;
  readonly #malformedLog: MalformedLog;
  readonly #whenSettled: { readonly batch: number; readonly then: () => void }[] = [];
  readonly #ownWatchers = new Map<string, Watcher | undefined>();
  readonly #startedAt: number;
  readonly #stopTimers: readonly (() => void)[];
  #lastRow: number;
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions, store: Store, stored: StoredState) {
    this.#options = options;
    this.#store = store;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.clock = options.clock ?? SYSTEM_CLOCK;
    this.monotonic = () => this.clock.monotonic();
    this.#startedAt = this.monotonic();
    this.#lastRow = stored.lastRow;
    this.#malformedLog = new MalformedLog(options.log, () => this.clock.wall());
    this.#context = this.#makeContext();
    this.#router = new Router({
      mayReceive: ({ session }, topic) => options.mayReceive?.(session.clientId, topic) ?? true,
      shareStrategy: (filter) => options.shareStrategy?.(filter) ?? "roundRobin",
    });
    this.#retained = new Retained(this.#context);
    this.#deliverer = new Deliverer(this.#context, this.#router, this.#retained);
    this.#sessions = new Sessions({
      context: this.#context,
      router: this.#router,
      publishWill: (message, session) => this.#publishWill(message, session),
    });
    this.#connections = new Connections(this.limits, this.counting);
    this.#connecting = new Connecting(this.#context, this.#sessions, {
      isFull: () => this.#connections.size > this.limits.maxConnections,
      violated: (connection, fault) => this.#report(connection, fault),
    });
    this.#publishes = new PublishIntake(this.#context, this.#router, this.#deliverer);
    this.#packets = new PacketIntake(this.#context, new Subscribing(this.#context, this.#router, this.#retained));
    this.#restore(stored);
    store.onSettled = () => this.#settled();
    this.#stopTimers = [
      this.clock.every(SWEEP_MS, () => this.#sweep()),
      this.clock.every(SAVE_MS, () => this.#retained.save()),
      this.clock.every(SYS_MS, () => this.#publishSys()),
    ];
    this.#publishSys();
  }

  get counters(): BrokerCounters {
    const { counting } = this;
    const sessions = [...this.#sessions.all()];
    return {
      ...counting,
      bytesSent: counting.bytesSent + this.turn.bytesSent,
      connections: this.#connections.size,
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

  /** Serves a client on this stream and closes it in the end. */
  take(stream: Duplex, address: string): void {
    if (this.#stopping !== undefined) {
      stream.destroy();
      return;
    }
    this.#connections.add(new Connection(stream, address, this));
  }

  /** Counts and logs bytes that are not MQTT; also those that never became a connection. */
  reportMalformed(report: MalformedReport): void {
    this.counting.malformed += 1;
    this.#malformedLog.report(report);
  }

  async publish({ topic, payload, qos, retain }: MqttMessage): Promise<void> {
    if (this.#stopping !== undefined) {
      throw new BrokerError("STOPPED", `publish "${topic}": the MQTT server is stopped`);
    }
    if (!isTopicName(topic)) {
      throw new BrokerError("TOPIC_INVALID", `publish "${topic}": not a legal topic name`);
    }
    this.#publishOwn({ topic, payload: Uint8Array.from(payload), qos, retain });
    const { batch } = this.#deliverer;
    if (batch <= this.#store.settledBatch) return;
    await new Promise<void>((resolve) => this.#whenSettled.push({ batch, then: resolve }));
  }

  sessions(): readonly ClientSession[] {
    return [...this.#sessions.all()].map((session) => clientSession(session, this.clock));
  }

  kick(clientId: string, { endSession = false, because }: Parameters<Broker["kick"]>[1] = {}): boolean {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return false;
    const { connection } = session;
    connection?.end(Reason.administrativeAction, because ?? "an administrator has ended the connection");
    if (endSession) this.#sessions.end(session);
    return connection !== undefined || endSession;
  }

  permissionsChanged(): void {
    for (const connection of this.#connections.all()) {
      connection.topics.clear();
      connection.aliases.clear();
    }
    this.#ownWatchers.clear();
    this.#router.changed();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  connectReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#connecting.begin(connection, frame);
  }

  publishReceived(connection: Connection, frame: ReceivedFrame): void {
    const violation = this.#publishes.take(connection, frame);
    if (violation !== undefined) this.violated(connection, violation);
  }

  packetReceived(connection: Connection, frame: ReceivedFrame): void {
    this.#deliverer.lane.flush();
    const { session } = connection;
    if (session === undefined) return;
    const violation = this.#packets.take(connection, session, frame);
    if (violation !== undefined) this.violated(connection, violation);
  }

  pieceEnded(): void {
    this.#deliverer.lane.flush();
  }

  waitsForStore(connection: Connection): void {
    this.#connections.waitForStore(connection);
  }

  violated(connection: Connection, violation: Violation): void {
    this.#deliverer.lane.flush();
    this.#report(connection, violation);
    connection.end(violation.reasonCode, violation.because);
  }

  ended(connection: Connection): void {
    this.#deliverer.lane.flush();
    this.#connections.delete(connection);
    const { session } = connection;
    if (session === undefined) return;
    if (session.claimedBy === connection) session.claimedBy = undefined;
    const wasOpen = session.connection === connection;
    if (!wasOpen && session.claimedBy !== undefined) return;
    if (this.#stopping !== undefined && this.#options.storage !== undefined) {
      session.connection = undefined; // the store goes on saying that it is connected
    } else this.#sessions.left(session, connection);
    if (wasOpen && connection.client !== undefined) this.#options.disconnected?.(connection.client);
  }

  /** What remains in storage: sessions and Wills, for clients that come back and for those that do not. */
  async #stop(): Promise<void> {
    for (const stopTimer of this.#stopTimers) stopTimer();
    if (this.#options.storage === undefined) this.#sendWills(); // there is no later for them
    this.turn.flush();
    const open = [...this.#connections.all()];
    for (const connection of open) connection.end(Reason.serverShuttingDown, "the server is shutting down");
    await Promise.all(open.map(({ gone }) => gone));
    this.#retained.save();
    await this.#store.close();
  }

  #makeContext(): EngineContext {
    const times = new StoreTimes(this.clock);
    return {
      options: this.#options,
      store: this.#store,
      limits: this.limits,
      log: this.#options.log,
      clock: this.clock,
      counting: this.counting,
      monotonic: this.monotonic,
      nextRow: () => ++this.#lastRow,
      toStored: (message) => times.toStored(message),
      fromStored: (message) => times.fromStored(message),
      whenSettled: (then) => this.#afterStore(then),
      countDropped: (reason) => {
        this.counting.dropped[reason] += 1;
      },
      endSession: (session, because) => this.#endSession(session, because),
      watched: (watcher, message) => this.#watched(watcher, message),
    };
  }

  #afterStore(then: () => void): void {
    this.#store.hurry();
    const batch = this.#store.openBatch;
    if (batch <= this.#store.settledBatch) then();
    else this.#whenSettled.push({ batch, then });
  }

  #settled(): void {
    const { settledBatch } = this.#store;
    let count = 0;
    for (const { batch } of this.#whenSettled) {
      if (batch > settledBatch) break;
      count += 1;
    }
    for (const { then } of this.#whenSettled.splice(0, count)) then();
    for (const connection of this.#connections.takeWaiting()) {
      connection.storeSettled(this.#store);
      if (connection.acks.waiting > 0) this.#connections.waitForStore(connection);
    }
  }

  #endSession(session: Session, because: string): void {
    session.connection?.end(Reason.quotaExceeded, because);
    this.#sessions.end(session);
  }

  #watched(watcher: Watcher, message: PublishedMessage): Refusal | undefined {
    try {
      return watcher(message);
    } catch (error) {
      this.#options.log.error({ topic: message.topic, error }, "a message could not be watched");
      return undefined;
    }
  }

  #publishOwn({ topic, payload, qos, retain }: MqttMessage): void {
    const watcher = this.#ownWatcher(topic);
    const message: Message = {
      row: ++this.#lastRow,
      topic,
      payload,
      qos,
      retain,
      properties: NO_PROPERTIES,
      expiryAt: -1,
      expiresAt: NEVER,
      publisherId: undefined,
    };
    this.counting.received[qos] += 1;
    this.#tell(watcher, message);
    this.#deliverer.deliverMessage(message, undefined);
  }

  #ownWatcher(topic: string): Watcher | undefined {
    if (!this.#ownWatchers.has(topic)) {
      if (this.#ownWatchers.size >= MAX_OWN_TOPICS) this.#ownWatchers.clear();
      this.#ownWatchers.set(topic, this.#options.watcherOf?.(topic, undefined));
    }
    return this.#ownWatchers.get(topic);
  }

  /** The Will was judged at CONNECT; whoever watches its topic hears of it. */
  #publishWill(message: Message, session: Session): void {
    this.#tell(this.#options.watcherOf?.(message.topic, session.client), message);
    this.#deliverer.deliverMessage(message, session);
  }

  #tell(watcher: Watcher | undefined, { topic, payload, qos, retain, publisherId }: Message): void {
    if (watcher === undefined) return;
    const receivedAt = this.clock.wall();
    this.#watched(watcher, { topic, payload, qos, retain, clientId: publisherId, receivedAt });
  }

  #sendWills(): void {
    for (const session of this.#sessions.all()) this.#sessions.sendWill(session);
  }

  #restore({ sessions, retained }: StoredState): void {
    for (const message of retained) this.#retained.restore(this.#context.fromStored(message));
    for (const session of sessions) this.#sessions.restore(session);
  }

  #sweep(): void {
    this.#connections.sweep(this.monotonic());
    this.#sessions.sweep();
  }

  #publishSys(): void {
    const figures = {
      version: this.#options.version ?? "",
      uptimeSeconds: (this.monotonic() - this.#startedAt) / 1000,
      counters: this.counters,
    };
    for (const [topic, text] of sysTopics(figures)) {
      const before = this.#retained.get(topic);
      const payload = Buffer.from(text);
      if (before !== undefined && payload.equals(before.payload)) continue;
      this.#publishOwn({ topic, payload, qos: 0, retain: true });
    }
  }

  #report(connection: Connection, violation: Violation): void {
    const { address, session, head } = connection;
    this.reportMalformed({ address, clientId: session?.clientId, violation, head: Buffer.from(head.subarray(0, 32)) });
  }
}
