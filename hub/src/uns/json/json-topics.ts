/** All of the plain topics in one: what is retained, what is told, what is written, what is cleared. */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type {
  Broker,
  ConnectingClient,
  MqttMessage,
  RetainedProvider,
  Verdict,
  Watcher,
} from "../../broker/index.ts";
import type { NodeSessions, UnsTree } from "../../tree/index.ts";
import type { UnsFindings } from "../findings.ts";
import type { UnsPaths } from "../paths.ts";
import type { ProjectionConfig } from "../placement/index.ts";
import { JsonRetained } from "./retained.ts";
import { Leaving } from "./leaving.ts";
import { Levels } from "./levels.ts";
import { Messages } from "./messages.ts";
import { Projection } from "./projection.ts";
import { Topics } from "./topics.ts";
import { Violations, type ViolationsOptions } from "./violations.ts";
import { WriteThrough, type WriteThroughOptions } from "./write-through.ts";

export interface JsonTopicsOptions
  extends
    Pick<WriteThroughOptions, "write" | "commandFault" | "replyTo">,
    Pick<ViolationsOptions, "found"> {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly paths: UnsPaths;
  readonly findings: UnsFindings;
  readonly config: ProjectionConfig;
  readonly dataDir: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** `undefined` before it has started. */
  readonly broker: () => Broker | undefined;
}

const NOT_AUTHORIZED = 0x87;
/** New places within this time are told to the broker at once. */
const TOGETHER_MS = 25;
/** How often it is looked for what was found wrong. */
const VIOLATIONS_MS = 500;

export class JsonTopics {
  readonly topics: Topics;
  readonly messages: Messages;
  readonly leaving: Leaving;
  readonly retained: RetainedProvider;
  readonly #options: JsonTopicsOptions;
  readonly #projection: Projection;
  readonly #violations: Violations;
  readonly #write: WriteThrough | undefined;
  #owned = 0;
  #telling: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #stopObserving: () => void = () => undefined;

  constructor(options: JsonTopicsOptions) {
    this.#options = options;
    const { config, dataDir, findings, log } = options;
    this.topics = new Topics({
      ...options,
      tooLong: (id, path) => this.#tooLong(id, path),
    });
    const { topics } = this;
    this.#violations = new Violations(options);
    this.messages = new Messages({ ...options, topics, violations: this.#violations });
    const { messages } = this;
    const levels = new Levels({ ...options, topics, messages });
    this.retained = new JsonRetained({ ...options, topics, messages, levels });
    this.leaving = new Leaving({ ...options, file: join(dataDir, "uns-cleared.jsonl") });
    const publish = (message: MqttMessage): Promise<void> => this.publish(message);
    this.#write = config.write
      ? new WriteThrough({ ...options, topics, findings, log, publish })
      : undefined;
    this.#projection = new Projection({
      ...options,
      topics,
      messages,
      leaving: this.leaving,
      levels,
      publish,
      hasReceivers: (topic) => options.broker()?.hasReceivers(topic) === true,
      mayReachBelow: (topic) => options.broker()?.mayReachBelow(topic) === true,
    });
    this.#owned = this.#places;
  }

  get figures(): Projection["figures"] {
    return this.#projection.figures;
  }

  start(): void {
    this.#projection.start();
    const look = (): void => this.#projection.violated(this.#violations.takeChanged());
    this.#looking = setInterval(look, VIOLATIONS_MS);
    this.#stopObserving = this.#options.tree.observe({ rowAdded: () => this.#ownershipMayGrow() });
    this.#ownershipMayGrow();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#telling);
    clearInterval(this.#looking);
    this.#stopObserving();
    await this.#projection.stop();
  }

  /** Whether a client may publish on a topic of the hub; `undefined`: it is none. */
  mayPublish(topic: string): Verdict | undefined {
    if (!this.topics.owns(topic)) return undefined;
    if (this.#write?.mayBeWritten(topic) === true) return { allow: true };
    const because = `${topic}: the hub alone publishes here; these topics are what the plant says`;
    return { allow: false, reasonCode: NOT_AUTHORIZED, because };
  }

  /** Why a client may not leave this Will; `undefined`: it may. A Will writes nothing either: nobody hears what came of it. */
  willFault(topic: string): Extract<Verdict, { allow: false }> | undefined {
    if (!this.topics.owns(topic)) return undefined;
    const because = `its Will on ${topic}: the hub alone publishes there`;
    return { allow: false, reasonCode: NOT_AUTHORIZED, because };
  }

  /** Takes what is published on `…/set`. */
  watcherOf(topic: string, client: ConnectingClient | undefined): Watcher | undefined {
    return client === undefined ? undefined : this.#write?.watcher(topic, client);
  }

  async publish(message: MqttMessage): Promise<void> {
    await this.#options.broker()?.publish(message);
  }

  /** What has been answered about topics before does not hold where a new place has made them the hub's. */
  #ownershipMayGrow(): void {
    if (this.#telling !== undefined || this.#places === this.#owned) return;
    this.#telling = setTimeout(() => {
      this.#telling = undefined;
      this.#owned = this.#places;
      this.#options.broker()?.permissionsChanged();
    }, TOGETHER_MS);
  }

  /** What decides which topics are the hub's. */
  get #places(): number {
    const { config, paths } = this.#options;
    if (config.root !== "" || config.format === "umh") return 0;
    return config.otherTopics === "allow" ? paths.size : paths.places.root.children.size;
  }

  #tooLong(id: number, path: string): void {
    const info = this.#options.tree.info(id);
    const subject = `device ${info?.groupId}/${info?.edgeNodeId}/${info?.deviceId ?? ""}`;
    const because = `the path of ${Buffer.byteLength(path)} bytes is longer than a topic may be; it begins ${path.slice(0, 200)}`;
    this.#options.findings.note({ code: "U04", subject, topic: "", because });
  }
}
