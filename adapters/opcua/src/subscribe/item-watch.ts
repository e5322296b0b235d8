/**
 * Has the values of all tags come: by subscriptions, one or more for each group, and by polling where that is asked for or all
 * that works. What a server has no room for shares a subscription or is polled, until it has.
 */
import type { LinkAgreement, Logger } from "@unshub/adapter";
import type { ChunkSize } from "../chunks.ts";
import type { GroupConfig } from "../data-config.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { ServerValues } from "../values/server-values.ts";
import { reasonOf } from "../values/status.ts";
import type { CreatedItem } from "./create-items.ts";
import { polledItem, type Member } from "./members.ts";
import { Poller } from "./poll.ts";
import type { PublishLoop } from "./publish-loop.ts";
import { lackText, type Lack } from "./room.ts";
import { SubscriptionSet, type ItemSpans } from "./subscription-set.ts";
import type { ValueInlet } from "./value-inlet.ts";

export interface WatchOptions {
  readonly session: RawSession;
  readonly library: Library;
  readonly loop: PublishLoop;
  readonly log: Logger;
  readonly groups: ReadonlyMap<string, GroupConfig>;
  readonly sessionTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Items of one subscription at most. */
  readonly maxItems: number;
  /** Of all subscriptions together; the rest is polled. */
  readonly maxItemsInAll: number;
  readonly itemChunk: ChunkSize;
  readonly readChunk: ChunkSize;
  readonly values: ServerValues;
  readonly inlet: ValueInlet;
  /** Nobody takes what is told: asking can wait. */
  isSlow(): boolean;
  /** Gives up what the session had before, since the server has no room for both. Answers whether there was anything. */
  makeRoom?(): Promise<boolean>;
}

/** Everything that watches items on one session. */
export interface ItemWatch {
  readonly subscriptionIds: readonly number[];
  readonly pollers: readonly Poller[];
  /** Items that may become readable later. */
  readonly toRetry: readonly number[];
  /** What the server has no room for; `undefined`: nothing. */
  readonly lack: Lack | undefined;
  /** Items that are polled for want of room. */
  readonly demoted: number;
  /** What the server granted of what was asked, by group. */
  readonly agreements: readonly LinkAgreement[];
  /** How often the server looks at an item; `undefined`: it is polled, or not watched at all. */
  spansOf(member: Member): ItemSpans | undefined;
  /** Tries again to have done as it should be what finds no room; ever more rarely, up to once in 64 calls. */
  promote(): Promise<void>;
  stop(): void;
  /** After `stop`, when the server still has all subscriptions. Not for what is polled. */
  goOn(): void;
}

/** Members of a group that the server has no room for. */
interface Demoted {
  readonly name: string;
  readonly group: GroupConfig;
  readonly members: readonly Member[];
  readonly poller: Poller;
}

const RAREST_PROMOTION = 64;

/** Begins to watch all items that can be. What the server refuses is bad, and told. */
export async function watchItems(options: WatchOptions): Promise<ItemWatch> {
  const work = new WatchWork(options);
  // Fastest first: what finds no room for a subscription of its own can share only one that is as fast.
  const groups = [...options.groups].toSorted(([, a], [, b]) => a.intervalMs - b.intervalMs);
  for (const [name, group] of groups) await work.group(name, group);
  return work;
}

class WatchWork implements ItemWatch {
  readonly toRetry: number[] = [];
  readonly #options: WatchOptions;
  readonly #set: SubscriptionSet;
  readonly #polled: Poller[] = [];
  #demoted: readonly Demoted[] = [];
  #isStopped = false;
  #isPromoting = false;
  /** How many calls of `promote` do nothing before one does. */
  #promoteEvery = 1;
  #promoteIn = 1;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#set = new SubscriptionSet(options, (member, created) => this.#refused(member, created));
  }

  get subscriptionIds(): readonly number[] {
    return this.#set.ids;
  }

  get pollers(): readonly Poller[] {
    return [...this.#polled, ...this.#demoted.map(({ poller }) => poller)];
  }

  get demoted(): number {
    return this.#demoted.reduce((sum, { members }) => sum + members.length, 0);
  }

  get agreements(): readonly LinkAgreement[] {
    return this.#set.agreements;
  }

  spansOf(member: Member): ItemSpans | undefined {
    const isPolled = this.#demoted.some(({ members }) =>
      members.some(({ index }) => index === member.index),
    );
    return isPolled ? undefined : this.#set.spansOf(member);
  }

  get lack(): Lack | undefined {
    return this.#demoted.length > 0 || this.#set.isSharing ? this.#set.lack : undefined;
  }

  stop(): void {
    this.#isStopped = true;
    this.#set.stop();
    for (const poller of this.pollers) poller.stop();
  }

  goOn(): void {
    this.#isStopped = false;
    this.#set.goOn();
  }

  async group(name: string, group: GroupConfig): Promise<void> {
    const members = this.#membersOf(name);
    if (members.length === 0) return;
    if (group.mode === "poll") {
      this.#polled.push(this.#poll(group, members));
      return;
    }
    let refused = await this.#set.watch(name, group, members);
    if (refused.length > 0 && (await this.#options.makeRoom?.()) === true) {
      refused = await this.#set.watch(name, group, refused);
    }
    if (refused.length === 0) return;
    const fields = { group: name, items: refused.length, because: lackText(this.#set.lack) };
    this.#options.log.warn(fields, "the server watches no more items; the rest is polled");
    this.#demoted = [...this.#demoted, this.#demotion(name, group, refused)];
  }

  async promote(): Promise<void> {
    this.#promoteIn -= 1;
    const isWell = this.#demoted.length === 0 && !this.#set.isSharing;
    if (this.#promoteIn > 0 || isWell || this.#isStopped || this.#isPromoting) return;
    this.#isPromoting = true;
    try {
      const isBetter = await this.#makeBetter();
      this.#promoteEvery = isBetter ? 1 : Math.min(2 * this.#promoteEvery, RAREST_PROMOTION);
      this.#promoteIn = this.#promoteEvery;
    } finally {
      this.#isPromoting = false;
    }
  }

  /** What is polled comes before what only shares a subscription. */
  async #makeBetter(): Promise<boolean> {
    const before = this.demoted;
    await this.#promoteAll(this.#demoted);
    const watched = before - this.demoted;
    const subscriptions = this.#demoted.length === 0 ? await this.#set.spread() : 0;
    if (this.#isStopped) return false;
    const { log } = this.#options;
    const fields = { items: watched, polled: this.demoted };
    if (watched > 0)
      log.info(fields, "the server has room again; items are watched that were polled");
    if (subscriptions > 0)
      log.info({ subscriptions }, "the server has room again; groups share no more subscriptions");
    return watched > 0 || subscriptions > 0;
  }

  async #promoteAll(former: readonly Demoted[]): Promise<void> {
    const still: Demoted[] = [];
    for (const [at, each] of former.entries()) {
      const { name, group, members, poller } = each;
      const refused = await this.#set.watch(name, group, members);
      if (this.#isStopped) return;
      const isRoom = refused.length < members.length;
      if (!isRoom) return; // the others would hear the same
      poller.stop();
      if (refused.length > 0) still.push(this.#demotion(name, group, refused));
      this.#demoted = [...still, ...former.slice(at + 1)];
    }
  }

  #demotion(name: string, group: GroupConfig, members: readonly Member[]): Demoted {
    return { name, group, members, poller: this.#poll(group, members) };
  }

  #membersOf(name: string): readonly Member[] {
    const members: Member[] = [];
    for (const [index, item] of this.#options.values.items.entries()) {
      const { tag, nodeId, fault } = item.node;
      if (tag.group !== name || tag.access === "w") continue;
      if (fault !== undefined) this.toRetry.push(index);
      // A node that exists may get a usable value at any time; only one that is not there cannot be watched.
      if (nodeId !== undefined && (fault === undefined || item.node.signature !== 0)) {
        if (!this.#options.inlet.isTwin(index)) members.push({ index, item });
      }
    }
    return members;
  }

  /** The server's answer to one item is that there will be no value. */
  #refused({ index }: Member, { action, status }: CreatedItem): void {
    if (action === "retry") this.toRetry.push(index);
    this.#options.inlet.fail(index, reasonOf(status));
  }

  #poll(group: GroupConfig, members: readonly Member[]): Poller {
    const { session, library, readChunk, inlet, log } = this.#options;
    const plan = {
      intervalMs: group.intervalMs,
      items: members.flatMap(polledItem),
      registered: group.registeredNodes,
      chunk: readChunk,
    };
    return new Poller({ session, library }, plan, {
      values: (polled, found) => inlet.polled(polled, found),
      failed: (cause) => log.debug({ cause: firstLine(cause) }, "a poll failed"),
      isSlow: () => this.#options.isSlow(),
    });
  }
}
