/**
 * As Sparkplug: an edge node of its own for each that is told again, called as that one with `.replay` behind, with right
 * births, `seq` and death. Its values are flagged as historical, so that hosts file them and touch nothing that is live.
 * Nobody can speak in the session of another edge node without breaking its `seq`: hence the names.
 */
import {
  clockOf,
  EdgeNode,
  MemoryReadingStore,
  readTopic,
  type AnnouncedMetric,
  type MetricReading,
} from "@unshub/sparkplug";
import type { MqttMessage, Watcher } from "../../broker/index.ts";
import type { MetricInfo, TreeQuality, UnsTree } from "../../tree/index.ts";
import type { PastEvent, ToldMetric } from "./past-events.ts";
import type { Publish, Target } from "./target.ts";

/** What an edge node is called that tells again what another one said. */
const REPLAY_SUFFIX = ".replay";
/** What belongs to the session of an edge node, not to the plant. */
const NOT_THE_PLANTS = /^(?:bdSeq$|(?:Node|Device) Control\/)/;
/** More than ever waits in the memory of a store. */
const STORE_LIMIT = 1_000_000;

export interface EdgeNodesOptions {
  readonly metrics: readonly ToldMetric[];
  readonly tree: UnsTree;
  readonly publish: Publish;
  /** The next birth-death number of an edge node. */
  readonly lastBdSeq: Map<string, number>;
}

interface Told {
  readonly node: EdgeNode;
  readonly store: MemoryReadingStore;
}

export class EdgeNodes implements Target {
  readonly #options: EdgeNodesOptions;
  /** By group and edge node, as in topics. */
  readonly #nodes = new Map<string, Told>();
  readonly #infos = new Map<number, MetricInfo>();
  #pending: Promise<void>[] = [];

  constructor(options: EdgeNodesOptions) {
    this.#options = options;
    const { metrics, tree } = options;
    for (const { id } of metrics) {
      const info = tree.info(id);
      if (info !== undefined && canBeTold(info)) this.#infos.set(id, info);
    }
  }

  /** The edge nodes that it will be: `group/edgeNode`. */
  get names(): readonly string[] {
    return [...new Set([...this.#infos.values()].map(nameOf))];
  }

  async begin(): Promise<void> {
    for (const [name, infos] of Map.groupBy(this.#infos.values(), nameOf)) this.#open(name, infos);
    await this.#settled();
  }

  async say(events: readonly PastEvent[]): Promise<number> {
    const readings = events.flatMap(({ metric, value }) => {
      const info = this.#infos.get(metric.id);
      return info === undefined ? [] : [{ info, reading: readingOf(info, value) }];
    });
    for (const [name, own] of Map.groupBy(readings, ({ info }) => nameOf(info))) {
      const told = this.#nodes.get(name);
      for (const [deviceId, said] of Map.groupBy(own, ({ info }) => info.deviceId))
        told?.store.append(
          deviceId,
          said.map(({ reading }) => reading),
        );
      told?.node.drained(); // what its store has goes out as values of the past
    }
    await this.#settled();
    return readings.length;
  }

  async end(): Promise<void> {
    for (const { node } of this.#nodes.values()) node.leave();
    await this.#settled();
    this.#nodes.clear();
  }

  /** Commands reach it, so that hosts may ask for births; nothing that it says itself is news to the hub. */
  watcherOf(topic: string): Watcher | undefined {
    const reading = readTopic(topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
    const { groupId, edgeNodeId, type } = reading.topic;
    const told = this.#nodes.get(`${groupId}/${edgeNodeId}`);
    if (told === undefined) return undefined;
    const isCommand = type === "NCMD" || type === "DCMD";
    return ({ payload }) => {
      if (isCommand) told.node.received(topic, Uint8Array.from(payload));
      return undefined;
    };
  }

  #open(name: string, infos: readonly MetricInfo[]): void {
    const { lastBdSeq, publish } = this.#options;
    const [first] = infos;
    if (first === undefined) return;
    const store = new MemoryReadingStore(STORE_LIMIT);
    const send = (message: MqttMessage): void => {
      this.#pending.push(publish(message));
    };
    const node = new EdgeNode({
      groupId: first.groupId,
      edgeNodeId: `${first.edgeNodeId}${REPLAY_SUFFIX}`,
      transport: { publish: send },
      lastBdSeq: lastBdSeq.get(name),
      saveBdSeq: (bdSeq) => lastBdSeq.set(name, bdSeq),
      clock: clockOf(globalThis),
      onWrite: () => undefined,
      onRefused: () => undefined,
      store,
      metrics: infos.filter(({ deviceId }) => deviceId === undefined).map(announced),
    });
    this.#nodes.set(name, { node, store });
    for (const [deviceId, own] of Map.groupBy(infos, (info) => info.deviceId))
      if (deviceId !== undefined) node.born(deviceId, own.map(announced));
    node.beginSession();
    node.sessionOpened();
  }

  async #settled(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    await Promise.all(pending);
  }
}

/** Instances of templates need their definitions, which the tree does not keep. */
function canBeTold({ name, datatype }: MetricInfo): boolean {
  return datatype !== undefined && datatype !== "Template" && !NOT_THE_PLANTS.test(name);
}

function nameOf({ groupId, edgeNodeId }: MetricInfo): string {
  return `${groupId}/${edgeNodeId}${REPLAY_SUFFIX}`;
}

/** Without a value: what comes is of the past. */
function announced({ name, datatype = "String", unit, description }: MetricInfo): AnnouncedMetric {
  return {
    name,
    datatype,
    value: null,
    quality: "stale",
    timestamp: Date.now(),
    writable: false,
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
  };
}

function readingOf({ name }: MetricInfo, past: PastEvent["value"]): MetricReading {
  const { value, quality, time, reason } = past;
  return {
    name,
    value,
    quality: QUALITY.get(quality) ?? "stale",
    timestamp: time,
    ...(reason !== undefined && { reason }),
  };
}

const QUALITY: ReadonlyMap<TreeQuality, MetricReading["quality"]> = new Map([
  ["good", "good"],
  ["bad", "bad"],
]);
