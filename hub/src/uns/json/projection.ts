/**
 * The plant as plain topics. Changed metrics are collected from the tree as integers, and told in slices between the turns
 * of the broker: once for all that changed meanwhile, and only where somebody may listen.
 */
import { hash } from "node:crypto";
import { DurationCounter, type Durations, type Logger } from "@unshub/adapter";
import type { MqttMessage } from "../../broker/index.ts";
import type { ChangedSet, UnsTree } from "../../tree/index.ts";
import type { Place, UnsPaths } from "../paths.ts";
import type { ProjectionConfig } from "../placement/index.ts";
import type { Leaving } from "./leaving.ts";
import type { Levels } from "./levels.ts";
import type { Messages } from "./messages.ts";
import { Pace } from "./pace.ts";
import { Told } from "./told.ts";
import type { Leaf, Topics } from "./topics.ts";

export interface ProjectionOptions {
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  readonly topics: Topics;
  readonly messages: Messages;
  readonly leaving: Leaving;
  readonly levels: Levels;
  readonly config: ProjectionConfig;
  readonly log: Logger;
  /** Resolves when it is on its way, and stored where it must be. */
  readonly publish: (message: MqttMessage) => Promise<void>;
  readonly hasReceivers: (topic: string) => boolean;
  /** Whether anybody may be told of a topic below this one. */
  readonly mayReachBelow: (topic: string) => boolean;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** How often it looks for what has changed. */
const LOOK_MS = 25;
/** Metrics between two looks at the clock. */
const AT_ONCE = 16;

const NO_ROW = -1;

/** What it has done since the start. */
export interface ProjectionFigures {
  /** Messages published. */
  published: number;
  /** Changes that were no news, or that nobody listened to. */
  spared: number;
  failed: number;
  /** From the reception of a value to its message, by `DELAY_BOUNDS`. */
  readonly delays: Durations;
}

/** In seconds. */
export const DELAY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export class Projection {
  readonly #delays = new DurationCounter(DELAY_BOUNDS);
  readonly figures: ProjectionFigures = {
    published: 0,
    spared: 0,
    failed: 0,
    delays: this.#delays,
  };
  readonly #options: ProjectionOptions;
  readonly #told = new Told();
  readonly #pace = new Pace();
  /** Devices whose state or model is to be told. */
  readonly #members = new Set<number>();
  /** Devices that had a state to tell: what they leave behind is cleared. */
  readonly #withLeaves = new Set<number>();
  /** Those about whom something was found. */
  readonly #violated = new Set<number>();
  /** What was said last of each level of the plant, as a hash. */
  readonly #toldOfLevel = new Map<string, string>();
  /** The device that was looked at last, in this slice: metrics of one device come together. */
  #lastRow = NO_ROW;
  #mayReachLast = false;
  #pending: Promise<void>[] = [];
  /** What was there when it started: sessions that lived on are told what it is worth now. */
  #first: readonly number[] | undefined;
  #changes: ChangedSet | undefined;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopObserving: () => void = () => undefined;

  constructor(options: ProjectionOptions) {
    this.#options = options;
  }

  start(): void {
    const { tree, paths, config } = this.#options;
    this.#startedAt = this.#options.now();
    this.#changes = tree.collect();
    this.#first = Array.from({ length: tree.rows.size }, (_, id) => id).filter((id) =>
      tree.definitions.isBorn(id),
    );
    for (const { row } of paths.all()) this.#members.add(row);
    this.#stopObserving = tree.observe({
      rowChanged: (id) => this.#members.add(this.#memberRow(id)),
      metricRemoved: (id) => this.#removed(id),
    });
    this.#timer = setInterval(() => this.#look(), Math.max(LOOK_MS, config.deadband));
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopObserving();
    const changes = this.#changes;
    this.#changes = undefined;
    if (changes !== undefined) this.#options.tree.changes.drop(changes);
    await this.#round;
  }

  /** Something was found about these devices and edge nodes. */
  violated(rows: readonly number[]): void {
    for (const row of rows) this.#violated.add(row);
  }

  #removed(id: number): void {
    const { tree, topics, leaving, config } = this.#options;
    this.#members.add(this.#memberRow(id));
    this.#told.forget(id);
    if (config.format === "device" || !topics.isPublished(id)) return;
    leaving.add(topics.topicOf(id), () => tree.definitions.isBorn(id));
  }

  #memberRow(id: number): number {
    const { rows, definitions } = this.#options.tree;
    return rows.isMetric(id) ? definitions.memberRow(id) : id;
  }

  #look(): void {
    const hasMembers = this.#members.size > 0 || this.#violated.size > 0;
    const isQuiet = this.#changes?.size === 0 && !hasMembers && this.#first === undefined;
    if (this.#round !== undefined || (isQuiet && this.#options.leaving.isEmpty)) return;
    this.#round = this.#tellAll()
      .catch((error: unknown) => {
        this.#options.log.error({ error }, "the plain topics could not be told of changes");
      })
      .finally(() => {
        this.#round = undefined;
      });
  }

  async #tellAll(): Promise<void> {
    const members = [...this.#members];
    this.#members.clear();
    const ids = this.#first ?? this.#changes?.take() ?? [];
    this.#first = undefined;
    const { config, leaving } = this.#options;
    await this.#inSlices(members, (row) => this.#tellMember(row));
    const violated = [...this.#violated];
    this.#violated.clear();
    await this.#inSlices(violated, (row) => this.#tellOne(row, "_violations"));
    await this.#inSlices(this.#levelsAbove(violated), (level) => this.#tellLevel(level));
    if (config.format === "device") {
      const rows = new Set(Array.from(ids, (id) => this.#memberRow(id)));
      await this.#inSlices([...rows], (row) => this.#tellOne(row, "_values"));
    } else await this.#inSlices(ids, (id) => this.#tellMetric(id));
    await leaving.clear((topics) => this.#inSlices(topics, (topic) => this.#clear(topic)));
  }

  /** `tell` each, a slice at a time. */
  async #inSlices<Item>(items: ArrayLike<Item>, tell: (item: Item) => void): Promise<void> {
    this.#begin();
    for (let at = 0; at < items.length && this.#changes !== undefined; at += 1) {
      const item = items[at];
      if (item !== undefined) tell(item);
      if (at % AT_ONCE !== AT_ONCE - 1 || !this.#pace.isOver) continue;
      await this.#settled();
      await this.#pace.rest();
      this.#begin();
    }
    await this.#settled();
  }

  #begin(): void {
    this.#lastRow = NO_ROW; // who subscribes may have changed
    this.#pace.begin();
  }

  /** What is published is stored where it must be before more is: a slow disk slows this and nothing else. */
  async #settled(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    await Promise.all(pending);
  }

  #tellMember(row: number): void {
    const { paths, topics, messages } = this.#options;
    const place = paths.place(row);
    if (place === undefined || !topics.isMemberPublished(place)) return;
    if (!messages.has(place)) return this.#leavesGone(place);
    if (!this.#withLeaves.has(row)) this.#violated.add(row);
    this.#withLeaves.add(row);
    this.#tellLeaf(place, "_state");
    this.#tellLeaf(place, "_model");
  }

  #leavesGone(place: Place): void {
    const { topics, messages, leaving, levels } = this.#options;
    if (!this.#withLeaves.delete(place.row)) return;
    for (const leaf of messages.leaves)
      leaving.add(topics.leafTopic(place, leaf), () => messages.has(place));
    for (const level of levels.above(place.path)) {
      leaving.add(topics.levelTopic(level), () => {
        const isBack = levels.has(level);
        if (!isBack) this.#toldOfLevel.delete(level);
        return isBack;
      });
    }
  }

  #levelsAbove(rows: readonly number[]): readonly string[] {
    const { paths, levels } = this.#options;
    const above = new Set<string>();
    for (const row of rows) {
      const place = paths.place(row);
      if (place === undefined) continue;
      for (const level of levels.above(place.path)) above.add(level);
    }
    return [...above];
  }

  /** Nothing is said again of what is as it was. */
  #tellLevel(level: string): void {
    const { topics, messages, levels, hasReceivers } = this.#options;
    if (!hasReceivers(topics.levelTopic(level)) || !levels.has(level)) return;
    const message = messages.level(level);
    const told = hash("sha1", message.payload);
    if (this.#toldOfLevel.get(level) === told) return;
    this.#toldOfLevel.set(level, told);
    this.#publish(message);
  }

  #tellOne(row: number, leaf: Leaf): void {
    const { paths, topics } = this.#options;
    const place = paths.place(row);
    if (place !== undefined && topics.isMemberPublished(place)) this.#tellLeaf(place, leaf);
  }

  #tellLeaf(place: Place, leaf: Leaf): void {
    const { topics, messages, hasReceivers } = this.#options;
    const message = hasReceivers(topics.leafTopic(place, leaf))
      ? messages.leaf(place, leaf)
      : undefined;
    if (message !== undefined) this.#publish(message);
  }

  #tellMetric(id: number): void {
    const { tree, topics, messages } = this.#options;
    const { definitions, values } = tree;
    if (!definitions.isBorn(id) || !topics.isPublished(id)) return;
    const quality = values.quality(id);
    if (this.#isOfTheDead(id)) return;
    const isNews = this.#told.isNews(id, values.value(id), quality);
    if (!isNews || !this.#mayReach(id) || !this.#options.hasReceivers(topics.topicOf(id)))
      this.figures.spared += 1;
    else {
      this.#noteDelay(values.receivedAt(id));
      this.#publish(messages.metric(id));
    }
  }

  /** What was heard before it started waited for the start, and not for it. */
  #noteDelay(receivedAt: number): void {
    if (receivedAt < this.#startedAt) return;
    this.#delays.note(Math.max(0, this.#options.now() - receivedAt) / 1000);
  }

  /** Its `_state` has told that it is dead, when that is to be enough. */
  #isOfTheDead(id: number): boolean {
    const { tree, config } = this.#options;
    return config.onDeath === "state" && tree.online(tree.definitions.memberRow(id)) === false;
  }

  /** Most devices have nobody who listens: that is found without making the topic of each metric. */
  #mayReach(id: number): boolean {
    const { tree, paths } = this.#options;
    if (paths.isDisplaced(id)) return true;
    const row = tree.definitions.memberRow(id);
    if (row !== this.#lastRow) {
      const place = paths.place(row);
      this.#lastRow = row;
      this.#mayReachLast = place !== undefined && this.#mayReachDevice(place);
    }
    return this.#mayReachLast;
  }

  #mayReachDevice(place: Place): boolean {
    return this.#options.mayReachBelow(this.#options.topics.topOf(place));
  }

  #clear(topic: string): void {
    const { hasReceivers, messages } = this.#options;
    if (hasReceivers(topic)) this.#publish(messages.cleared(topic));
  }

  #publish(message: MqttMessage): void {
    this.figures.published += 1;
    const sent = this.#options.publish(message).catch((error: unknown) => {
      this.figures.failed += 1;
      if (this.figures.failed === 1)
        this.#options.log.error({ topic: message.topic, error }, "a plain topic was not published");
    });
    this.#pending.push(sent);
  }
}
