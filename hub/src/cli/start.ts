/** `unshub start`: runs a hub until it is told to stop, with the simulated plant when asked for. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Logger } from "@unshub/adapter";
import { ApiError } from "../api/index.ts";
import { BrokerError } from "../broker/index.ts";
import { ConfigFileError, loadConfig, type HubConfig } from "../config/index.ts";
import { DataDirError } from "../data-dir.ts";
import { IdentityFileError, RevocationError } from "../identity/index.ts";
import { OpcUaServerError } from "../opcua-server/index.ts";
import { startHub, type Hub } from "../hub.ts";
import { PeerBook } from "../supervisor/index.ts";
import {
  CommandFailure,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { aborted } from "./aborted.ts";
import type { Demo } from "./demo.ts";
import { greeting } from "./greeting.ts";
import { openLog } from "./log.ts";
import { tidyMemory, tidyMemoryAfterStart } from "../tidy-memory.ts";

const REPOSITORY = new URL("../../../", import.meta.url);
const DEMO_CONFIG = fileURLToPath(new URL("examples/demo.yaml", REPOSITORY));
const DEFAULT_CONFIG = "unshub.yaml";

/** Where `scripts/build-page.ts` puts the static export. */
const PAGE_FOLDER = fileURLToPath(new URL("uns-browser/out", REPOSITORY));

/** How long an orderly stop may take. */
const STOP_WITHIN_MS = 5000;

export const START_USAGE = `unshub start [-c FILE] [--demo] [--log-level LEVEL]
  Runs the hub. FILE is ./unshub.yaml unless named; --demo adds a simulated plant (and uses its own
  configuration unless -c names one). LEVEL: debug, info, warn, error.`;

export async function start(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values } = readArguments({
    args: [...args],
    options: {
      config: { type: "string", short: "c" },
      demo: { type: "boolean", default: false },
      "log-level": { type: "string" },
    },
  });
  const file = values.config ?? (values.demo ? DEMO_CONFIG : DEFAULT_CONFIG);
  if (values.config === undefined && !values.demo && !existsSync(file)) {
    throw new UsageError(
      `There is no ${DEFAULT_CONFIG} here. Name one with -c FILE, or see the simulated plant with --demo.`,
    );
  }
  const peers = new PeerBook();
  const config = await readConfig(file, peers);
  const log = openLog(logLevel(values["log-level"], values.demo), process.stderr);
  tellShared(peers, config, log);
  const demo = values.demo ? (await import("./demo.ts")).startDemo(config) : undefined;
  const readAgain = async (): Promise<HubConfig> => {
    const now = new PeerBook();
    const changed = await loadConfig(file, now.check);
    tellShared(now, changed, log);
    return changed;
  };
  const configFile = file === DEMO_CONFIG ? undefined : file; // the demo's own stays as it is
  await runHub(config, { log, console, demo, readAgain, configFile });
  console.print("Stopped.");
  return 0;
}

async function readConfig(file: string, peers: PeerBook): Promise<HubConfig> {
  try {
    return await loadConfig(file, peers.check);
  } catch (error) {
    if (error instanceof ConfigFileError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** What no entry alone can know. */
function tellShared({ shared }: PeerBook, { adapters }: HubConfig, log: Logger): void {
  for (const { name, because, at } of shared) {
    const entries = at.map(({ entry }) => adapters[entry]?.name);
    log.warn({ adapters: entries, peer: name, because }, "several adapters ask the same");
  }
}

interface Surroundings {
  readonly log: Logger;
  readonly console: Console;
  readonly demo: Demo | undefined;
  readonly readAgain: () => Promise<HubConfig>;
  readonly configFile: string | undefined;
}

async function runHub(config: HubConfig, surroundings: Surroundings): Promise<void> {
  const { console, demo } = surroundings;
  let hub: Hub | undefined;
  try {
    const started = await open(config, surroundings);
    hub = started;
    console.onReload?.(() => void started.reload());
    for (const line of greeting(config, started, demo)) console.print(line);
    void tellEnd(demo, console);
    await tidyMemory();
    const births = tidyMemoryAfterStart();
    console.stop.addEventListener("abort", () => clearTimeout(births));
    await Promise.race([aborted(console.stop), failureOf(demo)]);
    console.print("Stopping …");
  } finally {
    await stopInTime(hub, demo);
  }
}

/** Rejects when the plant cannot start; otherwise never settles. */
async function failureOf(demo: Demo | undefined): Promise<never> {
  await demo?.ready;
  return await new Promise<never>(() => undefined);
}

async function tellEnd(demo: Demo | undefined, console: Console): Promise<void> {
  await demo?.ended.catch(() => undefined); // told by `failureOf`
  if (demo === undefined || console.stop.aborted) return;
  console.complain(
    "The simulated plant has ended; its devices go offline. Start the hub again to have it back.",
  );
}

async function open(
  config: HubConfig,
  { log, demo, readAgain, configFile }: Surroundings,
): Promise<Hub> {
  try {
    return await startHub({
      config,
      log,
      pageFolder: PAGE_FOLDER,
      readConfig: readAgain,
      configFile,
      ...(demo && { plcsReady: demo.ready }),
    });
  } catch (error) {
    const expected =
      error instanceof BrokerError ||
      error instanceof ApiError ||
      error instanceof OpcUaServerError ||
      error instanceof IdentityFileError ||
      error instanceof RevocationError ||
      error instanceof DataDirError;
    if (expected) throw new CommandFailure(error.message, { cause: error });
    throw error;
  }
}

/** Hub, then plant, both within one deadline: whoever pressed Ctrl-C gets the prompt back. */
async function stopInTime(hub: Hub | undefined, demo: Demo | undefined): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `The hub did not stop within ${STOP_WITHIN_MS / 1000} s; ended all the same.`;
    reject(new CommandFailure(message));
  }, STOP_WITHIN_MS);
  const stop = async (): Promise<void> => {
    await hub?.stop();
    await demo?.stop();
  };
  try {
    await Promise.race([stop(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function logLevel(asked: string | undefined, demo: boolean): "debug" | "info" | "warn" | "error" {
  const level = asked ?? (demo ? "warn" : "info");
  if (level === "debug" || level === "info" || level === "warn" || level === "error") return level;
  throw new UsageError(`--log-level ${level}: use debug, info, warn or error`);
}
