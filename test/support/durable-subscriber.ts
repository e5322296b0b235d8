/** A subscriber that keeps its session: it remembers what it got, and acknowledges as the standard asks. */
import assert from "node:assert/strict";
import type { IPublishPacket, Packet } from "mqtt-packet";
import { DurableLink } from "./durable-link.ts";

export interface Got {
  readonly count: number;
  readonly dup: boolean;
  /** Which of its connections it came on. */
  readonly connection: number;
  readonly qos: number;
  readonly identifier: number | undefined;
}

export interface SubscriberSettings {
  readonly name: string;
  readonly version: 4 | 5;
  readonly filter: string;
  readonly qos: 1 | 2;
  /** MQTT 5: its Subscription Identifier. */
  readonly identifier?: number;
}

export class DurableSubscriber {
  readonly name: string;
  readonly qos: 1 | 2;
  /** All deliveries by topic; a QoS 2 packet that came again within its handshake is not another one. */
  readonly got = new Map<string, Got[]>();
  readonly #settings: SubscriberSettings;
  readonly #unreleased = new Set<number>();
  #link: DurableLink | undefined;
  #connections = 0;
  #onSubscribed: (() => void) | undefined;
  readonly #waiting: { readonly isTrue: () => boolean; readonly resolve: () => void }[] = [];

  constructor(settings: SubscriberSettings) {
    this.#settings = settings;
    this.name = settings.name;
    this.qos = settings.qos;
  }

  /** Connects; subscribes the first time only. */
  async connect(port: number): Promise<void> {
    const { name, version } = this.#settings;
    const received = (packet: Packet): void => this.#received(packet);
    const { link, sessionPresent } = await DurableLink.open(
      port,
      { version, clientId: name },
      received,
    );
    assert.equal(sessionPresent, this.#connections > 0, `${name}: its session`);
    this.#connections += 1;
    this.#link = link;
    if (!sessionPresent) await this.#subscribe(link);
  }

  async vanish(): Promise<void> {
    await this.#link?.vanish();
    this.#link = undefined;
  }

  /** Resolves when this is true; it is looked at after every message. */
  async until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ isTrue, resolve });
    });
  }

  async #subscribe(link: DurableLink): Promise<void> {
    const { version, filter, qos, identifier } = this.#settings;
    const subscribed = new Promise<void>((resolve) => {
      this.#onSubscribed = resolve;
    });
    link.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: filter, qos }],
      ...(version === 5 &&
        identifier !== undefined && { properties: { subscriptionIdentifier: identifier } }),
    });
    await subscribed;
  }

  #received(packet: Packet): void {
    const messageId = packet.messageId ?? 0;
    if (packet.cmd === "publish") this.#publish(packet, messageId);
    else if (packet.cmd === "pubrel") {
      this.#unreleased.delete(messageId);
      this.#link?.send({ cmd: "pubcomp", messageId });
    } else if (packet.cmd === "suback") this.#onSubscribed?.();
    else assert.fail(`${this.name} got ${JSON.stringify(packet)}`);
  }

  #publish(packet: IPublishPacket, messageId: number): void {
    if (packet.qos === 2) {
      if (!this.#unreleased.has(messageId)) this.#take(packet);
      this.#unreleased.add(messageId);
      this.#link?.send({ cmd: "pubrec", messageId });
      return;
    }
    this.#take(packet);
    if (packet.qos === 1) this.#link?.send({ cmd: "puback", messageId });
  }

  #take({ topic, payload, dup, qos, properties }: IPublishPacket): void {
    const identifier = properties?.subscriptionIdentifier;
    const got = {
      count: Number(String(payload).split(" ", 1)[0]),
      dup,
      connection: this.#connections,
      qos,
      identifier: Array.isArray(identifier) ? identifier[0] : identifier,
    };
    const before = this.got.get(topic);
    if (before === undefined) this.got.set(topic, [got]);
    else before.push(got);
    for (const waiting of this.#waiting.splice(0)) {
      if (waiting.isTrue()) waiting.resolve();
      else this.#waiting.push(waiting);
    }
  }
}
