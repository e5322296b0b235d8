/** The messages of the projection, as they are now: of a metric, and of what stands beside it. */
import { messageProperties, type MqttMessage } from "../../broker/index.ts";
import type { NodeSessions, UnsTree } from "../../tree/index.ts";
import type { Place, UnsPaths } from "../paths.ts";
import { memberDescriptor, type ProjectionConfig } from "../placement/index.ts";
import {
  devicePayload,
  factsOf,
  levelPayload,
  metricPayload,
  type Moment,
  modelPayload,
  statePayload,
  violationsPayload,
} from "./payload.ts";
import type { Leaf, Topics } from "./topics.ts";
import type { Violations } from "./violations.ts";

export interface MessagesOptions {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly paths: UnsPaths;
  readonly topics: Topics;
  readonly config: ProjectionConfig;
  /** Left out where only the topics matter. */
  readonly violations?: Violations;
}

/** Properties are the same for all metrics of a device, datatype and unit: so many sets are kept. */
const MAX_SETS = 10_000;

export class Messages {
  readonly #options: MessagesOptions;
  readonly #properties = new Map<string, Uint8Array>();

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** Of a metric that is published, as it is now or was at some time. */
  metric(id: number, moment?: Moment): MqttMessage {
    const { tree, topics, config } = this.#options;
    const payload = metricPayload(tree, id, config.format, moment);
    return this.#message(topics.topicOf(id), payload, this.#propertiesOf(id));
  }

  /** `undefined`: the device does not live in this hub, or has none of this. */
  leaf(place: Place, leaf: Leaf): MqttMessage | undefined {
    const payload = this.#leafPayload(place, leaf);
    if (payload === undefined) return undefined;
    const properties = this.#set(`leaf ${place.row}`, () => ({
      isText: true,
      contentType: JSON_TYPE,
      user: [["source", sourceOf(place)]],
    }));
    return this.#message(this.#options.topics.leafTopic(place, leaf), payload, properties);
  }

  /** What is wrong with all that is published below a level of the plant. */
  level(path: string): MqttMessage {
    const { topics, violations } = this.#options;
    const isTold = (place: Place): boolean => topics.isMemberPublished(place) && this.has(place);
    const payload = levelPayload(violations?.below(path, isTold) ?? []);
    const properties = this.#set("level", () => ({
      isText: true,
      contentType: JSON_TYPE,
      user: [],
    }));
    return this.#message(topics.levelTopic(path), payload, properties);
  }

  /** What takes away whatever was retained on a topic. */
  cleared(topic: string): MqttMessage {
    const { qos } = this.#options.config;
    return { topic, payload: new Uint8Array(), qos, retain: true };
  }

  /** The metrics of the last birth that are published, in its order. */
  publishedIds(place: Place): readonly number[] {
    const { topics } = this.#options;
    return [...(this.#member(place)?.ids ?? [])].filter((id) => topics.isPublished(id));
  }

  /** Which leaves a device has. */
  get leaves(): readonly Leaf[] {
    return this.#options.config.format === "device" ? DEVICE_LEAVES : LEAVES;
  }

  /** Whether a device was born and has not been removed since. */
  has(place: Place): boolean {
    const member = this.#member(place);
    return member !== undefined && (member.ids.length > 0 || member.state === "online");
  }

  #leafPayload(place: Place, leaf: Leaf): string | undefined {
    const { tree } = this.#options;
    const member = this.#member(place);
    if (member === undefined || !this.has(place)) return undefined;
    switch (leaf) {
      case "_state":
        return statePayload({
          online: member.state === "online",
          since: member.since,
          node: `${place.member.groupId}/${place.member.edgeNodeId}`,
        });
      case "_model":
        return modelPayload(tree, place.row, this.publishedIds(place));
      case "_violations":
        return violationsPayload(this.#options.violations?.of(place) ?? []);
      case "_values":
        return devicePayload(tree, place.row, this.publishedIds(place));
    }
  }

  #member({ member: { groupId, edgeNodeId, deviceId } }: Place) {
    const session = this.#options.sessions.groups.get(groupId)?.get(edgeNodeId);
    return deviceId === undefined ? session?.own : session?.devices.get(deviceId);
  }

  #propertiesOf(id: number): Uint8Array {
    const { tree, paths, config } = this.#options;
    const { definitions } = tree;
    const row = definitions.memberRow(id);
    const key = `${row} ${definitions.datatypeCode(id)} ${definitions.properties(id)}`;
    return this.#set(key, () => {
      const { datatype, unit } = factsOf(tree, id);
      const place = paths.place(row);
      return {
        isText: true,
        contentType: config.format === "raw" ? TEXT_TYPE : JSON_TYPE,
        user: [
          ["datatype", datatype],
          ...(unit === undefined ? [] : [["unit", unit] as const]),
          ["source", place === undefined ? "" : sourceOf(place)],
        ],
      };
    });
  }

  #set(key: string, make: () => Parameters<typeof messageProperties>[0]): Uint8Array {
    const known = this.#properties.get(key);
    if (known !== undefined) return known;
    if (this.#properties.size >= MAX_SETS) this.#properties.clear();
    const made = messageProperties(make());
    this.#properties.set(key, made);
    return made;
  }

  #message(topic: string, payload: string, properties: Uint8Array): MqttMessage {
    const { qos, retain } = this.#options.config;
    return { topic, payload: Buffer.from(payload), qos, retain, properties };
  }
}

const LEAVES: readonly Leaf[] = ["_state", "_model", "_violations"];
const DEVICE_LEAVES: readonly Leaf[] = [...LEAVES, "_values"];
const JSON_TYPE = "application/json";
const TEXT_TYPE = "text/plain";

function sourceOf({ member }: Place): string {
  return `spBv1.0/${memberDescriptor(member)}`;
}
