/**
 * Topics that a changed configuration has left behind: subscribers that stayed, bridges and persistent sessions still have
 * what was there, so they are told that it is gone.
 */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { Broker } from "../../broker/index.ts";
import type { NodeSessions, UnsTree } from "../../tree/index.ts";
import { UnsFindings } from "../findings.ts";
import { UnsPaths } from "../paths.ts";
import type { UnsConfig } from "../placement/index.ts";
import type { JsonTopics } from "./json-topics.ts";
import { Leaving, type ClearedBatch } from "./leaving.ts";
import { Levels } from "./levels.ts";
import { Messages } from "./messages.ts";
import { isSamePlant, keepPublished, publishedBefore } from "./moved.ts";
import { Topics } from "./topics.ts";

export interface MovedTopicsOptions {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly config: UnsConfig;
  readonly dataDir: string;
  readonly log: Logger;
  readonly now: () => number;
  readonly broker: () => Broker | undefined;
  /** What is published now. */
  readonly json: JsonTopics | undefined;
}

const BATCH = 10_000;
const BECAUSE = "uns.placement or uns.projection was changed";

export class MovedTopics {
  readonly #options: MovedTopicsOptions;
  #batches: readonly ClearedBatch[] = [];

  constructor(options: MovedTopicsOptions) {
    this.#options = options;
  }

  /** Of a hub that publishes nothing any more. */
  get batches(): readonly ClearedBatch[] {
    return this.#batches;
  }

  /** Clears what was published under another configuration, once. */
  async clear(): Promise<void> {
    const { config, dataDir, log } = this.#options;
    const file = join(dataDir, "uns-topics.json");
    const before = publishedBefore(file, log);
    if (before !== undefined && isSamePlant(before, config)) return;
    if (before?.projection !== undefined) await this.#clearAll(before);
    try {
      if (before !== undefined || config.projection !== undefined) keepPublished(file, config);
    } catch (error) {
      log.error({ file, error }, "which plain topics there are could not be kept on disk");
    }
  }

  async #clearAll({ placement, projection }: Pick<UnsConfig, "placement" | "projection">) {
    const { json, now, dataDir } = this.#options;
    if (projection === undefined) return;
    const findings = new UnsFindings(now);
    const paths = new UnsPaths({ ...this.#options, placement, findings });
    paths.start();
    paths.stop();
    const topics = new Topics({ ...this.#options, paths, config: projection, tooLong: () => {} });
    const messages = new Messages({ ...this.#options, paths, topics, config: projection });
    const file = join(dataDir, "uns-cleared.jsonl");
    const leaving = json?.leaving ?? new Leaving({ ...this.#options, file });
    const gone = [...topicsOf({ paths, topics, messages })].filter(
      (topic) => !isTaken(topic, json),
    );
    for (let at = 0; at < gone.length; at += BATCH) {
      await leaving.clearTopics(gone.slice(at, at + BATCH), BECAUSE, async (batch) => {
        for (const topic of batch) await this.#publish(messages.cleared(topic));
      });
    }
    this.#batches = leaving.batches;
  }

  async #publish(message: ReturnType<Messages["cleared"]>): Promise<void> {
    const broker = this.#options.broker();
    if (broker?.hasReceivers(message.topic) === true) await broker.publish(message);
  }
}

interface Published {
  readonly paths: UnsPaths;
  readonly topics: Topics;
  readonly messages: Messages;
}

/** Everything that was published. */
function* topicsOf({ paths, topics, messages }: Published): Generator<string> {
  for (const place of paths.all()) {
    if (!topics.isMemberPublished(place)) continue;
    for (const leaf of messages.leaves) yield topics.leafTopic(place, leaf);
    if (messages.leaves.includes("_values")) continue;
    for (const id of messages.publishedIds(place)) yield topics.topicOf(id);
  }
  for (const level of new Levels({ paths, topics, messages }).all()) {
    if (level !== undefined) yield topics.levelTopic(level);
  }
}

/** Whether something is published on a topic now. */
function isTaken(topic: string, json: JsonTopics | undefined): boolean {
  if (json === undefined) return false;
  for (const message of json.retained.matching(topic)) if (message !== undefined) return true;
  return false;
}
