/** Paths as topics: which metrics are published, on which topic, and which topics belong to the hub because of it. */
import { matchesFilter } from "../../broker/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import type { Place, UnsPaths } from "../paths.ts";
import { rowsBelow } from "../place-tree.ts";
import { SPARKPLUG_TOP, type ProjectionConfig } from "../placement/index.ts";

/** What the hub publishes of a device besides its metrics. */
export type Leaf = "_state" | "_model" | "_violations" | "_values";

const LEVEL_END = "/_violations";
const UMH_ROOT = "umh/v1";
const UMH_LEVEL = "_raw";
const MAX_TOPIC_BYTES = 65_535;
/** What belongs to the session of an edge node, not to the plant. */
const NOT_THE_PLANTS = /^(?:bdSeq$|(?:Node|Device) Control\/)/;

/** Of each metric, kept because it is asked with every change. */
const UNKNOWN = 0;
const PUBLISHED = 1;
const HIDDEN = 2;

export interface TopicsOptions {
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  readonly config: ProjectionConfig;
  /** Told once of a metric whose path is longer than a topic may be. */
  tooLong(id: number, path: string): void;
}

export class Topics {
  readonly #options: TopicsOptions;
  readonly #isUmh: boolean;
  readonly #root: string;
  #marks = new Uint8Array(1024);

  constructor(options: TopicsOptions) {
    this.#options = options;
    const { format, root } = options.config;
    this.#isUmh = format === "umh";
    this.#root = this.#isUmh ? UMH_ROOT : root;
  }

  /** What they all begin with; "": nothing. */
  get root(): string {
    return this.#root;
  }

  /** Whether a metric is published; it is told whether it was born apart. */
  isPublished(id: number): boolean {
    if (id >= this.#marks.length) this.#grow(id);
    if (this.#marks[id] === UNKNOWN) this.#marks[id] = this.#decide(id) ? PUBLISHED : HIDDEN;
    return this.#marks[id] === PUBLISHED;
  }

  /** Whether anything of a device is: a filter may begin below it. Edge nodes only where a rule places them. */
  isMemberPublished({ path, isPlaced, member }: Place): boolean {
    if (!isPlaced && member.deviceId === undefined) return false;
    return this.#options.config.topics.some((filter) => mayMatchBelow(filter, path));
  }

  /** Of a metric that is published. */
  topicOf(id: number): string {
    const parts = this.#options.paths.partsOf(id) ?? [];
    return this.#under(parts.join(this.#isUmh ? `/${UMH_LEVEL}/` : "/"));
  }

  leafTopic(place: Place, leaf: Leaf): string {
    return this.#under(`${place.path}/${leaf}`);
  }

  /** Of a level of the plant: what is wrong with all below it. */
  levelTopic(path: string): string {
    return this.#under(`${path}${LEVEL_END}`);
  }

  /** The path whose `_violations` this topic is, whatever stands there. */
  levelAt(topic: string): string | undefined {
    return topic.endsWith(LEVEL_END) ? this.#pathOf(topic.slice(0, -LEVEL_END.length)) : undefined;
  }

  /** What all topics of a device begin with. */
  topOf(place: Place): string {
    return this.#under(place.path);
  }

  /** The published metric on this topic. */
  metricAt(topic: string): number | undefined {
    const path = this.#pathOf(topic);
    const id = path === undefined ? undefined : this.#options.paths.find(path);
    if (id === undefined || !this.#options.tree.definitions.has(id)) return undefined;
    return this.isPublished(id) && this.topicOf(id) === topic ? id : undefined;
  }

  /** The row of the device whose topics begin so. */
  memberAt(top: string): number | undefined {
    const path = this.#pathOf(top);
    const row =
      path === undefined ? undefined : this.#options.paths.places.at(path.split("/"))?.row;
    const place = row === undefined ? undefined : this.#options.paths.place(row);
    return place !== undefined && this.isMemberPublished(place) ? place.row : undefined;
  }

  /** Whether nobody but the hub publishes on this topic. */
  owns(topic: string): boolean {
    if (topic.startsWith("$") || topic.startsWith(`${SPARKPLUG_TOP}/`)) return false;
    if (this.#root !== "") return topic === this.#root || topic.startsWith(`${this.#root}/`);
    const { otherTopics } = this.#options.config;
    if (otherTopics === "allow") return this.#isOfMember(topic) || this.#isOfLevel(topic);
    return this.#isBelowTop(topic);
  }

  /** What is wrong with those who stand below. */
  #isOfLevel(topic: string): boolean {
    const path = this.levelAt(topic);
    const node = path === undefined ? undefined : this.#options.paths.places.at(path.split("/"));
    for (const row of node === undefined ? [] : rowsBelow(node)) {
      const place = this.#options.paths.place(row);
      if (place !== undefined && this.isMemberPublished(place)) return true;
    }
    return false;
  }

  /** The first level of a projected path. */
  #isBelowTop(topic: string): boolean {
    const [top = ""] = topic.split("/", 1);
    const { paths, config } = this.#options;
    if (top === SPARKPLUG_TOP || !paths.places.root.children.has(top)) return false;
    return config.topics.some((filter) => mayMatchBelow(filter, top));
  }

  #isOfMember(topic: string): boolean {
    for (const [{ row }] of this.#options.paths.places.along(topic.split("/"))) {
      const place = this.#options.paths.place(row);
      if (place !== undefined && this.isMemberPublished(place)) return true;
    }
    return false;
  }

  /** The path that a topic stands for. */
  #pathOf(topic: string): string | undefined {
    const start = this.#root === "" ? 0 : this.#root.length + 1;
    if (start > 0 && !topic.startsWith(`${this.#root}/`)) return undefined;
    const path = topic.slice(start);
    return this.#isUmh ? path.replace(`/${UMH_LEVEL}/`, "/") : path;
  }

  #under(path: string): string {
    return this.#root === "" ? path : `${this.#root}/${path}`;
  }

  #decide(id: number): boolean {
    const { tree, paths, config } = this.#options;
    const info = tree.info(id);
    const path = paths.pathOf(id);
    const place = info && paths.place(info.memberRow);
    if (info === undefined || place === undefined || path === undefined) return false;
    if (NOT_THE_PLANTS.test(info.name) || !this.isMemberPublished(place)) return false;
    if (!config.topics.some((filter) => matchesFilter(filter, path))) return false;
    const isShort = Buffer.byteLength(this.topicOf(id)) + ROOM_FOR_SET <= MAX_TOPIC_BYTES;
    if (!isShort) this.#options.tooLong(id, path);
    return isShort;
  }

  #grow(id: number): void {
    const marks = new Uint8Array(Math.max(id + 1, this.#marks.length * 2));
    marks.set(this.#marks);
    this.#marks = marks;
  }
}

/** What may stand behind the topic of a metric. */
const ROOM_FOR_SET = "/set".length;

/** Whether a filter may match `path` or something below it. */
export function mayMatchBelow(filter: string, path: string): boolean {
  const wanted = filter.split("/");
  for (const [depth, level] of path.split("/").entries()) {
    const other = wanted[depth];
    if (other === "#") return true;
    if (other === undefined || (other !== "+" && other !== level)) return false;
  }
  return true;
}
