/** Opens the room of commands with what the configuration and the other rooms of the hub say. */
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { Broker, MqttMessage } from "./broker/index.ts";
import {
  CommandNumbers,
  Commands,
  Firewall,
  ownTags,
  Replies,
  type LeftOver,
} from "./command/index.ts";
import type { HubConfig } from "./config/index.ts";
import type { Access, Unanswered } from "./identity/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import { openNumberFile } from "./number-file.ts";
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
  { commands: config, adapters, hub: { dataDir } }: HubConfig,
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
    numbers: new CommandNumbers({
      file: openNumberFile(
        join(dataDir, "command-number"),
        (last) => Number.isSafeInteger(last) && last > 0,
      ),
      log: rooms.log,
    }),
    nodeMetrics: "writable",
  });
  for (const open of access.leftOpen) commands.journal.takeUp(leftOver(open, rooms.tree));
  const actorOf = (clientId: string): string => access.gate.actorOf(clientId);
  const replies = new Replies({
    ...rooms,
    fault: (client, topic) =>
      uns().owns(topic) ? "the topic is one of the plant" : access.gate.replyFault(client, topic),
  });
  const firewall = new Firewall({
    commands: commands.foreign,
    sessions,
    actorOf,
    replies,
    passed: (client, message, followed) => access.gate.commandPassed(client, message, followed),
  });
  return { commands, replies, firewall };
}

/** A command of the run before, as it stands on the audit trail. */
function leftOver({ end, ...found }: Unanswered, tree: UnsTree): LeftOver {
  const { actor, via, address, object: path = "", before, after } = end;
  return {
    ...found,
    path,
    metricId: tree.find(path),
    by: { actor, via, address },
    asked: plain(after),
    before: plain(before),
  };
}

/** What stands on the trail is what JSON could say of a value. */
function plain(value: unknown): MetricValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : null;
}
