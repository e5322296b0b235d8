/** Gives one message to all who are to get it: live receivers, stored queues, the retained tree. */
import { NOTHING_STORED } from "./ack-order.ts";
import { CurrentPublish } from "./current-publish.ts";
import type { EngineContext } from "./engine-context.ts";
import { Lane } from "./lane.ts";
import type { Message } from "./message.ts";
import type { Retained } from "./retained.ts";
import type { KnownTopic } from "./routing/known-topics.ts";
import { type Route, type SharedRoute, type Target, targetsOf } from "./routing/route.ts";
import type { Router } from "./routing/router.ts";
import type { Session } from "./session.ts";
import type { Delivery } from "./store/store.ts";
import type { PublishFrame } from "./wire/publish-frame.ts";

export class Deliverer {
  readonly lane: Lane;
  /** The batch of the store that makes the last message durable. */
  batch = NOTHING_STORED;
  readonly #context: EngineContext;
  readonly #router: Router;
  readonly #retained: Retained;
  readonly #current: CurrentPublish;

  constructor(context: EngineContext, router: Router, retained: Retained) {
    this.#context = context;
    this.#router = router;
    this.#retained = retained;
    this.#current = new CurrentPublish(context.nextRow, context.monotonic);
    this.lane = new Lane(this.#current);
  }

  /** An empty payload takes a message away, for which there is always room. */
  hasRetainedRoom(topic: string, payloadBytes: number, propertiesBytes: number): boolean {
    return payloadBytes === 0 || this.#retained.hasRoom(topic, payloadBytes + propertiesBytes);
  }

  /** `payload`: instead of the one of the frame. */
  deliverFrame(
    publisher: Session,
    frame: PublishFrame,
    known: KnownTopic,
    payload: Uint8Array | undefined,
  ): void {
    this.lane.flush();
    this.#current.loadFrame(frame, known, publisher.clientId);
    if (payload !== undefined) this.#current.loadMessage({ ...this.#current.message, payload });
    this.#deliver(known.route, publisher);
  }

  /** A message of the hub, or a Will. */
  deliverMessage(message: Message, publisher: Session | undefined): void {
    this.lane.flush();
    const route = this.#router.route(message.topic); // may ask others, who may publish
    this.#current.loadMessage(message);
    this.#deliver(route, publisher);
  }

  /** Gives a message to some member of a shared subscription; false when it has none who may have it. */
  deliverToShare(message: Message, share: string): boolean {
    this.lane.flush();
    const route = this.#router.route(message.topic); // may ask others, who may publish
    const shared = route.shared.find(({ group }) => group.filter === share);
    if (shared === undefined) return false;
    this.#current.loadMessage(message);
    return this.#giveMember(shared) !== undefined;
  }

  #deliver(route: Route, publisher: Session | undefined): void {
    const current = this.#current;
    const { store } = this.#context;
    const isRetained = current.retain && this.#retain(); // [MQTT5-3.3.1-8] [MQTT311-3.3.1-12]
    const deliveries: Delivery[] = [];
    // [MQTT5-4.5.0-1] [MQTT311-4.5.0-1]
    for (const target of route.receivers.targets) {
      const own = target.session === publisher ? target.own : target;
      if (own !== undefined) this.#give(own, deliveries);
    }
    this.#enqueue(deliveries);
    const isStored = this.#giveShared(route) || deliveries.length > 0;
    const mustBeStored = isStored || (isRetained && current.qos > 0);
    this.batch = mustBeStored ? store.hurry() : NOTHING_STORED;
  }

  /** A member may get the message for another subscription too, so each copy is a message of its own. */
  #giveShared({ shared }: Route): boolean {
    let isStored = false;
    for (const one of shared) {
      const given = this.#giveMember(one);
      isStored ||= given === "stored";
    }
    return isStored;
  }

  /** `undefined` when there is no member to get it. */
  #giveMember({ group, members }: SharedRoute): "stored" | "sent" | undefined {
    const chosen = group.choose(members, this.#current.publisherId);
    if (chosen === undefined) return undefined;
    const deliveries: Delivery[] = [];
    this.#current.renewRow();
    for (const target of targetsOf([chosen])) this.#give(target, deliveries); // [MQTT5-4.8.2-3]
    this.#enqueue(deliveries);
    return deliveries.length > 0 ? "stored" : "sent";
  }

  #enqueue(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    this.#context.store.enqueue(this.#context.toStored(this.#current.message), deliveries);
  }

  #give(target: Target, deliveries: Delivery[]): void {
    const delivery = target.session.outgoing.give(this.#current, target);
    if (delivery !== undefined) deliveries.push(delivery);
  }

  /** False when it is not kept, or there is no room for it; QoS 1 and 2 were refused before. */
  #retain(): boolean {
    const { topic, parts, qos } = this.#current;
    if (this.#retained.isProvided(topic)) return false;
    const hasRoom = this.hasRetainedRoom(topic, parts.payload.length, parts.properties.length);
    if (hasRoom) this.#retained.set(withOwnPayload(this.#current.message));
    else if (qos === 0) this.#context.counting.dropped.queueFull += 1;
    return hasRoom;
  }
}

/** A retained message stays long, and a small payload shares a block of memory with neighbours that do not. */
function withOwnPayload(message: Message): Message {
  const { payload } = message;
  if (payload.length * 2 > payload.buffer.byteLength) return message;
  return { ...message, payload: new Uint8Array(payload) };
}
