/** Opens the room of commands with what the configuration and the other rooms of the hub say. */
import type { Logger } from "@unshub/adapter";
import type { Broker, MqttMessage } from "./broker/index.ts";
import { Commands, Firewall, ownTags, Replies } from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { Access } from "./identity/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface CommandRooms {
  readonly log: Logger;
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly access: Access;
  readonly now: () => number;
  readonly publish: (message: MqttMessage) => Promise<void>;
  /** They open later. */
  readonly uns: () => Uns;
  readonly broker: () => Broker | undefined;
}

export interface OpenCommands {
  readonly commands: Commands;
  readonly firewall: Firewall;
  readonly replies: Replies;
}

export function openCommands(
  { commands: config, adapters }: HubConfig,
  { access, sessions, uns, broker, ...rooms }: CommandRooms,
): OpenCommands {
  const isOwn = ownTags(adapters);
  const commands = new Commands({
    ...rooms,
    config,
    isOpened: isOwn,
    isAnswered: isOwn,
    placeOf: (id) => uns().paths.pathOf(id),
    metricAt: (place) => uns().paths.find(place),
    isHeard: (topic) => broker()?.hasReceivers(topic) === true,
    audit: access.audit,
    nodeMetrics: "writable",
  });
  const actorOf = (clientId: string): string => access.gate.actorOf(clientId);
  const replies = new Replies({
    ...rooms,
    fault: (client, topic) =>
      uns().owns(topic) ? "the topic is one of the plant" : access.gate.replyFault(client, topic),
  });
  const firewall = new Firewall({
    commands,
    sessions,
    actorOf,
    replies,
    passed: (client, message, followed) => access.gate.commandPassed(client, message, followed),
  });
  return { commands, replies, firewall };
}
