/**
 * Retained messages and sessions, in memory; aedes' `persistence` plug-in.
 *
 * All answers come at once and not in a later microtask. That keeps the order of one publisher across QoS levels:
 * with promises a QoS 0 message overtakes the QoS 1 message before it, because only the latter is stored.
 * What each session owes its client is in `outgoing-queue.ts`.
 */
import { Readable } from "node:stream";
import type { Logger } from "@unshub/adapter";
import { TopicTree } from "../topic-tree.ts";
import { TopicTrie } from "../topic-trie.ts";
import type {
  Answer,
  EngineStore,
  OutgoingPacket,
  Receiver,
  RoutedPacket,
  StoredSubscription,
} from "./internals.ts";
import { OutgoingQueue } from "./outgoing-queue.ts";

interface StoredSession {
  readonly subscriptions: Map<string, { subscription: StoredSubscription; receiver: Receiver }>;
  readonly outgoing: OutgoingQueue;
  /**
   * Packet identifiers of QoS 2 messages that the client has not released. Trap A5: aedes keeps whole messages here
   * without limit; identifiers are enough, and there are 65 535 of them at most.
   */
  readonly incoming: Set<number>;
  /** Whether the log knows that the queue overflows. */
  overflowing: boolean;
}

type ById = { readonly id: string };
type WithMessageId = { readonly messageId?: number };

/** Sessions and retained messages of a running hub; gone when the process ends. */
export class MemoryStore implements EngineStore {
  readonly #log: Logger;
  readonly #retained = new TopicTree<RoutedPacket>();
  readonly #sessions = new Map<string, StoredSession>();
  readonly #receivers = new TopicTrie<Receiver>();

  constructor(log: Logger) {
    this.#log = log;
  }

  async setup(): Promise<void> {}

  /** An empty payload deletes. [MQTT5-3.3.1-6] */
  storeRetained(packet: RoutedPacket): Answer<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else this.#retained.set(packet.topic, { ...packet, payload: Buffer.from(packet.payload) });
    return DONE;
  }

  /** Each retained message once, even when several filters of one SUBSCRIBE match it. */
  createRetainedStreamCombi(filters: string[]): Readable {
    return Readable.from(this.#retainedFor(filters));
  }

  addSubscriptions({ id }: ById, subscriptions: StoredSubscription[]): Answer<void> {
    const session = this.#session(id);
    for (const subscription of subscriptions) {
      const { topic, qos, rap = false } = subscription;
      this.#forgetSubscription(session, topic);
      const receiver: Receiver = { clientId: id, qos, rap };
      session.subscriptions.set(topic, { subscription: { ...subscription }, receiver });
      if (qos > 0) this.#receivers.add(topic, receiver);
    }
    return DONE;
  }

  removeSubscriptions({ id }: ById, filters: string[]): Answer<void> {
    const session = this.#sessions.get(id);
    if (session === undefined) return DONE;
    for (const filter of filters) this.#forgetSubscription(session, filter);
    return DONE;
  }

  subscriptionsByClient({ id }: ById): Answer<StoredSubscription[]> {
    const subscriptions = this.#sessions.get(id)?.subscriptions.values() ?? [];
    return already([...subscriptions].map(({ subscription }) => ({ ...subscription })));
  }

  /** The stored sessions a message is for, each once, with its highest QoS. */
  subscriptionsByTopic(topic: string): Answer<Receiver[]> {
    const best = new Map<string, Receiver>();
    for (const receiver of this.#receivers.match(topic)) {
      const before = best.get(receiver.clientId);
      if (before === undefined || receiver.qos > before.qos) best.set(receiver.clientId, receiver);
    }
    return already([...best.values()]);
  }

  /** The session has ended: nothing of it remains. aedes asks for this at Clean Start and at session expiry. */
  cleanSubscriptions({ id }: ById): Answer<void> {
    const session = this.#sessions.get(id);
    if (session === undefined) return DONE;
    for (const filter of session.subscriptions.keys()) this.#forgetSubscription(session, filter);
    this.#sessions.delete(id);
    return DONE;
  }

  outgoingEnqueueCombi(receivers: Receiver[], packet: RoutedPacket): Answer<void> {
    if (receivers.length === 0) return DONE;
    const payload = Buffer.from(packet.payload); // shared by all receivers; frees the buffer it was read into
    for (const { clientId, qos, rap } of receivers) {
      const granted = qos < packet.qos ? qos : packet.qos; // [MQTT5-3.8.4-8]
      const retain = rap && packet.retain; // [MQTT5-3.3.1-12]
      this.#enqueue(clientId, { ...packet, payload, qos: granted, retain });
    }
    return DONE;
  }

  /** Never fails: aedes would end the connection of a client whose message was let go when its queue was full. */
  outgoingUpdate({ id }: ById, packet: OutgoingPacket): Answer<void> {
    this.#sessions.get(id)?.outgoing.sending(packet);
    return DONE;
  }

  outgoingClearMessageId(
    { id }: ById,
    { messageId }: WithMessageId,
  ): Answer<OutgoingPacket | undefined> {
    return already(this.#sessions.get(id)?.outgoing.settle(messageId));
  }

  outgoingStream({ id }: ById): Readable {
    return Readable.from(this.#sessions.get(id)?.outgoing.owed() ?? []);
  }

  incomingStorePacket({ id }: ById, { messageId }: WithMessageId): Answer<void> {
    if (messageId !== undefined) this.#session(id).incoming.add(messageId);
    return DONE;
  }

  /** Whether this QoS 2 message was taken before and is not released yet. [MQTT5-4.3.3-10] */
  isIncoming(clientId: string, messageId: number): boolean {
    return this.#sessions.get(clientId)?.incoming.has(messageId) === true;
  }

  incomingGetPacket({ id }: ById, { messageId }: WithMessageId): Answer<object> {
    if (messageId !== undefined && this.isIncoming(id, messageId)) return already({ messageId });
    return never(new Error(`no QoS 2 message ${messageId} of ${id} is under way`));
  }

  /** Never fails. Trap A4: aedes leaves a failure unhandled, so two PUBRELs for one message end the process. */
  async incomingDelPacket({ id }: ById, { messageId }: WithMessageId): Promise<void> {
    if (messageId !== undefined) this.#sessions.get(id)?.incoming.delete(messageId);
  }

  /** Wills live with their connections; a store in memory does not outlive those. */
  putWill(): Answer<void> {
    return DONE;
  }

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }

  #session(clientId: string): StoredSession {
    let session = this.#sessions.get(clientId);
    if (session === undefined) {
      session = {
        subscriptions: new Map(),
        outgoing: new OutgoingQueue(),
        incoming: new Set(),
        overflowing: false,
      };
      this.#sessions.set(clientId, session);
    }
    return session;
  }

  #forgetSubscription(session: StoredSession, filter: string): void {
    const known = session.subscriptions.get(filter);
    if (known === undefined) return;
    this.#receivers.remove(filter, known.receiver);
    session.subscriptions.delete(filter);
  }

  #enqueue(clientId: string, packet: OutgoingPacket): void {
    const session = this.#session(clientId);
    const dropped = session.outgoing.enqueue(packet);
    if (dropped > 0 && !session.overflowing) {
      this.#log.warn(
        { clientId },
        "the queue of a session is full; its oldest messages are dropped",
      );
    }
    session.overflowing = dropped > 0;
  }

  *#retainedFor(filters: readonly string[]): Generator<RoutedPacket> {
    const seen = new Set<RoutedPacket>();
    for (const filter of filters) {
      for (const packet of this.#retained.matching(filter)) {
        if (seen.has(packet)) continue;
        seen.add(packet);
        yield packet;
      }
    }
  }
}

/** An answer that is there already. */
function already<T>(value: T): Answer<T> {
  // eslint-disable-next-line unicorn/no-thenable -- aedes takes it where it takes a promise; nobody awaits it
  return { then: (kept) => kept(value) };
}

function never<T>(reason: Error): Answer<T> {
  // eslint-disable-next-line unicorn/no-thenable -- as above
  return { then: (_kept, broken) => broken?.(reason) };
}

const DONE: Answer<void> = already(undefined);
