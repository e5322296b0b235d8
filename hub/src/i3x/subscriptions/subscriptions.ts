/**
 * The subscriptions of all clients: who may use which, how many there may be, and when one is given up. They are memory only;
 * a client that finds its own gone makes a new one.
 */
import { randomBytes } from "node:crypto";
import type { Sight } from "../../feed/index.ts";
import { Breath } from "../breath.ts";
import { DONE, failed, notFound, Refusal, type Item } from "../envelope.ts";
import { Monitor, type MonitorOptions } from "./monitor.ts";
import { UpdateStream, type Outlet } from "./stream.ts";
import { Subscription, type Budget } from "./subscription.ts";

export interface SubscriptionsOptions extends MonitorOptions {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** A subscription of which nobody hears so long is given up. */
  readonly ttlMs: number;
  /** What all of them may keep; for tests. */
  readonly mostBytes?: number;
}

/** Who asks, and what he sees. */
export interface Client {
  readonly owner: string;
  readonly clientId: string;
  readonly sight: Sight;
}

const MOST_OF_ONE_OWNER = 20;
const MOST_OF_ALL = 1000;
const MOST_MONITORED = 5000;
const MOST_MONITORED_OF_ALL = 200_000;
const MOST_BYTES = 128 * 1024 * 1024;
const SWEEP_MS = 1000;
/** Clients give up a stream that is silent for long. */
const SWEEPS_A_BEAT = 15;

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #all = new Map<string, Subscription>();
  readonly #streams = new Map<Subscription, { stream: UpdateStream; sightNow: SightNow }>();
  readonly #budget: Budget;
  /** Made with the first subscription, and gone with the last one. */
  #monitor: Monitor | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sweeps = 0;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    const relieve = (): void => this.#relieve();
    this.#budget = { bytes: 0, dropped: 0, mostBytes: options.mostBytes ?? MOST_BYTES, relieve };
  }

  get size(): number {
    return this.#all.size;
  }

  get streams(): number {
    return this.#streams.size;
  }

  get dropped(): number {
    return this.#budget.dropped;
  }

  /** Bytes that all of them keep. */
  get bytes(): number {
    return this.#budget.bytes;
  }

  create({ owner, clientId, sight }: Client, displayName: string | null): Subscription | Refusal {
    const own = [...this.#all.values()].filter(({ head }) => head.owner === owner);
    const fault = tooMany(own.length, this.#all.size);
    if (fault !== undefined) return new Refusal(429, fault, this.#options.ttlMs);
    const id = randomBytes(32).toString("base64url");
    const head = { id, clientId, owner, displayName };
    const now = this.#options.now();
    const subscription = new Subscription(head, { sight, now, budget: this.#budget });
    this.#all.set(id, subscription);
    this.#monitor ??= new Monitor(this.#options);
    this.#timer ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
    return subscription;
  }

  /** `undefined`: there is none, or it is of somebody else. */
  find({ owner, clientId, sight }: Client, id: string): Subscription | undefined {
    const found = this.#all.get(id);
    if (found?.head.owner !== owner || found.head.clientId !== clientId) return undefined;
    found.lastSeen = this.#options.now();
    found.see(sight);
    return found;
  }

  isStreaming(subscription: Subscription): boolean {
    return this.#streams.has(subscription);
  }

  delete(subscription: Subscription): void {
    this.#streams.get(subscription)?.stream.end();
    this.#streams.delete(subscription);
    for (const item of subscription.items.values()) this.#monitor?.remove(item);
    subscription.items.clear();
    subscription.clear();
    this.#all.delete(subscription.head.id);
    if (this.#all.size === 0) this.stop();
  }

  async register(
    subscription: Subscription,
    elementIds: readonly string[],
    maxDepth: number,
  ): Promise<readonly Item[] | Refusal> {
    const added = new Set(elementIds.filter((id) => !subscription.items.has(id)));
    const fault = this.#monitoredFault(subscription, added.size);
    if (fault !== undefined) return new Refusal(429, fault, this.#options.ttlMs);
    const breath = new Breath();
    const items: Item[] = [];
    for (const id of elementIds) {
      items.push({ id, outcome: this.#registerOne(subscription, id, maxDepth) });
      if (breath.isOver) await breath.take();
    }
    return items;
  }

  unregister(subscription: Subscription, elementIds: readonly string[]): readonly Item[] {
    return elementIds.map((id) => {
      const item = subscription.items.get(id);
      if (item === undefined) return { id, outcome: failed(404, `Not registered: ${id}`) };
      subscription.items.delete(id);
      this.#monitor?.remove(item);
      return { id, outcome: DONE };
    });
  }

  /** The updates go to `outlet` from now on; a stream that was open ends. Call the answer when the client is gone. */
  stream(subscription: Subscription, outlet: Outlet, sightNow: SightNow): () => void {
    this.#streams.get(subscription)?.stream.end();
    const stream = new UpdateStream(subscription, outlet);
    this.#streams.set(subscription, { stream, sightNow });
    return () => {
      stream.closed();
      if (this.#streams.get(subscription)?.stream !== stream) return;
      subscription.lastSeen = this.#options.now();
      this.#streams.delete(subscription);
    };
  }

  /** Called once a second: rights may have changed, clients may be gone. */
  sweep(): void {
    this.#sweeps += 1;
    for (const [subscription, { stream, sightNow }] of this.#streams) {
      const sight = sightNow();
      if (sight === undefined) {
        this.delete(subscription); // he may no longer look
        continue;
      }
      subscription.see(sight);
      subscription.lastSeen = this.#options.now();
      stream.flush();
      if (this.#sweeps % SWEEPS_A_BEAT === 0) stream.beat();
    }
    const oldest = this.#options.now() - this.#options.ttlMs;
    for (const subscription of this.#all.values()) {
      if (subscription.lastSeen < oldest) this.delete(subscription);
    }
  }

  /** Ends all streams, and gives up all subscriptions. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const subscription of this.#all.values()) {
      this.#all.delete(subscription.head.id);
      this.#streams.get(subscription)?.stream.end();
      subscription.clear();
    }
    this.#streams.clear();
    this.#monitor?.stop();
    this.#monitor = undefined;
  }

  /** Nobody loses what he waits for because of another one who does not fetch. */
  #relieve(): void {
    while (this.#budget.bytes > this.#budget.mostBytes) {
      const all = [...this.#all.values()];
      const [first] = all;
      if (first === undefined) return;
      const largest = all.reduce((most, one) => (one.bytes > most.bytes ? one : most), first);
      if (largest.size === 0) return;
      largest.giveWay();
    }
  }

  /** Why no more can be monitored. */
  #monitoredFault({ items }: Subscription, more: number): string | undefined {
    if (items.size + more > MOST_MONITORED)
      return `a subscription monitors ${MOST_MONITORED} elements at most`;
    const all = [...this.#all.values()].reduce((sum, one) => sum + one.items.size, more);
    return all > MOST_MONITORED_OF_ALL
      ? `the hub monitors ${MOST_MONITORED_OF_ALL} elements at most: try later`
      : undefined;
  }

  #registerOne(subscription: Subscription, id: string, maxDepth: number): Item["outcome"] {
    if (subscription.items.has(id)) return DONE;
    const element = this.#options.space.find(id, subscription.sight);
    if (element === undefined) return notFound(id);
    const item = { subscription, element, maxDepth };
    subscription.items.set(id, item);
    this.#monitor?.add(item);
    return DONE;
  }
}

/** What somebody sees now; `undefined`: he may no longer look. */
type SightNow = () => Sight | undefined;

function tooMany(own: number, all: number): string | undefined {
  if (own >= MOST_OF_ONE_OWNER) return `you have ${MOST_OF_ONE_OWNER} subscriptions: delete one`;
  return all >= MOST_OF_ALL ? `the hub has ${MOST_OF_ALL} subscriptions: try later` : undefined;
}
