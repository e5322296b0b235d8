/**
 * What is retained on the topics of the projection: made of the tree for who subscribes, and kept nowhere else. So it is
 * always what the hub knows, survives what the tree survives, and costs neither memory nor disk.
 */
import { matchesFilter, type MqttMessage, type RetainedProvider } from "../../broker/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import type { Place, UnsPaths } from "../paths.ts";
import type { ProjectionConfig } from "../placement/index.ts";
import type { Levels } from "./levels.ts";
import type { Messages } from "./messages.ts";
import { mayMatchBelow, type Topics } from "./topics.ts";

export interface JsonRetainedOptions {
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  readonly topics: Topics;
  readonly messages: Messages;
  readonly levels: Levels;
  readonly config: ProjectionConfig;
}

export class JsonRetained implements RetainedProvider {
  readonly #options: JsonRetainedOptions;

  constructor(options: JsonRetainedOptions) {
    this.#options = options;
  }

  owns(topic: string): boolean {
    return this.#options.topics.owns(topic);
  }

  *matching(filter: string): Generator<MqttMessage | undefined> {
    const { config, topics } = this.#options;
    if (!config.retain || filter.startsWith("$")) return;
    if (!/[+#]/.test(filter)) return yield* this.#exactly(filter);
    for (const place of this.#options.paths.all()) {
      yield undefined;
      if (topics.isMemberPublished(place) && mayMatchBelow(filter, topics.topOf(place)))
        yield* this.#ofMember(place, filter);
    }
    yield* this.#ofLevels(filter);
  }

  *#ofLevels(filter: string): Generator<MqttMessage | undefined> {
    const { topics, messages, levels } = this.#options;
    if (!mayMatchAnyLevel(filter)) return;
    for (const level of levels.all()) {
      const isWanted = level !== undefined && matchesFilter(filter, topics.levelTopic(level));
      yield isWanted ? messages.level(level) : undefined;
    }
  }

  *#ofMember(place: Place, filter: string): Generator<MqttMessage | undefined> {
    const { topics, messages, config } = this.#options;
    for (const leaf of messages.leaves) {
      const isWanted = matchesFilter(filter, topics.leafTopic(place, leaf));
      yield isWanted ? messages.leaf(place, leaf) : undefined;
    }
    if (config.format === "device") return;
    for (const id of messages.publishedIds(place)) {
      yield matchesFilter(filter, topics.topicOf(id)) ? messages.metric(id) : undefined;
    }
  }

  /** A topic, not a filter. */
  *#exactly(topic: string): Generator<MqttMessage | undefined> {
    const { tree, paths, topics, messages, levels, config } = this.#options;
    yield undefined;
    const id = config.format === "device" ? undefined : topics.metricAt(topic);
    if (id !== undefined) {
      if (tree.definitions.isBorn(id)) yield messages.metric(id);
      return;
    }
    const leaf = messages.leaves.find((one) => topic.endsWith(`/${one}`));
    const row = leaf && topics.memberAt(topic.slice(0, -leaf.length - 1));
    const place = row === undefined ? undefined : paths.place(row);
    if (place !== undefined && leaf !== undefined) yield messages.leaf(place, leaf);
    const level = place === undefined ? topics.levelAt(topic) : undefined;
    if (level !== undefined && levels.has(level)) yield messages.level(level);
  }
}

/** Most filters end in the name of a metric: then no level has to be looked at. */
function mayMatchAnyLevel(filter: string): boolean {
  return /(?:#|\+|_violations)$/.test(filter);
}
