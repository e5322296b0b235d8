/** Opens the supervisor with the adapters of the configuration. */
import type { Duplex } from "node:stream";
import { isDone, type WriteResult } from "@unshub/adapter";
import type { MqttMessage } from "./broker/index.ts";
import type { Commands } from "./command/index.ts";
import { inDataDir } from "./data-dir.ts";
import type { HubOptions } from "./hub.ts";
import { Supervisor } from "./supervisor/index.ts";
import type { NodeSessions } from "./tree/index.ts";

export interface FromHub {
  readonly now: () => number;
  readonly connect: () => Duplex;
  readonly publish: (message: MqttMessage) => Promise<void>;
  readonly onReloadAsked: () => void;
  readonly commands: Commands;
  readonly sessions: Pick<NodeSessions, "hold">;
}

export function openSupervisor(
  { config, log, adapterWorker: workerEntry }: HubOptions,
  { commands, sessions, ...fromHub }: FromHub,
): Supervisor {
  const { id: hubId, dataDir } = config.hub;
  return inDataDir(
    dataDir,
    () =>
      new Supervisor(config.adapters, {
        hubId,
        dataDir,
        log,
        workerEntry,
        ...fromHub,
        onHeld: (node, isHeld) => sessions.hold(node, isHeld, fromHub.now()),
        awaitedUntil: ({ askedAt, ...metric }) => commands.awaitedUntil(metric, askedAt),
        onWritten: ({ askedAt, ...metric }, result) => {
          const { because } = result;
          commands.answered(metric, { outcome: outcomeOf(result), because, askedAt });
        },
      }),
  );
}

/** In the words of commands. Who gave no answer may have done it. */
function outcomeOf(result: WriteResult): "done" | "mismatch" | "refused" | "unknown" {
  if (isDone(result)) return "done";
  if (result.outcome === "timeout_unknown") return "unknown";
  return result.outcome === "mismatch" ? "mismatch" : "refused";
}
