/** All subscriptions, and for each topic who gets its messages: found once, kept until a subscription changes. */
import { type ReceiverSet, type Route, type SharedRoute, type Target, targetsOf } from "./route.ts";
import { SharedGroup, type ShareStrategy, type Subscription } from "./subscription.ts";
import { levelsOf } from "./topic.ts";
import { TopicTrie } from "./topic-trie.ts";

/** Memory for receivers that are kept, in rough bytes; beyond it they are found again. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** What a topic, a target and a subscription cost besides their text. */
const ROUTE_BYTES = 250;
const TARGET_BYTES = 120;
const SUBSCRIPTION_BYTES = 400;
const LEVEL_BYTES = 250;

export interface RouterOptions {
  /** Whether this session may get messages on this topic; asked once per topic and receiver. */
  mayReceive(subscription: Subscription, topic: string): boolean;
  shareStrategy(topicFilter: string): ShareStrategy;
}

export class Router {
  readonly #options: RouterOptions;
  readonly #trie = new TopicTrie<Subscription | SharedGroup>();
  readonly #groups = new Map<string, SharedGroup>();
  readonly #routes = new Map<string, Route>();
  readonly #sets = new Map<string, ReceiverSet>();
  #keptBytes = 0;
  #version = 1;
  #subscriptions = 0;
  #subscriptionBytes = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Grows with every change; a route of another version must be looked up again. */
  get version(): number {
    return this.#version;
  }

  get subscriptions(): number {
    return this.#subscriptions;
  }

  /** What they all take, in rough bytes. */
  get subscriptionBytes(): number {
    return this.#subscriptionBytes;
  }

  get sharedGroups(): number {
    return this.#groups.size;
  }

  add(subscription: Subscription): void {
    this.#subscriptions += 1;
    this.#subscriptionBytes += bytesOf(subscription.filter);
    this.changed();
    if (subscription.isShared) this.#groupOf(subscription).members.push(subscription);
    else this.#trie.add(subscription.topicFilter, subscription);
  }

  remove(subscription: Subscription): void {
    this.#subscriptions -= 1;
    this.#subscriptionBytes -= bytesOf(subscription.filter);
    this.changed();
    if (subscription.isShared) this.#leaveGroup(subscription);
    else this.#trie.remove(subscription.topicFilter, subscription);
  }

  /** Permissions changed: every topic is looked at again. */
  changed(): void {
    this.#version += 1;
    this.#forget(); // also so that sessions that ended are not kept
  }

  route(topic: string): Route {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    this.#keep(ROUTE_BYTES + topic.length);
    const route = this.#find(topic);
    this.#routes.set(topic, route);
    return route;
  }

  /** Whether this shared subscription has another member. */
  hasOthers({ filter }: Subscription): boolean {
    return (this.#groups.get(filter)?.members.length ?? 0) > 1;
  }

  /** Whether a subscription may match this topic or one below it. */
  mayReachBelow(topic: string): boolean {
    return this.#trie.mayMatchBelow(topic);
  }

  #keep(bytes: number): void {
    if (this.#keptBytes + bytes > MAX_KEPT_BYTES) this.#forget();
    this.#keptBytes += bytes;
  }

  #forget(): void {
    if (this.#keptBytes === 0) return;
    this.#routes.clear();
    this.#sets.clear();
    this.#keptBytes = 0;
  }

  #find(topic: string): Route {
    const subscriptions: Subscription[] = [];
    const shared: SharedRoute[] = [];
    const mayReceive = (one: Subscription): boolean => this.#options.mayReceive(one, topic);
    for (const found of this.#trie.match(topic)) {
      // [MQTT5-3.3.2-3] [MQTT311-3.3.2-3]
      if (found instanceof SharedGroup)
        shared.push({ group: found, members: found.members.filter(mayReceive) });
      else if (mayReceive(found)) subscriptions.push(found);
    }
    const receivers = this.#setOf(targetsOf(subscriptions));
    const hasPersistent =
      receivers.targets.some(isPersistent) ||
      shared.some(({ members }) => members.some(({ session }) => session.isPersistent));
    return { version: this.#version, receivers, shared, hasPersistent };
  }

  /** One object for the same receivers, as long as nothing changes. */
  #setOf(targets: readonly Target[]): ReceiverSet {
    const key = targets.map(keyOf).join(",");
    const before = this.#sets.get(key);
    if (before !== undefined) return before;
    this.#keep(key.length + ROUTE_BYTES + TARGET_BYTES * targets.length);
    const set = { targets };
    this.#sets.set(key, set);
    return set;
  }

  #groupOf({ filter, topicFilter }: Subscription): SharedGroup {
    const before = this.#groups.get(filter);
    if (before !== undefined) return before;
    const group = new SharedGroup(filter, topicFilter, this.#options.shareStrategy(topicFilter));
    this.#groups.set(filter, group);
    this.#trie.add(topicFilter, group);
    return group;
  }

  #leaveGroup(subscription: Subscription): void {
    const group = this.#groups.get(subscription.filter);
    if (group === undefined) return;
    group.members.splice(group.members.indexOf(subscription), 1);
    if (group.members.length > 0) return;
    this.#groups.delete(group.filter);
    this.#trie.remove(group.topicFilter, group);
  }
}

function isPersistent({ session, qos }: Target): boolean {
  return session.isPersistent && qos > 0;
}

/** What a subscription takes; each level of its filter may be a node of the tree. */
export function bytesOf(filter: string): number {
  return SUBSCRIPTION_BYTES + 2 * filter.length + LEVEL_BYTES * levelsOf(filter);
}

/** All that a target says. Sessions have numbers that are never given twice. */
function keyOf(target: Target): string {
  const { session, own } = target;
  const ownKey = own === target ? "" : own === undefined ? "-" : `=${howOf(own)}`;
  return `${session.number}:${howOf(target)}${ownKey}`;
}

function howOf({ qos, retainAsPublished, identifiers }: Target): string {
  const flags = qos | (retainAsPublished ? 4 : 0);
  return identifiers.length === 0 ? String(flags) : `${flags}+${identifiers.join("+")}`;
}
