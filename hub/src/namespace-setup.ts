/** Opens the parts of the namespace room with what the configuration of the hub says of them. */
import { join } from "node:path";
import { clockOf } from "@unshub/sparkplug";
import type { MqttMessage } from "./broker/index.ts";
import { inDataDir } from "./data-dir.ts";
import type { HubOptions } from "./hub.ts";
import {
  AwareServer,
  GuardKeeper,
  HubHost,
  openStateTimeFile,
  type AwareServerOptions,
  type Guard,
  type HubHostOptions,
} from "./namespace/index.ts";

/** What both need of the hub. */
type Setup = Pick<HubOptions, "config" | "log" | "hostClock"> & {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
};

export function openGuardKeeper({ config, log, now }: Setup, guard: Guard): GuardKeeper {
  const { ledger, standings } = guard;
  const file = join(config.hub.dataDir, "guard.jsonl");
  return new GuardKeeper({ file, ledger, standings, log, now });
}

export function openAware(
  { config, log, now }: Setup,
  guard: Guard,
  rooms: Pick<AwareServerOptions, "tree" | "sessions" | "broker">,
): AwareServer {
  return new AwareServer({
    config: config.namespace.sparkplug,
    hostId: config.hub.id,
    log,
    now,
    hostOf: (client) => guard.hostOf(client),
    ...rooms,
  });
}

export function openHost(
  { config, log, hostClock, now }: Setup,
  publish: (message: MqttMessage) => Promise<void>,
  mayAsk: NonNullable<HubHostOptions["mayAsk"]>,
): HubHost {
  const { id, dataDir } = config.hub;
  const stateTime = inDataDir(dataDir, () => openStateTimeFile(dataDir));
  const clock = hostClock ?? { ...clockOf(globalThis), now };
  return new HubHost({ hostId: id, log, clock, random: Math.random, stateTime, publish, mayAsk });
}
