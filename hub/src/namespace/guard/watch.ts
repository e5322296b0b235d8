/** What hears the messages of one client on one topic, and what it may use. */
import type { Metric } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../broker/index.ts";
import type { ClientState } from "./client-state.ts";
import type { Faults } from "./faults.ts";
import type { HostStates } from "./host-state.ts";
import type { Judge, Refusal } from "./judge.ts";
import type { BornAs } from "./metric-about.ts";
import type { Ask, NodeState, NodeStates } from "./node-state.ts";

export interface Watch {
  /** Answers the refusal when the message may not pass. */
  take(message: PublishedMessage): Refusal | undefined;
  /** Called when it has passed and the tree has taken it. */
  after(message: PublishedMessage): void;
}

export interface WatchRooms {
  readonly judge: Judge;
  readonly nodes: NodeStates;
  readonly hosts: HostStates;
  /** The hub's own host id, which nobody else may use. */
  readonly ownHostId: string;
  /** Of the message at hand: watches are asked one after the other. */
  readonly faults: Faults;
  /** Whether every data message is looked at whole: a rule of metrics rejects. */
  examinesAll: boolean;
  born(
    node: NodeState,
    deviceId: string | undefined,
    metric: Pick<Metric, "name" | "alias">,
  ): BornAs | undefined;
  rebirthAsked(node: NodeState, ask: Ask): void;
  /** A message is not to pass: answers what the client is told, and ends connections that go on or were to be born. */
  refused(client: ClientState, refusal: Refusal, message: RefusedMessage): Refusal;
}

export interface RefusedMessage {
  readonly isBirth: boolean;
  readonly qos: 0 | 1 | 2;
}
