/**
 * What happens to a PUBLISH of a client: its topic is looked up (legal? allowed? watched? who receives?), then it goes
 * to its receivers, on the data lane if it can, and is acknowledged when what that promises is durable.
 */
import { NOTHING_STORED } from "./ack-order.ts";
import { Bucket } from "./bucket.ts";
import type { Connection } from "./connection.ts";
import type { BrokerOptions, ConnectingClient, PublishedMessage, Watched } from "./contract.ts";
import type { Deliverer } from "./deliverer.ts";
import { Lane } from "./lane.ts";
import { Reason } from "./reason.ts";
import { KnownTopic } from "./routing/known-topics.ts";
import type { Router } from "./routing/router.ts";
import type { Session } from "./session.ts";
import { topicFault, topicNameFault } from "./topic-faults.ts";
import { type Refusal, refused, verdictOf } from "./verdict.ts";
import type { Violation } from "./violation.ts";
import type { ReceivedFrame } from "./wire/packet-check.ts";
import { isText5 } from "./wire/properties.ts";
import { PublishFrame } from "./wire/publish-frame.ts";
import type { EngineContext } from "./engine-context.ts";

export class PublishIntake {
  readonly #options: BrokerOptions;
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #deliverer: Deliverer;
  readonly #lane: Lane;
  readonly #frame = new PublishFrame();

  constructor(context: EngineContext, router: Router, deliverer: Deliverer) {
    this.#context = context;
    this.#options = context.options;
    this.#router = router;
    this.#deliverer = deliverer;
    this.#lane = deliverer.lane;
  }

  /** Takes one frame; answers what is wrong with it if the connection must be ended for it. */
  take(connection: Connection, received: ReceivedFrame): Violation | undefined {
    const frame = this.#frame;
    frame.isVersion5 = connection.isVersion5;
    const violation = frame.read(received);
    if (violation !== undefined) return violation;
    const known = this.#topicOf(connection, frame);
    if ("reasonCode" in known) return known;
    connection.received += 1;
    known.messages += 1;
    this.#count(frame);
    if (known.route.version !== this.#router.version) this.#findReceivers(connection, known);
    // Of QoS 1 nothing is remembered: the same identifier is a new message. [MQTT5-4.3.2-5]
    const batch = frame.qos === 2 ? this.#batchOfEarlier(connection, frame.packetId) : undefined;
    if (batch !== undefined) return this.#repeated(connection, frame.packetId, batch);
    const beyond = frame.qos > 0 ? this.#windowViolation(connection, frame) : undefined;
    return beyond ?? this.#pass(connection, frame, known);
  }

  #count({ qos, end, payloadStart }: PublishFrame): void {
    const { counting } = this.#context;
    counting.received[qos] += 1;
    counting.payloadBytesReceived += end - payloadStart;
  }

  /** Gives it to its receivers, unless who watches says no. */
  #pass(connection: Connection, frame: PublishFrame, known: KnownTopic): Violation | undefined {
    const watched = known.refusal ?? this.#watch(connection, frame, known);
    if (watched?.allow === false) {
      const { client } = connection;
      if (client !== undefined) this.#options.refused?.(client, known.topic, watched);
      return this.#refuse(connection, frame, watched);
    }
    if (watched === undefined && Lane.takes(frame, known)) {
      this.#lane.add(connection, frame, known.route);
      return undefined;
    }
    return this.#deliver(connection, frame, known, watched?.payload);
  }

  #findReceivers(connection: Connection, known: KnownTopic): void {
    connection.wasCostly = true;
    known.route = this.#router.route(known.topic);
  }

  #topicOf(connection: Connection, frame: PublishFrame): KnownTopic | Violation {
    if (frame.alias > 0) return this.#aliasedTopic(connection, frame);
    const { bytes, topicStart, topicEnd } = frame;
    return (
      connection.topics.find(bytes, topicStart, topicEnd) ??
      this.#firstSeen(connection, frame.topicBytes)
    );
  }

  /** [MQTT5-3.3.2-7] [MQTT5-3.3.2-12] */
  #aliasedTopic(connection: Connection, frame: PublishFrame): KnownTopic | Violation {
    const { alias, topicBytes } = frame;
    const { topicAliasMaximum } = this.#context.limits;
    if (alias > topicAliasMaximum) {
      return {
        reasonCode: Reason.topicAliasInvalid,
        because: `topic alias ${alias}: the greatest is ${topicAliasMaximum}`,
      };
    }
    if (topicBytes.length > 0) return this.#setAlias(connection, alias, topicBytes);
    const known = connection.aliases.get(alias);
    if (known?.isStale === true) return this.#setAlias(connection, alias, known.bytes);
    return (
      known ?? {
        reasonCode: Reason.protocolError,
        because: `topic alias ${alias} stands for no topic yet`,
      }
    );
  }

  #setAlias(connection: Connection, alias: number, topicBytes: Buffer): KnownTopic | Violation {
    const known =
      connection.topics.find(topicBytes, 0, topicBytes.length) ??
      this.#firstSeen(connection, topicBytes);
    if (!("reasonCode" in known)) connection.aliases.set(alias, known);
    return known;
  }

  /** Decides all that holds for every message of this client on this topic. */
  #firstSeen(connection: Connection, bytes: Buffer): KnownTopic | Violation {
    this.#lane.flush(); // what is on its way finds its topics before any is forgotten
    const violation = topicViolation(bytes);
    if (violation !== undefined) return violation;
    const topic = bytes.toString(); // [MQTT5-1.5.4-3] [MQTT311-1.5.3-3]
    const { client } = connection;
    if (client === undefined) return { reasonCode: Reason.unspecifiedError, because: "no client" };
    const known = new KnownTopic({
      topic,
      bytes: Buffer.from(bytes),
      refusal: this.#refusalFor(client, topic),
      watcher: this.#options.watcherOf?.(topic, client),
      route: this.#router.route(topic),
    });
    connection.topics.add(known);
    connection.wasCostly = true;
    return known;
  }

  #refusalFor(client: ConnectingClient, topic: string): Refusal | undefined {
    const { limits } = this.#context;
    const fault = topicFault(topic, limits);
    if (fault !== undefined) return fault;
    const verdict = verdictOf(
      () => this.#options.mayPublish(client, topic),
      (error) =>
        this.#context.log.error(
          { error, topic },
          "whether a client may publish could not be decided",
        ),
    );
    return verdict.allow ? undefined : verdict;
  }

  #watch(connection: Connection, frame: PublishFrame, known: KnownTopic): Watched {
    if (known.watcher === undefined) return undefined;
    const message: PublishedMessage = {
      topic: known.topic,
      payload: frame.payload,
      qos: frame.qos,
      retain: frame.retain,
      clientId: connection.session?.clientId,
      receivedAt: this.#context.clock.wall(),
    };
    const { bytes, propertiesStart, propertiesEnd } = frame;
    if (propertiesStart === propertiesEnd) return this.#context.watched(known.watcher, message);
    const properties = bytes.subarray(propertiesStart, propertiesEnd);
    return this.#context.watched(known.watcher, { ...message, properties });
  }

  /** A QoS 2 message that came before and was not released: acknowledged again, delivered once. [MQTT5-4.3.3-10] [MQTT311-4.3.3-2] */
  #repeated(connection: Connection, packetId: number, batch: number): undefined {
    this.#lane.flush();
    connection.acks.add(this.#context.store, batch, { kind: "pubrec", packetId });
  }

  /** The batch that has the message that came with this packet identifier; `undefined` when there is none, or it was lost. */
  #batchOfEarlier({ session }: Connection, packetId: number): number | undefined {
    const batch = session?.incoming.get(packetId);
    if (batch === undefined || !this.#context.store.hasFailed(batch)) return batch;
    session?.incoming.delete(packetId);
    return undefined;
  }

  /** The message goes nowhere. MQTT 5 is told why; MQTT 3 has only an acknowledgement. [MQTT5-4.13.2-1] [MQTT311-3.3.5-2] */
  #refuse(
    connection: Connection,
    frame: PublishFrame,
    { reasonCode, because, countedAs }: Refusal,
  ): Violation | undefined {
    this.#lane.flush();
    connection.session?.dropped(countedAs ?? "refused");
    const beyond =
      reasonCode === Reason.notAuthorized ? this.#refusedTooOften(connection) : undefined;
    if (beyond !== undefined || frame.qos === 0) return beyond;
    const kind = frame.qos === 1 ? "puback" : "pubrec";
    const reason = connection.isVersion5 ? { reasonCode, because } : {};
    const { store } = this.#context;
    connection.acks.add(store, NOTHING_STORED, { kind, packetId: frame.packetId, ...reason });
    // MQTT 5 has been refused with 0x80 or more: the same identifier is a new message then. [MQTT5-4.3.3-9]
    const isReleased = !connection.isVersion5 || reasonCode < Reason.unspecifiedError;
    if (frame.qos === 2 && isReleased)
      connection.session?.incoming.set(frame.packetId, NOTHING_STORED);
    return undefined;
  }

  /** One wrong topic costs a PLC nothing; who goes on and on is sent off. */
  #refusedTooOften(connection: Connection): Violation | undefined {
    const { limits, clock } = this.#context;
    const { refusedPerMinute: most } = limits;
    if (most === Number.POSITIVE_INFINITY) return undefined;
    const now = clock.monotonic();
    connection.refusals ??= new Bucket(most / 60, now, 60);
    if (connection.refusals.take(now)) return undefined;
    const because = `more than ${most} messages in a minute that it may not publish`;
    return { reasonCode: Reason.notAuthorized, because };
  }

  /** `payload`: instead of the one of the frame. */
  #deliver(
    connection: Connection,
    frame: PublishFrame,
    known: KnownTopic,
    payload: Uint8Array | undefined,
  ): Violation | undefined {
    const { session } = connection;
    if (session === undefined) return undefined;
    if (frame.qos > 0) {
      const refusal = this.#storeRefusal(session, frame, known);
      if (refusal !== undefined) return this.#refuseForStore(connection, frame, refusal);
    }
    // Without a `hurry` between them both are in one batch: stored, or lost. [MQTT5-4.3.3-10] [MQTT311-4.3.3-2]
    if (frame.qos === 2 && session.isPersistent)
      this.#context.store.saveIncoming(session.clientId, frame.packetId);
    this.#deliverer.deliverFrame(session, frame, known, payload);
    if (frame.qos > 0) this.#acknowledge(connection, session, frame);
    return undefined;
  }

  /** [MQTT5-3.3.4-7] [MQTT5-3.3.4-8] [MQTT5-3.3.4-9] */
  #windowViolation(connection: Connection, { qos }: PublishFrame): Violation | undefined {
    const { receiveMaximum, maxUnreleased } = this.#context.limits;
    const unreleased = connection.session?.incoming.size ?? 0;
    if (!connection.isVersion5) {
      if (qos < 2 || unreleased < maxUnreleased) return undefined;
      return tooManyAtOnce(`more than ${maxUnreleased} messages of QoS 2 without PUBREL`);
    }
    if (connection.acks.pubacks + unreleased < receiveMaximum) return undefined;
    return tooManyAtOnce(`more than ${receiveMaximum} messages of QoS 1 and 2 at once`);
  }

  /** Why the message cannot be stored, if it would have to be. */
  #storeRefusal(session: Session, frame: PublishFrame, known: KnownTopic): Refusal | undefined {
    const { store } = this.#context;
    const payloadBytes = frame.end - frame.payloadStart;
    const propertiesBytes = frame.propertiesEnd - frame.propertiesStart;
    if (
      frame.retain &&
      !this.#deliverer.hasRetainedRoom(known.topic, payloadBytes, propertiesBytes)
    ) {
      return refused(Reason.quotaExceeded, "the server keeps no more retained messages");
    }
    if (store.state.kind === "ready") return undefined;
    const isStored =
      (frame.retain && payloadBytes > 0) ||
      known.route.hasPersistent ||
      (frame.qos === 2 && session.isPersistent);
    if (!isStored) return undefined;
    return refused(Reason.quotaExceeded, store.state.because);
  }

  #refuseForStore(
    connection: Connection,
    frame: PublishFrame,
    refusal: Refusal,
  ): Violation | undefined {
    this.#context.counting.dropped.storeFull += 1;
    if (connection.isVersion5) return this.#refuse(connection, frame, refusal);
    return { reasonCode: Reason.quotaExceeded, because: refusal.because }; // not acknowledged: it comes again
  }

  /**
   * With the packet identifier of its PUBLISH; QoS 0 is not answered. [MQTT5-2.2.1-5] [MQTT5-3.3.4-1] [MQTT5-4.3.2-4]
   * [MQTT5-4.3.3-8] [MQTT311-2.3.1-6] [MQTT311-3.3.4-1] [MQTT311-4.3.2-2] [MQTT311-4.3.3-2]
   */
  #acknowledge(connection: Connection, session: Session, frame: PublishFrame): void {
    const { store } = this.#context;
    const { packetId } = frame;
    if (frame.qos === 1) {
      const { batch } = this.#deliverer;
      if (connection.acks.isOpen(store, batch)) connection.sender.ack("puback", packetId);
      else connection.acks.add(store, batch, { kind: "puback", packetId });
      return;
    }
    const { batch: messageBatch } = this.#deliverer;
    const isStored = session.isPersistent && messageBatch === NOTHING_STORED;
    const batch = isStored ? store.hurry() : messageBatch; // with the message, if that is stored
    session.incoming.set(packetId, batch);
    connection.acks.add(store, batch, { kind: "pubrec", packetId });
  }
}

function tooManyAtOnce(because: string): Violation {
  return { reasonCode: Reason.receiveMaximumExceeded, because };
}

function topicViolation(bytes: Buffer): Violation | undefined {
  if (isText5(bytes)) return topicNameFault(bytes.toString());
  return { reasonCode: Reason.malformedPacket, because: "the topic is not legal UTF-8" };
}
