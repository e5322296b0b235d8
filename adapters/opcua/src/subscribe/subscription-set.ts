/** The subscriptions of one session: as many as are needed and the server has room for. */
import type { AskedSpan, LinkAgreement } from "@unshub/adapter";
import type { GroupConfig } from "../data-config.ts";
import { firstLine, OpcUaError } from "../errors.ts";
import { agreementsOf, partOf, subscriptionFigures, type WatchedPart } from "./agreements.ts";
import { createItems, deleteItems, type CreatedItem, type ItemMaker } from "./create-items.ts";
import type { WatchOptions } from "./item-watch.ts";
import { isStructured, wantedItem, type Member } from "./members.ts";
import { tellItemRevisions } from "./revisions.ts";
import { lackIn, type Lack } from "./room.ts";
import { createSubscription, type Subscription } from "./subscription.ts";

/** One subscription with what it carries. */
interface Carrier {
  readonly subscription: Subscription;
  readonly hasStructures: boolean;
  items: number;
  /** What was granted for those items. */
  parts: readonly WatchedPart[];
}

/** Some items of one group. */
interface Part {
  readonly name: string;
  readonly group: GroupConfig;
  readonly part: readonly Member[];
}

/** A part that the subscription of another one carries. */
interface Share extends Part {
  readonly carrier: Carrier;
  readonly watched: WatchedPart;
  /** By which the server knows the items. */
  readonly itemIds: readonly number[];
  /** How many of the carrier's items are of it. */
  readonly items: number;
}

/** How often a server looks at an item and sends what has changed. */
export interface ItemSpans {
  readonly sampling: AskedSpan;
  readonly publishing: AskedSpan;
}

/** A server that did not say in time what it made is asked so many times more, for less at once. */
const MOST_ATTEMPTS = 6;

export class SubscriptionSet {
  readonly #options: WatchOptions;
  readonly #refused: (member: Member, created: CreatedItem) => void;
  readonly #carriers: Carrier[] = [];
  /** Items that the server looks at more rarely, or more often, than it was asked, with the interval in ms. */
  readonly #otherSampling = new Map<number, number>();
  /** How many items more may be watched in all. */
  #left: number;
  #shares: readonly Share[] = [];
  #isStopped = false;
  /** What the server had no room for last. */
  lack: Lack | undefined;

  /** `refused`: of one item there will be no value. */
  constructor(options: WatchOptions, refused: (member: Member, created: CreatedItem) => void) {
    this.#options = options;
    this.#refused = refused;
    this.#left = options.maxItemsInAll;
  }

  get ids(): readonly number[] {
    return this.#carriers.map(({ subscription }) => subscription.id);
  }

  /** Whether a group has no subscription of its own. */
  get isSharing(): boolean {
    return this.#shares.length > 0;
  }

  /** What the server granted, by group. */
  get agreements(): readonly LinkAgreement[] {
    return agreementsOf(this.#carriers.flatMap(({ parts }) => parts));
  }

  /** How often the server looks at an item and sends what changed; `undefined`: it is not watched. */
  spansOf({ index, item }: Member): ItemSpans | undefined {
    const { tag } = item.node;
    const group = this.#options.groups.get(tag.group);
    const part = this.#carriers
      .flatMap(({ parts }) => parts)
      .find(({ name }) => name === `group ${tag.group}`);
    if (group === undefined || part === undefined) return undefined;
    const askedMs = tag.samplingMs ?? group.samplingMs;
    const { publishing_interval_ms: publishing } = subscriptionFigures(part.subscription);
    return {
      sampling: { askedMs, grantedMs: this.#otherSampling.get(index) ?? askedMs },
      publishing: { askedMs: publishing.asked, grantedMs: publishing.granted },
    };
  }

  /** What is being made is given up. */
  stop(): void {
    this.#isStopped = true;
  }

  /** The server still has everything, and takes more. */
  goOn(): void {
    this.#isStopped = false;
  }

  /** Watches as many of `members` as there is room for; answers the others. */
  async watch(
    name: string,
    group: GroupConfig,
    members: readonly Member[],
  ): Promise<readonly Member[]> {
    let rest = members;
    let most = this.#options.maxItems;
    while (rest.length > 0 && !this.#isStopped) {
      const part = rest.slice(0, Math.min(most, this.#left));
      if (part.length === 0) this.lack = "too_many_items";
      const refused = part.length === 0 ? part : await this.#subscribe(name, group, part);
      if (refused.length === part.length) return rest;
      // Another subscription may have room where this one has none.
      if (refused.length > 0) most = part.length - refused.length;
      rest = [...refused, ...rest.slice(part.length)];
    }
    return rest;
  }

  /** Gives what shares a subscription one of its own, where the server has room by now. Answers how many got one. */
  async spread(): Promise<number> {
    for (let count = 0; ; count += 1) {
      const [share] = this.#shares;
      if (share === undefined || this.#isStopped) return count;
      if (!(await this.#moveOut(share))) return count; // the others would hear the same
      this.#shares = this.#shares.filter((each) => each !== share);
    }
  }

  /** Watched twice for a moment: so no change falls between the two. */
  async #moveOut(share: Share): Promise<boolean> {
    const own = await this.#open(share);
    if (own === undefined) return false;
    let isMoved = false;
    try {
      const created = await this.#create(own, share);
      isMoved = created.every(({ action }) => action !== "poll");
      if (!isMoved) return false;
      this.#tellRefused(share.part, created);
      own.items += share.items;
      own.parts = [watchedPart(share, own, created)];
      share.carrier.items -= share.items;
      share.carrier.parts = share.carrier.parts.filter((part) => part !== share.watched);
    } finally {
      if (!isMoved) await this.#drop(own);
    }
    const subscriptionId = share.carrier.subscription.id;
    await deleteItems(this.#makerOf(subscriptionId), share.itemIds).catch((cause: unknown) =>
      this.#options.log.debug({ cause: firstLine(cause) }, "items are watched twice"),
    );
    return true;
  }

  async #subscribe(
    name: string,
    group: GroupConfig,
    part: readonly Member[],
  ): Promise<readonly Member[]> {
    for (let attempt = 1; ; attempt += 1) {
      const own = await this.#open({ name, group, part });
      const carrier = own ?? this.#shared({ name, group, part });
      if (carrier === undefined) return part;
      try {
        return await this.#fill(carrier, { name, group, part }, own === undefined);
      } catch (cause) {
        const isUnknown = cause instanceof OpcUaError && cause.code === "ITEMS_UNKNOWN";
        if (!isUnknown || attempt === MOST_ATTEMPTS) throw cause;
        if (carrier.items > 0) return part; // others have their items there
        // What it made nobody knows: the same item twice would tell its values twice.
        await this.#drop(carrier);
        const fields = { group: name, cause: firstLine(cause) };
        this.#options.log.debug(fields, "items are created anew, fewer at a time");
      }
    }
  }

  async #fill(carrier: Carrier, wanted: Part, isShared: boolean): Promise<readonly Member[]> {
    const { part } = wanted;
    const created = await this.#create(carrier, wanted);
    const refused = part.filter((_member, index) => created[index]?.action === "poll");
    if (refused.length > 0) this.lack = "too_many_items";
    this.#tellRefused(part, created);
    const items = part.length - refused.length;
    carrier.items += items;
    this.#left -= items;
    if (carrier.items === 0) await this.#drop(carrier);
    const watched = watchedPart(wanted, carrier, created);
    carrier.parts = [...carrier.parts, watched];
    const share = shareOf({ ...wanted, watched, carrier }, created);
    if (isShared && share.part.length > 0) this.#shares = [...this.#shares, share];
    return refused;
  }

  async #create(
    { subscription }: Carrier,
    { name, group, part }: Part,
  ): Promise<readonly CreatedItem[]> {
    const wanted = part.map((member) => wantedItem(member, group, this.#options.library));
    const created = await createItems(this.#makerOf(subscription.id), wanted);
    this.#noteSampling(part, created);
    tellItemRevisions(this.#options.log, name, created);
    return created;
  }

  #noteSampling(part: readonly Member[], created: readonly CreatedItem[]): void {
    for (const [at, { index }] of part.entries()) {
      const { wanted, action, revisedSamplingMs } = created[at] ?? {};
      if (action !== "none" || revisedSamplingMs === undefined) continue;
      if (revisedSamplingMs === wanted?.samplingMs) this.#otherSampling.delete(index);
      else this.#otherSampling.set(index, revisedSamplingMs);
    }
  }

  #makerOf(subscriptionId: number): ItemMaker {
    return { ...this.#options, chunk: this.#options.itemChunk, subscriptionId };
  }

  #tellRefused(part: readonly Member[], created: readonly CreatedItem[]): void {
    for (const [index, member] of part.entries()) {
      const answer = created[index];
      if (answer === undefined || answer.action === "none" || answer.action === "poll") continue;
      this.#refused(member, answer);
    }
  }

  /** A subscription for a part alone; `undefined`: the server has no room for it. */
  async #open({ name, group, part }: Part): Promise<Carrier | undefined> {
    const { inlet, sessionTimeoutMs, keepAliveMs } = this.#options;
    const hasStructures = part.some(isStructured);
    const { intervalMs } = group;
    const wish = { name: `group ${name}`, intervalMs, sessionTimeoutMs, keepAliveMs };
    try {
      const message = inlet.messages(hasStructures);
      const subscription = await createSubscription(this.#options, wish, message);
      const carrier = { subscription, hasStructures, items: 0, parts: [] };
      this.#carriers.push(carrier);
      return carrier;
    } catch (cause) {
      const lack = cause instanceof OpcUaError ? lackIn(cause.message) : undefined;
      if (lack === undefined) throw cause;
      this.lack = lack;
      return undefined;
    }
  }

  /** One that is as fast and has room. */
  #shared({ group: { intervalMs }, part }: Part): Carrier | undefined {
    const hasStructures = part.some(isStructured);
    return this.#carriers.find(
      (each) =>
        each.subscription.wish.intervalMs <= intervalMs &&
        (each.hasStructures || !hasStructures) &&
        each.items + part.length <= this.#options.maxItems,
    );
  }

  async #drop(carrier: Carrier): Promise<void> {
    const { session, loop, log } = this.#options;
    const { id } = carrier.subscription;
    this.#carriers.splice(this.#carriers.indexOf(carrier), 1);
    this.#left += carrier.items;
    loop.remove(id);
    await session.deleteSubscriptions({ subscriptionIds: [id] }).catch((cause: unknown) => {
      log.debug({ cause: firstLine(cause) }, "a subscription without items was not deleted");
    });
  }
}

function watchedPart(
  { name }: Part,
  { subscription }: Carrier,
  created: readonly CreatedItem[],
): WatchedPart {
  return { name: `group ${name}`, subscription, terms: partOf(created) };
}

function shareOf(
  wanted: Part & Pick<Share, "carrier" | "watched">,
  created: readonly CreatedItem[],
): Share {
  const made = created.filter(({ action }) => action === "none");
  const part = wanted.part.filter((_member, index) => created[index]?.action === "none");
  const itemIds = made.map(({ itemId }) => itemId);
  const items = created.filter(({ action }) => action !== "poll").length;
  return { ...wanted, part, itemIds, items };
}
