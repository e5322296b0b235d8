/** All subscriptions, and for each topic who gets its messages: found once, kept until a subscription changes. */
import { type ReceiverSet, type Route, type SharedRoute, type Target, targetsOf } from "./route.ts";
import { SharedGroup, type ShareStrategy, type Subscription } from "./subscription.ts";
import { TopicTrie } from "./topic-trie.ts";

/** Topics whose receivers are kept. */
const MAX_ROUTES = 200_000;

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
  #version = 1;
  #subscriptions = 0;

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

  get sharedGroups(): number {
    return this.#groups.size;
  }

  add(subscription: Subscription): void {
    this.#subscriptions += 1;
    this.changed();
    if (subscription.isShared) this.#groupOf(subscription).members.push(subscription);
    else this.#trie.add(subscription.topicFilter, subscription);
  }

  remove(subscription: Subscription): void {
    this.#subscriptions -= 1;
    this.changed();
    if (subscription.isShared) this.#leaveGroup(subscription);
    else this.#trie.remove(subscription.topicFilter, subscription);
  }

  /** Permissions changed: every topic is looked at again. Sessions that are gone are not kept for old routes. */
  changed(): void {
    this.#version += 1;
    this.#routes.clear();
    this.#sets.clear();
  }

  route(topic: string): Route {
    const known = this.#routes.get(topic);
    if (known?.version === this.#version) return known;
    if (this.#routes.size >= MAX_ROUTES) this.#routes.clear();
    const route = this.#find(topic);
    this.#routes.set(topic, route);
    return route;
  }

  #find(topic: string): Route {
    const subscriptions: Subscription[] = [];
    const shared: SharedRoute[] = [];
    const mayReceive = (one: Subscription): boolean => this.#options.mayReceive(one, topic);
    for (const found of this.#trie.match(topic)) {
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
    if (targets.some((target) => target.identifiers.length > 0 || target.own !== target))
      return { targets };
    const key = targets.map(keyOf).join(",");
    const before = this.#sets.get(key);
    if (before !== undefined) return before;
    if (this.#sets.size >= MAX_ROUTES) this.#sets.clear();
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

/** Sessions have numbers that are never given twice. */
function keyOf({ session, qos, retainAsPublished }: Target): string {
  return `${session.number}:${qos | (retainAsPublished ? 4 : 0)}`;
}
