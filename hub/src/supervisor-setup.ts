/** Opens the supervisor with the adapters of the configuration. */
import type { Duplex } from "node:stream";
import { isDone } from "@unshub/adapter";
import type { MqttMessage } from "./broker/index.ts";
import type { Commands } from "./command/index.ts";
import { inDataDir } from "./data-dir.ts";
import type { HubOptions } from "./hub.ts";
import { Supervisor } from "./supervisor/index.ts";

export interface FromHub {
  readonly now: () => number;
  readonly connect: () => Duplex;
  readonly publish: (message: MqttMessage) => Promise<void>;
  readonly onReloadAsked: () => void;
  readonly commands: Commands;
}

export function openSupervisor(
  { config, log, adapterWorker: workerEntry }: HubOptions,
  { commands, ...fromHub }: FromHub,
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
        onWritten: (metric, result) =>
          commands.answered(metric, { isDone: isDone(result), because: result.because }),
      }),
  );
}
