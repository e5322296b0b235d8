/** What comes to the sessions of edge nodes, and what they ask for. */
import type { SparkplugTopic } from "@unshub/sparkplug";
import type { NodeId } from "./session.ts";

/** Why a node should be born again. */
export type RebirthCause =
  | "data before birth"
  | "sequence gap"
  | "unknown metric or alias"
  | "undecodable payload"
  /** Another MQTT server, to which it is carried on, needs it. */
  | "carried on";

/** One message on a topic that is known. */
export interface Heard {
  /** May change afterwards: values are copies. */
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

/** One message as the tree needs it. */
export interface TreeMessage extends Heard {
  readonly topic: string;
}

/** The topics on which edge nodes and their devices are heard. */
export type NodeOrDevice = Exclude<SparkplugTopic, { kind: "state" }>;

/** What a message says of its place among those of its edge node. */
export interface Arrived {
  readonly seq: number | undefined;
  /** By the payload; milliseconds since 1970 UTC. */
  readonly sentAt: number | undefined;
  /** By the hub; milliseconds since 1970 UTC. */
  readonly at: number;
}

/** Takes the messages on one topic. */
export type Follower = (message: Heard) => void;

/** Called for each message that only a birth can explain; the callee holds back storms. */
export type NeedsRebirth = (node: NodeId, cause: RebirthCause) => void;
