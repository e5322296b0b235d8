/** All sessions by client identifier: made, resumed, taken over, ended; their Wills published when they are due. */
import { NOTHING_STORED } from "./ack-order.ts";
import type { Connection } from "./connection.ts";
import type { ConnectRequest, WillRequest } from "./connect-packet.ts";
import type { EngineContext } from "./engine-context.ts";
import { BrokerError } from "./errors.ts";
import type { HandOver } from "./hand-over.ts";
import { type Message, NEVER } from "./message.ts";
import { Reason } from "./reason.ts";
import type { Router } from "./routing/router.ts";
import { splitFilter } from "./routing/subscription.ts";
import { FOREVER_SECONDS, Session } from "./session.ts";
import type { StoredSession } from "./store/store.ts";

export interface SessionsOptions {
  readonly context: EngineContext;
  readonly router: Router;
  readonly publishWill: (message: Message, session: Session) => void;
  readonly handOver: HandOver;
}

export class Sessions {
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #publishWill: SessionsOptions["publishWill"];
  readonly #handOver: HandOver;
  /** [MQTT5-3.1.3-2] [MQTT311-3.1.3-2] */
  readonly #byId = new Map<string, Session>();
  /** Those without a connection, which may end or have a Will to publish. */
  readonly #away = new Set<Session>();
  /** Of these, those whose time is over while their messages go to other members of shared subscriptions. */
  readonly #leaving = new Set<Session>();
  /** Those whose record the store has lost. */
  readonly #unsaved = new Set<Session>();
  #lastNumber = 0;

  constructor(options: SessionsOptions) {
    this.#context = options.context;
    this.#router = options.router;
    this.#publishWill = options.publishWill;
    this.#handOver = options.handOver;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(clientId: string): Session | undefined {
    return this.#byId.get(clientId);
  }

  all(): IterableIterator<Session> {
    return this.#byId.values();
  }

  /** Ends the session of this client if its time is over: nobody resumes it. [MQTT5-3.1.2-23] */
  endIfOver(clientId: string): void {
    const session = this.#byId.get(clientId);
    if (session === undefined || session.endsAt > this.#context.monotonic()) return;
    this.#countExpired(session);
    this.end(session);
  }

  /** Whether this client's session goes on. [MQTT5-3.1.2-4] [MQTT5-3.1.2-5] [MQTT5-3.1.2-6] [MQTT311-3.1.2-4] … [MQTT311-3.1.2-6] */
  canResume({ clean, client }: ConnectRequest): boolean {
    const session = this.#byId.get(client.clientId);
    return !clean && session?.isPersistent === true && !this.#leaving.has(session);
  }

  /** The session of an accepted CONNECT, resumed or new. Its connection is told later, when all of this is durable. */
  take(
    request: ConnectRequest,
    owner: string,
  ): { readonly session: Session; readonly isResumed: boolean } {
    const { clientId } = request.client;
    const before = this.#byId.get(clientId);
    const isResumed = before !== undefined && this.canResume(request);
    // The client that came back after a restart did not die: nobody hears of its Will.
    if (before?.isFromEarlierLife === true) this.#forgetWill(before);
    if (before !== undefined && !isResumed) this.end(before); // [MQTT5-3.1.4-4] [MQTT311-3.1.4-3]
    const session = isResumed ? before : this.#make(request, owner);
    this.#away.delete(session);
    session.endsAt = NEVER; // [MQTT5-4.1.0-1] [MQTT311-4.1.0-1] [MQTT311-4.1.0-2]
    session.willDueAt = NEVER;
    session.isFromEarlierLife = false;
    session.expirySeconds = request.expirySeconds;
    session.client = request.client;
    session.protocolVersion = request.version;
    // [MQTT5-3.1.2-7] [MQTT311-3.1.2-8]
    session.will = request.will && {
      message: this.#willMessage(request.will, clientId),
      delaySeconds: request.will.delaySeconds,
    };
    this.#save(session);
    return { session, isResumed };
  }

  /** The connection of this session has gone. */
  left(session: Session, { endedBy, sent }: Pick<Connection, "endedBy" | "sent">): void {
    const now = this.#context.monotonic();
    session.noteSent(sent, now);
    session.connection = undefined;
    this.#handOver.take(session.outgoing.unfinishedShared());
    session.outgoing.connectionLost();
    session.leftAt = now;
    const hasLeft = endedBy.by === "client" && endedBy.reasonCode === Reason.success; // [MQTT5-3.1.2-10]
    if (hasLeft) this.#forgetWill(session); // [MQTT5-3.1.2-10] [MQTT311-3.1.2-10]
    if (!session.isPersistent) return this.end(session); // [MQTT5-3.1.2-23]
    if (session.expirySeconds === 0) {
      session.endsAt = now;
      return this.#endLeaving(session); // [MQTT5-3.1.2-23]
    }
    session.endsAt =
      session.expirySeconds === FOREVER_SECONDS ? NEVER : now + 1000 * session.expirySeconds;
    this.#away.add(session);
    this.#save(session);
    if (session.will === undefined) return;
    session.willDueAt = now + 1000 * session.will.delaySeconds; // [MQTT5-3.1.3-9]
    if (session.will.delaySeconds === 0) this.sendWill(session); // [MQTT311-3.1.2-8]
  }

  /** Ends a session with all that belongs to it; its Will goes out now if it was not sent. [MQTT5-3.1.2-8] [MQTT5-3.1.3-9] */
  end(session: Session): void {
    if (this.#byId.get(session.clientId) !== session) return;
    this.#byId.delete(session.clientId);
    this.#away.delete(session);
    this.#leaving.delete(session);
    this.#unsaved.delete(session);
    for (const subscription of session.subscriptions.values()) this.#router.remove(subscription);
    session.subscriptions.clear();
    session.incoming.clear();
    session.outgoing.clear();
    this.sendWill(session);
    this.#context.store.deleteSession(session.clientId);
  }

  /** Publishes Wills that are due and ends sessions whose time is over. */
  sweep(): void {
    const now = this.#context.monotonic();
    for (const session of this.#away) {
      if (session.willDueAt <= now) this.sendWill(session);
      if (session.endsAt <= now) {
        this.#countExpired(session);
        this.#endLeaving(session); // [MQTT5-4.1.0-2]
      } else if (session.isFromEarlierLife) this.#endGrace(session);
    }
  }

  #countExpired(session: Session): void {
    if (!this.#leaving.has(session)) this.#context.counting.sessionsExpired += 1;
  }

  /** Ends a session as `end`, but after what it has of shared subscriptions went to others; its client may come meanwhile. */
  #endLeaving(session: Session): void {
    if (this.#leaving.has(session)) return;
    if (!this.#handOver.hasStored(session)) return this.end(session);
    this.#leaving.add(session);
    this.#away.add(session);
    const subscriptions = [...session.subscriptions.values()];
    for (const subscription of subscriptions) this.#router.remove(subscription);
    session.subscriptions.clear();
    this.sendWill(session);
    if (session.expirySeconds === 0) this.#saveOver(session);
    const { clientId } = session;
    const isThere = (): boolean => this.#byId.get(clientId) === session;
    void this.#handOver
      .giveStored({ session, subscriptions, isThere })
      .catch((error: unknown) => {
        if (error instanceof BrokerError && error.code === "STORE_CLOSED") return; // the next start goes on with it
        this.#context.log.error({ clientId, error }, "the queue of a session could not be read");
      })
      .finally(() => this.end(session));
  }

  /**
   * The client ended this session as it left. A hub that ends meanwhile must not find it as it was, but as one whose time
   * is over; with an expiry of 0 it would have no queue.
   */
  #saveOver({ clientId, owner, protocolVersion, leftAt }: Session): void {
    const disconnectedAtWall = this.#context.times.toWall(leftAt - 1000);
    const record = { clientId, owner, protocolVersion, expirySeconds: 1, disconnectedAtWall };
    this.#context.store.saveSession(record);
  }

  /** From now on it is one that went away when this hub started, so that it does not begin anew with every restart. */
  #endGrace(session: Session): void {
    const { limits, monotonic } = this.#context;
    if (monotonic() < session.leftAt + limits.willGraceMs) return;
    session.isFromEarlierLife = false;
    this.#save(session);
  }

  /** Records of sessions that were lost with this batch of the store are saved again when it can. */
  batchLost(batch: number): void {
    for (const session of this.#byId.values()) {
      session.outgoing.batchLost(batch);
      if (session.savedIn === batch) this.#unsaved.add(session);
    }
  }

  saveAgain(): void {
    for (const session of this.#unsaved) {
      this.#unsaved.delete(session);
      this.#save(session);
    }
  }

  /** Whether the store has this session, so that something may be kept for it. */
  isSaved(session: Session): boolean {
    return !this.#unsaved.has(session);
  }

  /** A session that the store had at start. One that was connected has some time to come back before its Will goes out. */
  restore(stored: StoredSession): void {
    const { session: record, will } = stored;
    const { clientId, owner, expirySeconds } = record;
    const context = this.#context;
    const session = new Session(
      { number: ++this.#lastNumber, clientId, owner, expirySeconds },
      context,
    );
    session.protocolVersion = record.protocolVersion;
    for (const one of stored.subscriptions) {
      const subscription = { ...one, ...splitFilter(one.filter), session };
      session.subscriptions.set(one.filter, subscription);
      this.#router.add(subscription);
    }
    for (const packetId of stored.incoming) session.incoming.set(packetId, NOTHING_STORED);
    session.outgoing.restore(stored);
    session.will = will && {
      message: context.fromStored(will.message),
      delaySeconds: will.delaySeconds,
    };
    this.#restoreDeadlines(session, record.disconnectedAtWall);
    this.#byId.set(clientId, session);
    this.#away.add(session);
  }

  #restoreDeadlines(session: Session, disconnectedAtWall: number | undefined): void {
    const { limits, times } = this.#context;
    const now = this.#context.monotonic();
    const wasConnected = disconnectedAtWall === undefined;
    const earliest = wasConnected ? now + limits.willGraceMs : now;
    session.leftAt = wasConnected ? now : Math.min(times.fromWall(disconnectedAtWall), now);
    const after = (seconds: number): number => Math.max(session.leftAt + 1000 * seconds, earliest);
    session.endsAt =
      session.expirySeconds === FOREVER_SECONDS ? NEVER : after(session.expirySeconds);
    if (session.will !== undefined) session.willDueAt = after(session.will.delaySeconds);
    session.isFromEarlierLife = wasConnected;
    session.unsureUntilRow[2] = this.#context.nextRow();
  }

  #make({ client, expirySeconds }: ConnectRequest, owner: string): Session {
    const made = { number: ++this.#lastNumber, clientId: client.clientId, owner, expirySeconds };
    const session = new Session(made, this.#context);
    this.#byId.set(client.clientId, session);
    return session;
  }

  #save(session: Session): void {
    const { clientId, owner, protocolVersion, expirySeconds, will } = session;
    if (!session.isPersistent && will === undefined) return;
    const { store } = this.#context;
    const disconnectedAtWall = this.#away.has(session)
      ? this.#context.times.toWall(session.leftAt)
      : undefined;
    store.saveSession({ clientId, owner, protocolVersion, expirySeconds, disconnectedAtWall });
    if (will === undefined) store.deleteWill(clientId);
    else
      store.saveWill(clientId, {
        message: this.#context.toStored(will.message),
        delaySeconds: will.delaySeconds,
      });
    session.savedIn = store.openBatch;
  }

  /** With the RETAIN that the client asked for. [MQTT5-3.1.2-14] [MQTT5-3.1.2-15] [MQTT311-3.1.2-16] [MQTT311-3.1.2-17] */
  #willMessage(will: WillRequest, clientId: string): Message {
    const { topic, payload, qos, retain, properties, expiryAt } = will;
    return {
      row: 0,
      topic,
      payload,
      qos,
      retain,
      properties,
      expiryAt,
      expiresAt: NEVER,
      publisherId: clientId,
    };
  }

  /** Publishes its Will now, if it has one that was not published. */
  sendWill(session: Session): void {
    const { will } = session;
    if (will === undefined) return;
    this.#forgetWill(session); // [MQTT311-3.1.2-12]
    this.#publishWill(this.#dueWill(will.message), session);
  }

  sendWills(): void {
    for (const session of this.#byId.values()) this.sendWill(session);
  }

  /** Its time of expiry counts from now on. */
  #dueWill(message: Message): Message {
    const { properties, expiryAt } = message;
    const expiresAt =
      expiryAt < 0
        ? NEVER
        : this.#context.monotonic() + 1000 * Buffer.from(properties).readUInt32BE(expiryAt);
    return { ...message, row: this.#context.nextRow(), expiresAt };
  }

  #forgetWill(session: Session): void {
    if (session.will === undefined) return;
    session.will = undefined;
    session.willDueAt = NEVER;
    this.#context.store.deleteWill(session.clientId);
  }
}
