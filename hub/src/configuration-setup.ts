/** Opens the room of changed configurations with what it looks at of the running hub. */
import { join } from "node:path";
import type { Broker } from "./broker/index.ts";
import { parseConfig } from "./config/index.ts";
import { Configuration } from "./configuration/index.ts";
import type { HubOptions } from "./hub.ts";
import { checkAdapterConfig, type Supervisor } from "./supervisor/index.ts";
import type { UnsTree } from "./tree/index.ts";
import type { Uns } from "./uns/index.ts";

export interface ConfigurationRooms {
  readonly supervisor: Supervisor;
  readonly broker: Broker;
  readonly tree: UnsTree;
  readonly uns: Uns;
  readonly now: () => number;
}

export function openConfiguration(
  { config, configFile, log }: HubOptions,
  { supervisor, broker, tree, uns, now }: ConfigurationRooms,
): Configuration {
  return new Configuration({
    file: configFile,
    folder: join(config.hub.dataDir, "configuration"),
    started: config,
    supervisor,
    view: {
      reloadPlan: (entry) => supervisor.plan(entry),
      topicAt: (path) => {
        const id = tree.find(path);
        return id === undefined ? undefined : uns.topicOf(id);
      },
      sessions: () => broker.sessions(),
    },
    log,
    now,
    parse: (text, file) => parseConfig(text, { file, checkAdapter: checkAdapterConfig }),
  });
}
