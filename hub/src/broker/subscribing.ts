/** SUBSCRIBE and UNSUBSCRIBE: each filter is judged, then filed, then answered; retained messages follow. */
import type { ISubscribePacket, ISubscription, IUnsubscribePacket } from "mqtt-packet";
import { NOTHING_STORED } from "./ack-order.ts";
import type { Connection } from "./connection.ts";
import type { EngineContext } from "./engine-context.ts";
import { higherQos, type Message, type Qos } from "./message.ts";
import { Reason } from "./reason.ts";
import { shortened } from "./reason-text.ts";
import type { Retained } from "./retained.ts";
import { RetainedFeed } from "./retained-feed.ts";
import { bytesOf, type Router } from "./routing/router.ts";
import { splitFilter, type Subscription } from "./routing/subscription.ts";
import { matchesFilter } from "./routing/topic.ts";
import type { Session } from "./session.ts";
import { StreamFeed } from "./stream-feed.ts";
import { Streaming } from "./streaming.ts";
import { filterFault } from "./topic-faults.ts";
import { protocolError, type Violation } from "./violation.ts";
import { verdictOf } from "./verdict.ts";
import { writePacket } from "./wire/packets.ts";

/** What is said in SUBACK to MQTT 3 for every filter that is not granted. [MQTT311-3.9.3-2] */
const FAILURE = 0x80;

/** A filter that was granted, and whether the client had it before. */
interface Added {
  readonly subscription: Subscription;
  /** The one with the same filter that it replaced. */
  readonly before: Subscription | undefined;
  /** Where its answer stands in SUBACK. */
  readonly place: number;
  /** Messages with greater rows came after it and need no retained copy. */
  readonly row: number;
}

interface Answer {
  readonly messageId: number;
  readonly granted: number[];
  readonly added: readonly Added[];
  readonly feeds: readonly StreamFeed[];
  /** Why a stream was not granted. */
  readonly because: string | undefined;
}

interface SubscribingParts {
  readonly retained: Retained;
  /** Whether the store has this session. */
  readonly isSaved: (session: Session) => boolean;
}

export class Subscribing {
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #retained: Retained;
  readonly #isSaved: (session: Session) => boolean;
  readonly #streaming: Streaming;

  constructor(context: EngineContext, router: Router, { retained, isSaved }: SubscribingParts) {
    this.#context = context;
    this.#router = router;
    this.#retained = retained;
    this.#isSaved = isSaved;
    this.#streaming = new Streaming(context);
  }

  /** Answers what is wrong if the connection must be ended for it. */
  subscribe(
    connection: Connection,
    session: Session,
    packet: ISubscribePacket,
  ): Violation | undefined {
    const shared = packet.subscriptions.find(
      ({ topic, nl }) => nl === true && topic.startsWith("$share/"),
    );
    if (shared !== undefined)
      return protocolError(`No Local on the shared subscription ${shared.topic}`); // [MQTT5-3.8.3-4]
    const { subscriptionIdentifier: identifier = 0, userProperties: user } =
      packet.properties ?? {};
    const added: Added[] = [];
    const feeds: StreamFeed[] = [];
    let because: string | undefined;
    // One answer for all of them, in their order. [MQTT5-3.8.4-5] [MQTT5-3.9.3-1] [MQTT311-3.8.4-4] [MQTT311-3.9.3-1]
    const granted = packet.subscriptions.map((asked, place) => {
      const reason = this.#refusalOf(connection, session, {
        asked,
        count: packet.subscriptions.length,
      });
      if (reason !== undefined) return this.#refused(connection, asked.topic, reason);
      if (this.#streaming.owns(asked.topic)) {
        const opened = this.#streaming.open(connection, session, { ...asked, identifier, user });
        if (opened instanceof StreamFeed) feeds.push(opened);
        else because ??= opened.because;
        if (!("reasonCode" in opened)) return asked.qos;
        return this.#refused(connection, asked.topic, opened.reasonCode);
      }
      added.push({ ...this.#add(session, asked, identifier), place });
      return asked.qos; // [MQTT5-3.8.4-8] [MQTT311-3.8.4-6] [MQTT5-3.8.4-7]
    });
    const { messageId = 0 } = packet;
    this.#answer(connection, session, { messageId, granted, added, feeds, because });
    return undefined;
  }

  unsubscribe(
    connection: Connection,
    session: Session,
    { messageId = 0, unsubscriptions }: IUnsubscribePacket,
  ): void {
    // [MQTT5-3.10.4-6] [MQTT5-3.11.3-1] [MQTT311-3.10.4-6]
    const granted = unsubscriptions.map((filter) => this.#remove(session, filter));
    const { store } = this.#context;
    connection.acks.call(store, session.isPersistent ? store.hurry() : NOTHING_STORED, () => {
      // [MQTT5-2.2.1-6] [MQTT5-3.10.4-4] [MQTT5-3.11.2-1] [MQTT5-3.11.2-2] [MQTT5-3.11.3-2]
      // [MQTT311-2.3.1-7] [MQTT311-3.10.4-4] [MQTT311-3.10.4-5]
      connection.write(writePacket({ cmd: "unsuback", messageId, granted }, connection.version));
    });
  }

  /**
   * What is on its way already is completed. [MQTT5-3.10.4-1] [MQTT5-3.10.4-2] [MQTT5-3.10.4-3]
   * [MQTT311-3.10.4-1] [MQTT311-3.10.4-2] [MQTT311-3.10.4-3]
   */
  #remove(session: Session, filter: string): number {
    if (session.outgoing.streams.remove(filter)) return Reason.success;
    const subscription = session.subscriptions.get(filter);
    if (subscription === undefined) return Reason.noSubscriptionExisted; // [MQTT5-3.10.4-5]
    session.subscriptions.delete(filter);
    const row = this.#context.nextRow();
    Object.assign(session.unsureUntilRow, { 1: row, 2: row });
    session.outgoing.feeds.remove(filter);
    this.#router.remove(subscription);
    if (session.isPersistent) this.#context.store.deleteSubscription(session.clientId, filter);
    if (session.client !== undefined) this.#context.options.unsubscribed?.(session.client, filter);
    return Reason.success;
  }

  /** Counts a filter that is not granted, and answers what SUBACK says of it. */
  #refused({ session, address, isVersion5 }: Connection, filter: string, code: number): number {
    const { counting, log } = this.#context;
    const { subscriptionsRefused } = counting;
    subscriptionsRefused.set(code, (subscriptionsRefused.get(code) ?? 0) + 1);
    const who = { clientId: session?.clientId, address };
    log.info({ ...who, filter: shortened(filter), reasonCode: code }, "a filter was not granted");
    return isVersion5 ? code : FAILURE;
  }

  /** The reason code when this filter is not granted. [MQTT5-3.9.3-2] */
  #refusalOf(
    connection: Connection,
    session: Session,
    { asked, count }: { readonly asked: ISubscription; readonly count: number },
  ): number | undefined {
    const { limits, options, log } = this.#context;
    const fault = filterFault(asked.topic, limits);
    if (fault !== undefined) return fault.reasonCode;
    const { topicFilter } = splitFilter(asked.topic);
    if (count > limits.maxFiltersPerSubscribe || !this.#hasRoomFor(asked.topic, session))
      return Reason.quotaExceeded;
    const { client } = connection;
    if (client === undefined || options.maySubscribe === undefined) return undefined;
    if (this.#streaming.owns(asked.topic)) return undefined; // who opens it asks for the filter within
    const verdict = verdictOf(
      () => options.maySubscribe?.(client, topicFilter) ?? { allow: true },
      (error) =>
        log.error(
          { error, filter: asked.topic },
          "whether a client may subscribe could not be decided",
        ),
    );
    return verdict.allow ? undefined : verdict.reasonCode;
  }

  #hasRoomFor(filter: string, { subscriptions }: Session): boolean {
    if (subscriptions.has(filter)) return true;
    const { maxSubscriptionsPerClient, maxSubscriptionBytes } = this.#context.limits;
    const bytes = this.#router.subscriptionBytes + bytesOf(filter);
    return subscriptions.size < maxSubscriptionsPerClient && bytes <= maxSubscriptionBytes;
  }

  /** Files the subscription in place of one with the same filter. [MQTT5-3.8.4-3] [MQTT311-3.8.4-3] */
  #add(session: Session, asked: ISubscription, identifier: number): Omit<Added, "place"> {
    const before = session.subscriptions.get(asked.topic);
    if (before !== undefined) this.#router.remove(before);
    const retainHandling = asked.rh === 1 || asked.rh === 2 ? asked.rh : 0;
    const subscription: Subscription = {
      filter: asked.topic,
      ...splitFilter(asked.topic),
      session,
      qos: asked.qos,
      noLocal: asked.nl === true,
      retainAsPublished: asked.rap === true,
      retainHandling,
      identifier,
    };
    session.subscriptions.set(asked.topic, subscription);
    this.#router.add(subscription);
    const row = this.#context.nextRow();
    if (session.isPersistent) this.#context.store.saveSubscription(session.clientId, subscription);
    if (session.client !== undefined)
      this.#context.options.subscribed?.(session.client, subscription);
    return { subscription, before, row };
  }

  /** [MQTT5-3.8.4-1] [MQTT5-3.8.4-2] [MQTT5-3.8.4-6] [MQTT311-3.8.4-1] [MQTT311-3.8.4-2] [MQTT311-3.8.4-5] */
  #answer(connection: Connection, session: Session, answer: Answer): void {
    const { store } = this.#context;
    const { messageId, granted, added, feeds, because } = answer;
    const mustBeStored = session.isPersistent && added.length > 0;
    connection.acks.call(store, mustBeStored ? store.hurry() : NOTHING_STORED, (hasFailed) => {
      const isLost = hasFailed || (mustBeStored && !this.#isSaved(session));
      if (isLost) this.#takeBack(connection, session, answer);
      // It has the identifier of its SUBSCRIBE, and words only for streams, as far as they make it not too large.
      // [MQTT5-2.2.1-6] [MQTT5-3.9.2-1] [MQTT5-3.9.2-2] [MQTT311-2.3.1-7]
      connection.write(connection.sender.explained({ cmd: "suback", messageId, granted }, because));
      for (const feed of feeds) {
        if (connection.isClosed) feed.close();
        else session.outgoing.streams.add(feed);
      }
      if (!isLost) this.#feedRetained(session, added);
    });
  }

  /** They could not be stored: nothing is promised, and what was there before goes on. */
  #takeBack(connection: Connection, session: Session, { granted, added }: Answer): void {
    for (const { subscription, before, place } of added.toReversed()) {
      const { filter } = subscription;
      granted[place] = this.#refused(connection, filter, Reason.quotaExceeded);
      if (session.subscriptions.get(filter) !== subscription) continue; // replaced or gone meanwhile
      this.#router.remove(subscription);
      session.subscriptions.delete(filter);
      if (before === undefined) continue;
      session.subscriptions.set(filter, before);
      this.#router.add(before);
    }
  }

  /**
   * A message that several filters of one SUBSCRIBE match comes once, in the highest of their QoS.
   * [MQTT5-3.8.4-4] [MQTT5-3.3.1-9] [MQTT5-3.3.1-10] [MQTT5-3.3.1-11] [MQTT5-3.3.4-2] [MQTT311-3.3.1-6] [MQTT311-3.3.5-1]
   */
  #feedRetained(session: Session, added: readonly Added[]): void {
    const { options } = this.#context;
    const wanting = added.filter(
      ({ subscription, before }) =>
        wantsRetained(subscription, before !== undefined) &&
        session.subscriptions.get(subscription.filter) === subscription, // not replaced or gone meanwhile
    );
    const stepCost = wanting.length;
    for (const [index, { subscription, row }] of wanting.entries()) {
      const qosFor = (message: Message): Qos | undefined => {
        if (message.row > row || options.mayReceive?.(session.clientId, message.topic) === false)
          return undefined;
        return highestQos(wanting, index, message.topic);
      };
      const messages = this.#retained.matchingOrMade(subscription.topicFilter, row);
      session.outgoing.feeds.remove(subscription.filter); // asked for anew: given anew, from the beginning
      session.outgoing.feeds.add(new RetainedFeed(subscription, messages, { qosFor, stepCost }));
    }
    session.outgoing.pump();
  }
}

/** What the filters from `index` on are granted together; `undefined` when one before them matches too. */
function highestQos(wanting: readonly Added[], index: number, topic: string): Qos | undefined {
  if (wanting.length === 1) return wanting[0]?.subscription.qos;
  const first = wanting.findIndex((one) => matchesFilter(one.subscription.topicFilter, topic));
  if (first < index) return undefined;
  return wanting
    .filter((one) => matchesFilter(one.subscription.topicFilter, topic))
    .reduce<Qos>((qos, one) => higherQos(qos, one.subscription.qos), 0);
}

function wantsRetained({ retainHandling, isShared }: Subscription, wasThere: boolean): boolean {
  return !isShared && retainHandling !== 2 && !(retainHandling === 1 && wasThere);
}
