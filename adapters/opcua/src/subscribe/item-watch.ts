/** Has the values of all tags come: by subscriptions, one or more for each group, and by polling where that is asked for or all that works. */
import type { Logger } from "@unshub/adapter";
import type { ChunkSize } from "../chunks.ts";
import type { GroupConfig } from "../data-config.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { Item, ServerValues } from "../values/server-values.ts";
import { reasonOf } from "../values/status.ts";
import { createItems, type CreatedItem, type WantedItem } from "./create-items.ts";
import { filterFor } from "./deadband.ts";
import { Poller, type PolledItem } from "./poll.ts";
import type { PublishLoop } from "./publish-loop.ts";
import { createSubscription, type Subscription } from "./subscription.ts";
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
}

/** Everything that watches items on one session. */
export interface ItemWatch {
  readonly subscriptions: readonly Subscription[];
  readonly pollers: readonly Poller[];
  /** Items that may become readable later. */
  readonly toRetry: readonly number[];
  stop(): void;
}

const VALUE = 13;

interface Member {
  readonly index: number;
  readonly item: Item;
}

/** Begins to watch all items that can be. What the server refuses is bad, and told. */
export async function watchItems(options: WatchOptions): Promise<ItemWatch> {
  const work = new WatchWork(options);
  for (const [name, group] of options.groups) await work.group(name, group);
  return work;
}

class WatchWork implements ItemWatch {
  readonly subscriptions: Subscription[] = [];
  readonly pollers: Poller[] = [];
  readonly toRetry: number[] = [];
  readonly #options: WatchOptions;
  /** How many items more the server can watch. */
  #left: number;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#left = options.maxItemsInAll;
  }

  stop(): void {
    for (const poller of this.pollers) poller.stop();
  }

  async group(name: string, group: GroupConfig): Promise<void> {
    const members = this.#membersOf(name);
    if (members.length === 0) return;
    if (group.mode === "poll") {
      this.#poll(group, members);
      return;
    }
    const { maxItems } = this.#options;
    const watched = members.slice(0, this.#left);
    this.#left -= watched.length;
    const demoted = members.slice(watched.length);
    for (let start = 0; start < watched.length; start += maxItems) {
      const part = watched.slice(start, start + maxItems);
      demoted.push(...(await this.#subscribe(name, group, part)));
    }
    if (demoted.length > 0) {
      const fields = { group: name, items: demoted.length };
      this.#options.log.warn(fields, "the server watches no more items; the rest is polled");
      this.#poll(group, demoted);
    }
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

  async #subscribe(
    name: string,
    group: GroupConfig,
    members: readonly Member[],
  ): Promise<readonly Member[]> {
    const { inlet, sessionTimeoutMs, keepAliveMs, library } = this.#options;
    const hasStructures = members.some(({ item }) =>
      item.node.leaves.some(
        ({ path, shape }) => path.length > 0 || shape.kind === "json" || shape.kind === "template",
      ),
    );
    const wish = {
      name: `group ${name}`,
      intervalMs: group.intervalMs,
      sessionTimeoutMs,
      keepAliveMs,
    };
    const subscription = await createSubscription(
      this.#options,
      wish,
      inlet.messages(hasStructures),
    );
    this.subscriptions.push(subscription);
    const wanted = members.map((member) => wantedItem(member, group, library));
    const maker = { ...this.#options, chunk: this.#options.itemChunk };
    const created = await createItems({ ...maker, subscriptionId: subscription.id }, wanted);
    this.#tellRevisions(name, created);
    return members.filter((member, index) => this.#settle(member, created[index]) === "poll");
  }

  /** What becomes of one item by the server's answer. */
  #settle({ index }: Member, created: CreatedItem | undefined): string {
    if (created === undefined || created.action === "none") return "none";
    const { action, status } = created;
    if (action === "poll") return action;
    if (action === "retry") this.toRetry.push(index);
    this.#options.inlet.fail(index, reasonOf(status));
    return action;
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

  #poll(group: GroupConfig, members: readonly Member[]): void {
    const { session, library, readChunk, inlet, log } = this.#options;
    const items = members.flatMap(({ index, item }): readonly PolledItem[] => {
      const { nodeId, tag } = item.node;
      if (nodeId === undefined) return [];
      const range = tag.indexRange === undefined ? {} : { indexRange: tag.indexRange };
      return [{ item: index, nodeId, ...range }];
    });
    const plan = {
      intervalMs: group.intervalMs,
      items,
      registered: group.registeredNodes,
      chunk: readChunk,
    };
    this.pollers.push(
      new Poller({ session, library }, plan, {
        values: (polled, found) => inlet.polled(polled, found),
        failed: (cause) => log.debug({ cause: firstLine(cause) }, "a poll failed"),
        isSlow: () => this.#options.isSlow(),
      }),
    );
  }
}

function wantedItem({ index, item }: Member, group: GroupConfig, library: Library): WantedItem {
  const { node } = item;
  const { tag, nodeId } = node;
  if (nodeId === undefined) throw new TypeError("only nodes that exist are watched");
  const filter = filterFor(library, node, group);
  return {
    handle: index + 1,
    nodeId,
    attributeId: VALUE,
    samplingMs: tag.samplingMs ?? group.samplingMs,
    queue: tag.queue ?? group.queue,
    ...(tag.indexRange !== undefined && { indexRange: tag.indexRange }),
    ...(filter !== undefined && { filter }),
  };
}
