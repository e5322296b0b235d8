/** Opens the room of paths and plain topics with what the other rooms of the hub say. */
import type { Broker } from "./broker/index.ts";
import { commandTopic } from "./commanded-metrics.ts";
import type { Commands, Replies } from "./command/index.ts";
import type { HubOptions } from "./hub-options.ts";
import type { Access } from "./identity/index.ts";
import type { Guard } from "./namespace/index.ts";
import type { NodeSessions, UnsTree } from "./tree/index.ts";
import { Uns } from "./uns/index.ts";

export interface UnsRooms {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly guard: Guard;
  readonly access: Access;
  readonly commands: Commands;
  readonly replies: Replies;
  readonly now: () => number;
  /** `undefined` before it has started. */
  readonly broker: () => Broker | undefined;
}

export function openUns(
  { config, log }: Pick<HubOptions, "config" | "log">,
  { guard, access: { gate }, commands, replies, ...rooms }: UnsRooms,
): Uns {
  return new Uns({
    ...rooms,
    config: config.uns,
    dataDir: config.hub.dataDir,
    log,
    found: (since) => guard.findings(since),
    replyTo: (message, client) => replies.to(message, client),
    write: (path, input, clientId) =>
      commands.write(path, input, {
        actor: gate.actorOf(clientId),
        via: "mqtt",
        fault: () => undefined, // it was asked before
      }),
    commandFault: (clientId, metric) =>
      gate.commandFault(clientId, commandTopic(metric), metric.name),
  });
}
