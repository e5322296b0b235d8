/**
 * The configuration read again while the hub runs: adapters get the difference; for all else the log says that it takes a
 * restart. A file with a problem changes nothing.
 */
import type { Logger } from "@unshub/adapter";
import { waitingSections } from "./configuration/index.ts";
import { ConfigFileError, type HubConfig } from "./config/index.ts";
import type { Supervisor } from "./supervisor/index.ts";

/** @throws {ConfigFileError} with every problem. */
export type ReadConfig = () => Promise<HubConfig>;

export interface ReloadOptions {
  /** What runs now. */
  readonly config: HubConfig;
  readonly readConfig?: ReadConfig | undefined;
  readonly supervisor: Pick<Supervisor, "reload">;
  readonly log: Logger;
}

/** Reads and applies, each time it is called; never rejects for what stands in the file. */
export function reloader({ config, readConfig, ...rest }: ReloadOptions): () => Promise<void> {
  return async () => {
    const next = readConfig && (await readOrTell(readConfig, rest.log));
    if (next !== undefined) await apply(config, next, rest);
  };
}

async function readOrTell(readConfig: ReadConfig, log: Logger): Promise<HubConfig | undefined> {
  try {
    return await readConfig();
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const problems = error.message.split("\n");
    log.error({ problems }, "configuration not reloaded; the hub goes on with the one it has");
    return undefined;
  }
}

async function apply(
  running: HubConfig,
  next: HubConfig,
  { supervisor, log }: Pick<ReloadOptions, "supervisor" | "log">,
): Promise<void> {
  const waiting = waitingSections(running, next);
  if (waiting.length > 0) {
    log.warn({ sections: waiting }, "these sections changed; they take effect at the next start");
  }
  const failures = await supervisor.reload(next.adapters);
  for (const failure of failures) {
    log.error({ ...failure }, "adapter not reloaded; it goes on as it was");
  }
  if (failures.length === 0) log.info({ adapters: next.adapters.length }, "configuration reloaded");
}
