/** The room: where everything stands, and the plain topics that come of it. */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type {
  Broker,
  ConnectingClient,
  MqttMessage,
  RetainedProvider,
  Verdict,
  Watcher,
} from "../broker/index.ts";
import type { NodeSessions, UnsTree } from "../tree/index.ts";
import { UnsFindings } from "./findings.ts";
import { JsonTopics, type JsonTopicsOptions } from "./json/json-topics.ts";
import type { ClearedBatch } from "./json/leaving.ts";
import { MovedTopics } from "./json/moved-topics.ts";
import type { Moment } from "./json/payload.ts";
import type { ProjectionFigures } from "./json/projection.ts";
import { UnsPaths } from "./paths.ts";
import type { UnsConfig } from "./placement/index.ts";

type Refused = Extract<Verdict, { allow: false }>;

export interface UnsOptions extends Pick<
  JsonTopicsOptions,
  "write" | "commandFault" | "replyTo" | "found"
> {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly config: UnsConfig;
  readonly dataDir: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** `undefined` before it has started. */
  readonly broker: () => Broker | undefined;
}

export class Uns implements RetainedProvider {
  readonly paths: UnsPaths;
  readonly findings: UnsFindings;
  /** What the levels of a path are called, from the first one on. */
  readonly levels: readonly string[];
  readonly #json: JsonTopics | undefined;
  readonly #moved: MovedTopics;
  readonly #isRetaining: boolean;

  constructor(options: UnsOptions) {
    const { config, dataDir, now } = options;
    this.findings = new UnsFindings(now);
    this.levels = config.levels;
    const { findings } = this;
    const claimsFile = join(dataDir, "uns-places.json");
    this.paths = new UnsPaths({ ...options, placement: config.placement, findings, claimsFile });
    this.paths.start();
    const { paths } = this;
    const { projection } = config;
    this.#isRetaining = projection?.retain === true;
    const found: JsonTopicsOptions["found"] = (since) => [
      ...options.found(since),
      ...findings.findings(since),
    ];
    const parts = { paths, findings, found };
    this.#json = projection && new JsonTopics({ ...options, ...parts, config: projection });
    this.#moved = new MovedTopics({ ...options, json: this.#json });
  }

  /** Once the broker has started. */
  async start(): Promise<void> {
    await this.#moved.clear(); // what was before goes before what is now comes
    this.#json?.start();
  }

  async stop(): Promise<void> {
    this.paths.stop();
    await this.#json?.stop();
  }

  /** What the plain topics have cost; `undefined`: there are none. */
  get figures(): ProjectionFigures | undefined {
    return this.#json?.figures;
  }

  /** Topics that were cleared because nothing stands there any more, the newest last. */
  get cleared(): readonly ClearedBatch[] {
    return this.#json?.leaving.batches ?? this.#moved.batches;
  }

  owns(topic: string): boolean {
    return this.#json?.retained.owns(topic) === true;
  }

  /** The plain topic of a metric; `undefined`: it has none. */
  topicOf(id: number): string | undefined {
    const topics = this.#json?.topics;
    return topics?.isPublished(id) === true ? topics.topicOf(id) : undefined;
  }

  /** Whether whoever subscribes to the plain topic of a metric gets its last value at once. */
  isRetained(id: number): boolean {
    return this.#isRetaining && this.topicOf(id) !== undefined;
  }

  /** A value of the past as it was or would have been told; `undefined`: the metric has no plain topic. */
  past(id: number, moment: Moment): MqttMessage | undefined {
    if (this.topicOf(id) === undefined) return undefined;
    return this.#json?.messages.metric(id, moment);
  }

  /** What the plain topics begin with, "" for nothing; `undefined`: there are none. */
  get plainRoot(): string | undefined {
    return this.#json?.topics.root;
  }

  /** Whether there are plain topics at all. */
  get isProjected(): boolean {
    return this.#json !== undefined;
  }

  matching(filter: string): ReturnType<RetainedProvider["matching"]> {
    return this.#json?.retained.matching(filter) ?? [];
  }

  /** Whether a client may publish on a topic of the hub; `undefined`: it is none. */
  mayPublish(topic: string): Verdict | undefined {
    return this.#json?.mayPublish(topic);
  }

  /** Why a client may not connect with its Will; `undefined`: it may, as far as these topics are concerned. */
  willFault({ will }: Pick<ConnectingClient, "will">): Refused | undefined {
    return will && this.#json?.willFault(will.topic);
  }

  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    return this.#json?.watcherOf(topic, client);
  }
}
