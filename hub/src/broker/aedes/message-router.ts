/**
 * Takes each message to those who subscribed to it; aedes' `mq` plug-in.
 *
 * Traps it is there for: aedes' own queue waits until every subscriber has taken a message, so that one client that
 * does not read stops all others (A8), and it starts the next message from within the end of the last one, so that
 * a long queue overflows the stack and ends the process. Here nobody is waited for and nothing recurses.
 * A message reaches a client once, by the subscription with the highest QoS, however many of them match (A6).
 */
import { TopicTrie } from "../topic-trie.ts";
import type { Listener, RoutedPacket } from "./internals.ts";

/** Topics whose receivers are remembered at most; beyond that they are looked up anew. */
const MAX_RESOLVED_TOPICS = 10_000;

type Done = (error?: Error) => void;

/** The client a listener belongs to, and the QoS it was granted. */
export interface ListenerOwner {
  readonly client: object;
  readonly qos: 0 | 1 | 2;
}

/** What the router knows of the rest. */
export interface MessageRouterOptions {
  /** Messages on topics that begin so are aedes talking to itself; they go nowhere. */
  readonly housekeepingPrefix: string;
  /** Whose listener it is; `undefined` when it is nobody's in particular. */
  ownerOf(listener: Listener): ListenerOwner | undefined;
  /** Told of each message before any subscriber. */
  passing(packet: RoutedPacket): void;
  /** A listener threw; the others still get the message. */
  failed(error: unknown, topic: string): void;
}

interface Target {
  readonly listener: Listener;
  readonly owner: ListenerOwner | undefined;
}

/** Routes messages in the order in which they are emitted. */
export class MessageRouter {
  readonly #options: MessageRouterOptions;
  readonly #trie = new TopicTrie<Target>();
  readonly #targets = new WeakMap<Listener, Target>();
  /** Receivers of the topics seen since the last change of a subscription. */
  readonly #resolved = new Map<string, readonly Target[]>();
  /** Messages that were published by those who were just told of another one. */
  readonly #following: RoutedPacket[] = [];
  #isRouting = false;
  /** Messages given to subscribers that are not in their outgoing buffers yet. */
  #underWay = 0;
  #whenDelivered: () => void = nothing;
  #closed = false;

  constructor(options: MessageRouterOptions) {
    this.#options = options;
  }

  on(filter: string, listener: Listener, done?: () => void): this {
    let target = this.#targets.get(listener);
    if (target === undefined) {
      target = { listener, owner: this.#options.ownerOf(listener) };
      this.#targets.set(listener, target);
    }
    this.#trie.add(filter, target);
    this.#resolved.clear();
    done?.();
    return this;
  }

  removeListener(filter: string, listener: Listener, done?: () => void): this {
    const target = this.#targets.get(listener);
    if (target !== undefined) this.#trie.remove(filter, target);
    this.#resolved.clear();
    done?.();
    return this;
  }

  /** Hands the message to all that get it, and then, in its turn, calls `done`: never from within this call. */
  emit(packet: RoutedPacket, done: Done = nothing): this {
    if (this.#closed) {
      process.nextTick(done, new Error("the MQTT server is stopped"));
      return this;
    }
    if (!packet.topic.startsWith(this.#options.housekeepingPrefix)) this.#routeInTurn(packet);
    process.nextTick(done);
    return this;
  }

  close(done: () => void = nothing): this {
    this.#closed = true;
    process.nextTick(done);
    return this;
  }

  /** Resolves when every message stands in its receivers' outgoing buffers, or `withinMs` are over. */
  async delivered(withinMs: number): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#whenDelivered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  readonly #taken = (): void => {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#whenDelivered();
  };

  /** A message never overtakes the one that gave rise to it. */
  #routeInTurn(packet: RoutedPacket): void {
    if (this.#isRouting) {
      this.#following.push(packet);
      return;
    }
    this.#isRouting = true;
    try {
      let next: RoutedPacket | undefined = packet;
      while (next !== undefined) {
        this.#route(next);
        next = this.#following.shift();
      }
    } finally {
      this.#isRouting = false;
    }
  }

  #route(packet: RoutedPacket): void {
    this.#options.passing(packet);
    for (const { listener, owner } of this.#receiversOf(packet.topic)) {
      try {
        this.#underWay += 1;
        listener(granted(packet, owner), this.#taken);
      } catch (error) {
        this.#taken();
        this.#options.failed(error, packet.topic);
      }
    }
  }

  #receiversOf(topic: string): readonly Target[] {
    const known = this.#resolved.get(topic);
    if (known !== undefined) return known;
    const receivers = oncePerClient(this.#trie.match(topic));
    if (this.#resolved.size >= MAX_RESOLVED_TOPICS) this.#resolved.clear();
    this.#resolved.set(topic, receivers);
    return receivers;
  }
}

/** Of each client the one with the highest QoS: overlapping subscriptions get one copy. [MQTT5-3.3.4-2] */
function oncePerClient(matching: readonly Target[]): readonly Target[] {
  const best = new Map<object, Target>();
  for (const target of matching) {
    const client = target.owner?.client ?? target.listener;
    const before = best.get(client);
    if (before === undefined || (target.owner?.qos ?? 2) > (before.owner?.qos ?? 2)) {
      best.set(client, target);
    }
  }
  return [...best.values()];
}

/** The message with at most the QoS that was granted. [MQTT5-3.8.4-8] */
function granted(packet: RoutedPacket, owner: ListenerOwner | undefined): RoutedPacket {
  if (owner === undefined || packet.qos <= owner.qos) return packet;
  return { ...packet, qos: owner.qos };
}

function nothing(): void {}
