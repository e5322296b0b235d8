/** A publisher that keeps its session: it knows what was acknowledged, and sends the rest again when it is back. */
import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import { DurableLink } from "./durable-link.ts";

export interface PublisherSettings {
  readonly name: string;
  readonly version: 4 | 5;
  readonly qos: 1 | 2;
  /** Messages that may be unacknowledged at once. */
  readonly window: number;
  /** Told of every message that the server has promised to keep. */
  readonly acknowledged: () => void;
}

interface Unfinished {
  readonly count: number;
  state: "sent" | "received";
}

export class DurablePublisher {
  readonly topic: string;
  readonly qos: 1 | 2;
  /** Counts of messages for which PUBACK or PUBREC came. */
  readonly acknowledged = new Set<number>();
  /** Counts of messages that were sent more than once. */
  readonly repeated = new Set<number>();
  /** Messages sent so far; each carries its count, beginning with 1. */
  sent = 0;
  readonly #settings: PublisherSettings;
  readonly #unfinished = new Map<number, Unfinished>();
  #link: DurableLink | undefined;
  #lastId = 0;
  #isKnown = false;
  /** New messages that may still be sent. */
  #left = 0;
  #onIdle: (() => void) | undefined;

  constructor(settings: PublisherSettings) {
    this.#settings = settings;
    this.topic = `plant/${settings.name}`;
    this.qos = settings.qos;
  }

  async connect(port: number): Promise<void> {
    const { name, version } = this.#settings;
    const received = (packet: Packet): void => this.#received(packet);
    const { link, sessionPresent } = await DurableLink.open(
      port,
      { version, clientId: name },
      received,
    );
    assert.equal(sessionPresent, this.#isKnown, `${name}: its session`);
    this.#isKnown = true;
    this.#link = link;
    for (const [messageId, { count, state }] of this.#unfinished) {
      if (state === "received") link.send({ cmd: "pubrel", messageId });
      else this.#send(messageId, count, true);
    }
  }

  /** Publishes without end, as fast as its window allows, until the connection goes or `finish` is called. */
  publish(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#fill();
  }

  /** Publishes one last message; resolves when nothing is unacknowledged any more. */
  async finish(): Promise<void> {
    this.#left = 1;
    this.#fill();
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await this.#link?.vanish();
  }

  /** The server is gone. */
  async lost(): Promise<void> {
    this.#left = 0;
    await this.#link?.closed;
    this.#link = undefined;
  }

  #fill(): void {
    while (this.#left > 0 && this.#unfinished.size < this.#settings.window) this.#next();
  }

  #next(): void {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.#unfinished.has(this.#lastId));
    this.sent += 1;
    this.#left -= 1;
    this.#unfinished.set(this.#lastId, { count: this.sent, state: "sent" });
    this.#send(this.#lastId, this.sent, false);
  }

  #send(messageId: number, count: number, dup: boolean): void {
    if (dup) this.repeated.add(count);
    const { topic, qos } = this;
    const payload = `${count} ${"x".repeat((count * 37) % 300)}`;
    this.#link?.send({ cmd: "publish", topic, payload, qos, messageId, dup, retain: false });
  }

  #received(packet: Packet): void {
    const messageId = packet.messageId ?? 0;
    const unfinished = this.#unfinished.get(messageId);
    if (packet.cmd === "puback" || packet.cmd === "pubcomp") {
      if (packet.cmd === "puback") this.#acknowledge(unfinished);
      this.#unfinished.delete(messageId);
      this.#fill();
      if (this.#unfinished.size === 0) this.#onIdle?.();
    } else if (packet.cmd === "pubrec") {
      assert.ok((packet.reasonCode ?? 0) < 0x80, JSON.stringify(packet));
      this.#acknowledge(unfinished);
      this.#link?.send({ cmd: "pubrel", messageId });
    } else assert.fail(`${this.#settings.name} got ${JSON.stringify(packet)}`);
  }

  #acknowledge(unfinished: Unfinished | undefined): void {
    if (unfinished === undefined) return;
    unfinished.state = "received";
    this.acknowledged.add(unfinished.count);
    this.#settings.acknowledged();
  }
}
