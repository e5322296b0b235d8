/** Opens the parts of the namespace room with what the configuration of the hub says of them. */
import { join } from "node:path";
import { clockOf } from "@unshub/sparkplug";
import type { Broker, MqttMessage } from "./broker/index.ts";
import { inDataDir } from "./data-dir.ts";
import type { HubOptions } from "./hub.ts";
import {
  AwareServer,
  Guard,
  GuardKeeper,
  HubHost,
  openStateTimeFile,
  type AwareServerOptions,
  type HubHostOptions,
} from "./namespace/index.ts";
import type { NodeSessions } from "./tree/index.ts";

/** What both need of the hub. */
type Setup = Pick<HubOptions, "config" | "log" | "hostClock"> & {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
};

/** `hub`: what the guard asks and does while it judges. */
export function openGuard(
  { config, log, now, guardTimes }: Setup & Pick<HubOptions, "guardTimes">,
  hub: {
    readonly sessions: () => Pick<NodeSessions, "born">;
    readonly broker: () => Pick<Broker, "kick"> | undefined;
  },
): Guard {
  return new Guard({
    config: config.namespace,
    hostId: config.hub.id,
    log,
    now,
    times: guardTimes,
    born: (node, deviceId, metric) => hub.sessions().born(node, deviceId, metric),
    endClient: ({ clientId }, { reasonCode, because }) =>
      queueMicrotask(() => hub.broker()?.kick(clientId, { reasonCode, because })),
  });
}

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
