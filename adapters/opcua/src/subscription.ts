/**
 * One subscription per group: the server looks at the values and sends what changed. The status of every item is
 * checked, because an item that the server refused would stay silent for ever.
 */
import type { MetricReading } from "@unshub/sparkplug";
import type {
  ClientMonitoredItemBase,
  ClientMonitoredItemGroup,
  ClientSession,
  ClientSubscription,
  DataValue,
  NodeIdLike,
} from "node-opcua-client";
import type { GroupConfig, OpcUaConfig } from "./config.ts";
import { qualityOf, toReading } from "./convert.ts";
import { within } from "./deadline.ts";
import { OpcUaError, firstLine } from "./errors.ts";
import type { Library } from "./library.ts";
import type { TagNode } from "./nodes.ts";

/** Where the values of all subscriptions of a link go. */
export interface SubscriptionSink {
  /** What one answer of the server brought, oldest first. */
  changed(readings: readonly MetricReading[]): void;
  /** The server ended a subscription: no more values will come. */
  ended(reason: OpcUaError): void;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

/** A tag that the server can watch. */
type WatchedNode = TagNode & { readonly nodeId: NodeIdLike };

const ITEMS_PER_CALL = 100;
const SUBSCRIBE_WITHIN_MS = 10_000;
/** The server says at least this often that it is alive. */
const KEEP_ALIVE_MS = 5_000;
const VALUE_ATTRIBUTE = 13;

/**
 * Subscribes to all readable tags. Resolves with a bad reading for each tag that the server refused to watch.
 * @throws {OpcUaError} SUBSCRIBE_FAILED when a whole group fails.
 */
export async function subscribe(
  link: {
    readonly session: ClientSession;
    readonly library: Library;
    readonly config: OpcUaConfig;
  },
  nodes: readonly TagNode[],
  sink: SubscriptionSink,
): Promise<readonly MetricReading[]> {
  const { session, library, config } = link;
  const watched = nodes.filter(isWatched);
  const refused: MetricReading[] = [];
  for (const [name, group] of config.groups) {
    const members = watched.filter((node) => node.tag.group === name);
    if (members.length === 0) continue;
    const failed = (cause?: unknown): OpcUaError => {
      const why = cause === undefined ? "no answer" : firstLine(cause);
      const message = `${config.endpoint}: cannot subscribe to group ${name}: ${why}`;
      return new OpcUaError("SUBSCRIBE_FAILED", message, { cause });
    };
    try {
      const opened = openGroup({ session, library, config, group }, members, sink);
      refused.push(...(await within({ ms: SUBSCRIBE_WITHIN_MS, late: failed }, opened)));
    } catch (cause) {
      throw cause instanceof OpcUaError ? cause : failed(cause);
    }
  }
  return refused;
}

/** Tags without a usable type are bad until the next connection; tags with `access: w` are never read. */
function isWatched(node: TagNode): node is WatchedNode {
  return node.nodeId !== undefined && node.type !== undefined && node.tag.access !== "w";
}

async function openGroup(
  link: {
    readonly session: ClientSession;
    readonly library: Library;
    readonly config: OpcUaConfig;
    readonly group: GroupConfig;
  },
  members: readonly WatchedNode[],
  sink: SubscriptionSink,
): Promise<readonly MetricReading[]> {
  const { config, group } = link;
  const keepAliveCount = Math.max(1, Math.floor(KEEP_ALIVE_MS / Math.max(1, group.intervalMs)));
  const sessionCount = Math.ceil(config.sessionTimeoutMs / Math.max(1, group.intervalMs));
  const subscription = await link.session.createSubscription2({
    requestedPublishingInterval: group.intervalMs,
    requestedMaxKeepAliveCount: keepAliveCount,
    requestedLifetimeCount: Math.max(10 * keepAliveCount, sessionCount),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  subscription.on("terminated", () => {
    const message = `${config.endpoint}: the server ended a subscription`;
    sink.ended(new OpcUaError("LINK_LOST", message));
  });
  const batch = new Batch(sink);
  const refused: MetricReading[] = [];
  for (let start = 0; start < members.length; start += ITEMS_PER_CALL) {
    const chunk = members.slice(start, start + ITEMS_PER_CALL);
    refused.push(...(await watch(subscription, chunk, { ...link, batch })));
  }
  return refused;
}

/** Creates the items of one call and looks at what the server said of each. */
async function watch(
  subscription: ClientSubscription,
  chunk: readonly WatchedNode[],
  how: { readonly library: Library; readonly group: GroupConfig; readonly batch: Batch },
): Promise<readonly MetricReading[]> {
  const items = await new Promise<readonly ClientMonitoredItemBase[]>((resolve, reject) => {
    const created = (failure: Error | null, group?: ClientMonitoredItemGroup): void => {
      if (failure !== null || group === undefined) {
        return reject(failure ?? new Error("no items were created"));
      }
      // In this very turn: the first values may stand in the same packet as the answer.
      group.on("changed", (_item, data, index) => how.batch.add(chunk[index], data));
      resolve(group.monitoredItems);
    };
    subscription.monitorItems(
      chunk.map(({ nodeId }) => ({ nodeId, attributeId: VALUE_ATTRIBUTE })),
      {
        samplingInterval: how.group.samplingMs,
        queueSize: how.group.queue,
        discardOldest: true,
      },
      how.library.TimestampsToReturn.Both,
      created,
    );
  });
  return items.flatMap((item, index) => how.batch.refusal(chunk[index], item));
}

/** Collects the values of one answer, which the library hands over one by one, and passes them on together. */
class Batch {
  #readings: MetricReading[] = [];
  readonly #sink: SubscriptionSink;

  constructor(sink: SubscriptionSink) {
    this.#sink = sink;
  }

  add(node: TagNode | undefined, data: DataValue): void {
    if (node === undefined) return;
    if (this.#readings.length === 0) queueMicrotask(() => this.#flush());
    this.#readings.push(toReading(node.tag.name, node.type, data, this.#sink.now()));
  }

  /** A bad reading when the server does not watch this item; an empty list when it does. */
  refusal(node: TagNode | undefined, item: ClientMonitoredItemBase): readonly MetricReading[] {
    const { quality, reason } = qualityOf(item.statusCode);
    if (node === undefined || quality === "good" || reason === undefined) return [];
    const timestamp = this.#sink.now();
    return [{ name: node.tag.name, value: null, quality: "bad", reason, timestamp }];
  }

  #flush(): void {
    const readings = this.#readings;
    this.#readings = [];
    this.#sink.changed(readings);
  }
}
