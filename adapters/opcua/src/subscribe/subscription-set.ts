/** The subscriptions of one session: as many as are needed and the server has room for. */
import type { GroupConfig } from "../data-config.ts";
import { firstLine, OpcUaError } from "../errors.ts";
import { createItems, type CreatedItem } from "./create-items.ts";
import type { WatchOptions } from "./item-watch.ts";
import { isStructured, wantedItem, type Member } from "./members.ts";
import { lackIn, type Lack } from "./room.ts";
import { createSubscription, type Subscription } from "./subscription.ts";

/** One subscription with what it carries. */
interface Carrier {
  readonly subscription: Subscription;
  readonly hasStructures: boolean;
  items: number;
}

/** A server that did not say in time what it made is asked so many times more, for less at once. */
const MOST_ATTEMPTS = 6;

export class SubscriptionSet {
  readonly #options: WatchOptions;
  readonly #refused: (member: Member, created: CreatedItem) => void;
  readonly #carriers: Carrier[] = [];
  /** How many items more may be watched in all. */
  #left: number;
  #isStopped = false;
  /** What the server had no room for last. */
  lack: Lack | undefined;
  /** Whether a group has no subscription of its own. */
  isSharing = false;

  /** `refused`: of one item there will be no value. */
  constructor(options: WatchOptions, refused: (member: Member, created: CreatedItem) => void) {
    this.#options = options;
    this.#refused = refused;
    this.#left = options.maxItemsInAll;
  }

  get ids(): readonly number[] {
    return this.#carriers.map(({ subscription }) => subscription.id);
  }

  /** What is being made is given up. */
  stop(): void {
    this.#isStopped = true;
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

  async #subscribe(
    name: string,
    group: GroupConfig,
    part: readonly Member[],
  ): Promise<readonly Member[]> {
    for (let attempt = 1; ; attempt += 1) {
      const carrier = await this.#carrierFor(name, group, part);
      if (carrier === undefined) return part;
      try {
        return await this.#fill(carrier, { name, group, part });
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

  async #fill(
    carrier: Carrier,
    {
      name,
      group,
      part,
    }: { readonly name: string; readonly group: GroupConfig; readonly part: readonly Member[] },
  ): Promise<readonly Member[]> {
    const { library, itemChunk } = this.#options;
    const wanted = part.map((member) => wantedItem(member, group, library));
    const subscriptionId = carrier.subscription.id;
    const created = await createItems(
      { ...this.#options, chunk: itemChunk, subscriptionId },
      wanted,
    );
    this.#tellRevisions(name, created);
    const refused = part.filter((_member, index) => created[index]?.action === "poll");
    if (refused.length > 0) this.lack = "too_many_items";
    for (const [index, member] of part.entries()) {
      const answer = created[index];
      if (answer === undefined || answer.action === "none" || answer.action === "poll") continue;
      this.#refused(member, answer);
    }
    const taken = part.length - refused.length;
    carrier.items += taken;
    this.#left -= taken;
    if (carrier.items === 0) await this.#drop(carrier);
    return refused;
  }

  /** One of its own, else one that is as fast and has room; `undefined`: there is none. */
  async #carrierFor(
    name: string,
    group: GroupConfig,
    part: readonly Member[],
  ): Promise<Carrier | undefined> {
    const { inlet, sessionTimeoutMs, keepAliveMs } = this.#options;
    const hasStructures = part.some(isStructured);
    const { intervalMs } = group;
    const wish = { name: `group ${name}`, intervalMs, sessionTimeoutMs, keepAliveMs };
    try {
      const message = inlet.messages(hasStructures);
      const subscription = await createSubscription(this.#options, wish, message);
      const carrier = { subscription, hasStructures, items: 0 };
      this.#carriers.push(carrier);
      return carrier;
    } catch (cause) {
      const lack = cause instanceof OpcUaError ? lackIn(cause.message) : undefined;
      if (lack === undefined) throw cause;
      this.lack = lack;
      return this.#shared(group, { hasStructures, items: part.length });
    }
  }

  #shared(
    { intervalMs }: GroupConfig,
    { hasStructures, items }: Pick<Carrier, "hasStructures" | "items">,
  ): Carrier | undefined {
    const found = this.#carriers.find(
      (each) =>
        each.subscription.wish.intervalMs <= intervalMs &&
        (each.hasStructures || !hasStructures) &&
        each.items + items <= this.#options.maxItems,
    );
    if (found !== undefined) this.isSharing = true;
    return found;
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

  #tellRevisions(group: string, created: readonly CreatedItem[]): void {
    const slower = created.filter(
      ({ action, wanted, revisedSamplingMs }) =>
        action === "none" && revisedSamplingMs > 2 * Math.max(1, wanted.samplingMs),
    );
    const [one] = slower;
    if (one === undefined) return;
    const fields = {
      group,
      items: slower.length,
      askedMs: one.wanted.samplingMs,
      revisedMs: one.revisedSamplingMs,
    };
    this.#options.log.warn(fields, "the server looks at these values less often than asked");
  }
}
