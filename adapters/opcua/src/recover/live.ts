/**
 * Everything that runs on a session: values come by subscriptions and polls into the tables of the devices. It can be moved
 * to another connection, when the server still has its subscriptions, without losing what waits there.
 */
import type { Logger, RawLook } from "@unshub/adapter";
import { GOOD } from "@unshub/sparkplug";
import type { ClientSession } from "node-opcua-client";
import type { ChunkSize } from "../chunks.ts";
import type { Connection } from "../connection.ts";
import type { Profile } from "../connect/profiles.ts";
import type { DataConfig, GroupConfig } from "../data-config.ts";
import { firstLine } from "../errors.ts";
import type { AlarmDesk } from "../events/alarm-desk.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import { watchItems, type ItemWatch } from "../subscribe/item-watch.ts";
import type { PolledItem } from "../subscribe/poll.ts";
import type { LoopOwner, PublishLoop } from "../subscribe/publish-loop.ts";
import { ValueInlet } from "../subscribe/value-inlet.ts";
import { readAttributes } from "../values/data-types.ts";
import type { DeviceTable, TableMetric } from "../values/device-table.ts";
import { ServerValues } from "../values/server-values.ts";
import type { SourceTime } from "../values/source-time.ts";
import { isGone } from "../values/status.ts";
import type { TemplateBook } from "../values/template-book.ts";
import { readTagNodes, type LocatedTag, type TagNode } from "../values/tag-node.ts";

/** How much one call may ask for: what the server reports or a profile allows; found out by trying below that. */
interface CallSizes {
  readonly read: ChunkSize;
  readonly items: ChunkSize;
}

export interface LiveOptions {
  readonly library: Library;
  readonly config: DataConfig;
  readonly log: Logger;
  readonly sizes: CallSizes;
  readonly time: SourceTime;
  readonly templates: TemplateBook;
  readonly sessionTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxItems: number;
  /** What is known of the kind of server behind a session. */
  profileOf(session: ClientSession): Profile;
  /** Metrics that no tag stands for, by device, as they are now. */
  extras(): ReadonlyMap<string, readonly TableMetric[]>;
  readonly alarms: AlarmDesk;
  /** Nobody takes what is told. */
  isSlow(): boolean;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

const VALUE = 13;
/** So many nodes are asked for at a time to find those that are gone without a word. */
const AUDITED = 1000;

/** Who is told what happens; it changes with the connection. */
export interface LiveOwner extends LoopOwner {
  arrived(): void;
  ended(status: string): void;
  typeChanged(live: Live): string;
}

export class Live {
  owner: LiveOwner | undefined;
  readonly values: ServerValues;
  readonly inlet: ValueInlet;
  readonly #options: LiveOptions;
  readonly #loop: PublishLoop;
  #connection: Connection;
  #watch: ItemWatch | undefined;
  #auditAt = 0;
  #isClosed = false;

  private constructor(
    connection: Connection,
    loop: PublishLoop,
    { nodes, options }: { readonly nodes: readonly TagNode[]; readonly options: LiveOptions },
  ) {
    this.#connection = connection;
    this.#loop = loop;
    this.#options = options;
    this.values = new ServerValues(nodes, {
      uncertainAs: options.config.uncertainAs,
      time: options.time,
      extras: options.extras(),
      now: () => options.now(),
      typeChanged: () => this.owner?.typeChanged(this) ?? "type_changed",
    });
    this.inlet = new ValueInlet({
      library: options.library,
      values: this.values,
      historicalAfterMs: options.config.historicalAfterMs,
      session: () => this.session,
      now: () => options.now(),
      arrived: () => this.owner?.arrived(),
      ended: (status) => this.owner?.ended(status),
      failed: (why) => options.log.debug({ why }, "a value could not be read"),
    });
  }

  /** Reads all tags and begins to watch them. What comes meanwhile is in the tables. */
  static async open(
    connection: Connection,
    {
      loop,
      located,
      options,
      owner,
      makeRoom,
    }: {
      readonly loop: PublishLoop;
      readonly located: readonly LocatedTag[];
      readonly options: LiveOptions;
      readonly owner: LiveOwner;
      /** Closes what watched the same nodes until now. Answers whether there was anything. */
      readonly makeRoom: () => Promise<boolean>;
    },
  ): Promise<Live> {
    const { config, sizes, library, sessionTimeoutMs, keepAliveMs } = options;
    const { session } = connection;
    const { readOnly, historyBackfill } = config;
    const nodes = await readTagNodes({ session, library }, located, {
      chunk: sizes.read,
      readOnly,
      historyBackfill,
      templates: options.templates,
    });
    await options.alarms.open({ session, library, loop, sessionTimeoutMs, keepAliveMs });
    const live = new Live(connection, loop, { nodes, options });
    live.owner = owner;
    live.#takeFirst();
    await live.#watchAll(makeRoom);
    return live;
  }

  get session(): RawSession {
    return this.#connection.session;
  }

  /** The one that it runs on now. */
  get connection(): Connection {
    return this.#connection;
  }

  /** Turns that polls left out. */
  get overruns(): number {
    return (this.#watch?.pollers ?? []).reduce((sum, { overruns }) => sum + overruns, 0);
  }

  get watch(): ItemWatch | undefined {
    return this.#watch;
  }

  /** Tags that may come into being later. */
  get toRetry(): readonly number[] {
    return [...new Set([...(this.#watch?.toRetry ?? []), ...this.inlet.vanished])];
  }

  /** Polls rest until `resume`; the loop is the owner's. */
  pause(): void {
    this.#watch?.stop();
  }

  /**
   * Goes on with another connection. Resolves with whether the server still had all subscriptions; then what waited there
   * has come, and everything was read anew.
   */
  async resume(connection: Connection): Promise<boolean> {
    this.#connection = connection;
    if ((this.#watch?.pollers.length ?? 0) > 0) return false; // these are made anew
    if (!(await this.#loop.recover())) return false;
    this.#watch?.goOn();
    await this.readAll();
    return true;
  }

  /** Reads the value of every tag that is watched, or of those of one device, whatever came before. */
  async readAll(device?: string): Promise<void> {
    const items = this.#watched(device);
    this.inlet.read(items, await this.#read(items));
  }

  /**
   * What the server sent for some tags, as it came; kept for some seconds from now on. Those of which nothing came since
   * somebody looks are read once.
   */
  async raw(device: string, tags: ReadonlySet<string>): Promise<readonly RawLook[]> {
    const { raw } = this.values;
    const items = this.values.items.flatMap(({ node: { tag } }, index) =>
      tag.device === device && tags.has(tag.name) ? [index] : [],
    );
    const wanted = raw.watch(items).flatMap((item) => this.#readable(item));
    const found = wanted.length === 0 ? [] : await this.#read(wanted);
    for (const [at, { item }] of wanted.entries()) {
      const data = found[at];
      if (data !== undefined) raw.keepRead(item, data, this.#options.now());
    }
    return items.flatMap((item) => this.#rawOf(item));
  }

  #rawOf(index: number): readonly RawLook[] {
    const item = this.values.items[index];
    const found = this.values.raw.get(index);
    if (item === undefined || found === undefined) return [];
    const spans = this.inlet.isTwin(index) ? undefined : this.#watch?.spansOf({ index, item });
    return [{ tag: item.node.tag.name, ...found, ...spans }];
  }

  /** Asks for some of the nodes, for others each time: a server may not say of an item that its node is gone. */
  async audit(): Promise<void> {
    const all = this.#watched();
    const items = all.slice(this.#auditAt, this.#auditAt + AUDITED);
    this.#auditAt = this.#auditAt + AUDITED < all.length ? this.#auditAt + AUDITED : 0;
    const found = await this.#read(items);
    for (const [index, item] of items.entries()) {
      const data = found[index];
      if (data !== undefined && isGone(data.statusCode)) this.inlet.read([item], [data]);
    }
  }

  #watched(device?: string): readonly PolledItem[] {
    return this.values.items.flatMap(({ node: { tag } }, item) =>
      (device !== undefined && tag.device !== device) || this.inlet.isTwin(item)
        ? []
        : this.#readable(item),
    );
  }

  /** Nothing for an item that cannot be read now. */
  #readable(item: number): readonly PolledItem[] {
    const node = this.values.items[item]?.node;
    if (node?.nodeId === undefined || node.tag.access === "w") return [];
    if (this.inlet.vanished.has(item)) return []; // a value now would be the last for a long time
    if (node.fault !== undefined && node.signature === 0) return [];
    const { nodeId, tag } = node;
    return [{ item, nodeId, ...(tag.indexRange !== undefined && { indexRange: tag.indexRange }) }];
  }

  #read(items: readonly PolledItem[]): ReturnType<typeof readAttributes> {
    const wanted = items.map(({ item: _item, ...rest }) => ({ ...rest, attributeId: VALUE }));
    const { library, sizes } = this.#options;
    const server = { session: this.session, library };
    return readAttributes(server, wanted, sizes.read);
  }

  /** Whether any of the tags that were missing is there now. */
  async hasFound(located: readonly LocatedTag[]): Promise<boolean> {
    const { sizes, config, library, templates } = this.#options;
    const missing = this.toRetry.flatMap((item) => located[item] ?? []);
    const { readOnly, historyBackfill } = config;
    const how = { chunk: sizes.read, readOnly, historyBackfill, templates };
    const nodes = await readTagNodes({ session: this.session, library }, missing, how);
    return nodes.some(
      ({ fault, first }) => fault === undefined && (first?.statusCode.value ?? 0) >>> 30 !== 2,
    );
  }

  /** Watches what was polled for want of room, where there is some now. */
  async promote(): Promise<void> {
    const { alarms, library, sessionTimeoutMs, keepAliveMs } = this.#options;
    const link = { session: this.session, library, loop: this.#loop };
    await alarms.promote({ ...link, sessionTimeoutMs, keepAliveMs });
    await this.#watch?.promote();
  }

  /** Ends what runs, on the server too where it still answers. The second time does nothing. */
  async close(isServerThere: boolean): Promise<void> {
    this.#watch?.stop();
    const subscriptionIds = this.#isClosed ? [] : (this.#watch?.subscriptionIds ?? []);
    this.#isClosed = true;
    for (const id of subscriptionIds) this.#loop.remove(id);
    if (!isServerThere || subscriptionIds.length === 0) return;
    const all = { subscriptionIds: [...subscriptionIds] };
    await this.session.deleteSubscriptions(all).catch((cause: unknown) => {
      this.#options.log.debug({ cause: firstLine(cause) }, "old subscriptions were not deleted");
    });
  }

  /** The values that were read together with the types. */
  #takeFirst(): void {
    const receivedAt = this.#options.now();
    const arrival = { nowMs: performance.now(), isRead: true, historicalBefore: -Infinity };
    for (const [item, { node, table, first }] of this.values.items.entries()) {
      if (node.tag.access === "w" && node.fault === undefined) {
        table.value(first, { value: null, quality: 0, at: receivedAt }, arrival);
      } else if (node.fault !== undefined) {
        this.values.fail(item, { reason: node.fault }, arrival);
      } else if (node.first !== undefined) {
        this.values.take(item, node.first, receivedAt, arrival);
      }
    }
    this.#options.alarms.fill(this.values.tables);
    for (const table of this.values.tables.values()) {
      this.#fillRest(table, receivedAt);
      table.forget();
    }
  }

  /** What no tag stands for and nothing was heard of yet is null, but good. */
  #fillRest(table: DeviceTable, at: number): void {
    const arrival = { nowMs: performance.now(), isRead: true, historicalBefore: -Infinity };
    for (const metric of table.metrics.keys()) {
      if (table.last.timestamps[metric] !== 0) continue;
      table.value(metric, { value: null, quality: GOOD, at }, arrival);
    }
  }

  async #watchAll(makeRoom: () => Promise<boolean>): Promise<void> {
    const { library, config, log, sizes, sessionTimeoutMs, keepAliveMs, maxItems } = this.#options;
    const profile = this.#options.profileOf(this.session);
    this.#loop.limitTo(profile.maxPublishRequests);
    const sessionNow = (): RawSession => this.session;
    this.#watch = await watchItems({
      get session() {
        return sessionNow(); // it changes with the connection
      },
      library,
      loop: this.#loop,
      log,
      groups: groupsFor(config.groups, profile),
      sessionTimeoutMs,
      keepAliveMs,
      maxItems: Math.min(maxItems, profile.itemsPerSubscription),
      maxItemsInAll: profile.maxItems ?? Infinity,
      itemChunk: sizes.items,
      readChunk: sizes.read,
      values: this.values,
      inlet: this.inlet,
      isSlow: () => this.#options.isSlow(),
      makeRoom,
    });
  }
}

/** A server that cannot leave out small changes is not asked to. */
function groupsFor(
  groups: ReadonlyMap<string, GroupConfig>,
  { deadband }: Profile,
): ReadonlyMap<string, GroupConfig> {
  if (deadband !== "local") return groups;
  return new Map(
    [...groups].map(([name, group]) => [
      name,
      group.deadbandIn === "auto" ? { ...group, deadbandIn: "local" } : group,
    ]),
  );
}
