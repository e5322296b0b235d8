/** Starts the MQTT servers that are compared, each as a process of its own with a folder of its own, and ends them. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { RULE_CODES } from "../../../hub/src/config/index.ts";
import { MOSQUITTO, mosquittoConfig, type Persistence, type Place } from "./mosquitto.ts";

/** `broker`: our MQTT server alone; `recorded`: with a black box. `hub`: the whole hub with guard and tree. */
export type ServerName = "broker" | "recorded" | "hub" | "mosquitto" | "aedes";

export interface Server {
  readonly port: number;
  readonly pid: number;
  /** The last of what it complained about. */
  said(): string;
  /** `kill -9`, then the same again: same port, same folder. */
  killAndRestart(): Promise<Server>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const START_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;

/** What a hub is told beside its port: more of its configuration, and files in its folder. */
export interface HubExtras {
  readonly config: string;
  /** Listeners besides that for MQTT, in YAML. */
  readonly listeners?: string;
  readonly files: ReadonlyMap<string, string>;
  /** Options of Node for its process. */
  readonly nodeOptions?: readonly string[];
}

/**
 * `profileFolder`: where Node leaves a CPU profile when the server ends. `extras`: for the hub, by the folder it gets.
 * @throws when it does not come up, with what it said.
 */
export async function startServer(
  name: ServerName,
  persistence: Persistence,
  profileFolder?: string,
  extras?: (folder: string) => HubExtras,
): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), `unshub-bench-${name}-`));
  const profiling =
    profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  const more = extras?.(folder);
  const place = {
    port: await freePort(),
    folder,
    persistence,
    nodeOptions: [...profiling, ...(more?.nodeOptions ?? [])],
    extras: more,
  };
  try {
    return await run(name, place);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function run(name: ServerName, place: NodePlace): Promise<Server> {
  const { port, folder } = place;
  const [program, ...args] = commandOf(name, place);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const said = keepEnd(child);
  const isUp = await listens(port, child);
  if (!isUp || child.pid === undefined) {
    await end(child, "SIGTERM");
    throw new Error(`${name} did not start: ${said()}`);
  }
  return {
    port,
    pid: child.pid,
    said,
    killAndRestart: async () => {
      await end(child, "SIGKILL");
      return run(name, place);
    },
    stop: async () => {
      await end(child, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const besides = (path: string): string => join(import.meta.dirname, path);

/** The compilers of V8 that the hub runs with. */
const AS_THE_HUB = ["--import", pathToFileURL(besides("../../../hub/bin/first.js")).href] as const;

interface NodePlace extends Place {
  readonly nodeOptions: readonly string[];
  readonly extras: HubExtras | undefined;
}

type Command = readonly [program: string, ...args: string[]];

function commandOf(name: ServerName, place: NodePlace): Command {
  const { port, folder, nodeOptions } = place;
  const node = [process.execPath, ...nodeOptions] as const;
  const config = join(folder, name === "hub" ? "unshub.yaml" : "mosquitto.conf");
  switch (name) {
    case "broker":
      return [...node, ...AS_THE_HUB, besides("hub-broker.ts"), String(port), folder];
    case "recorded":
      return [...node, ...AS_THE_HUB, besides("hub-broker.ts"), String(port), folder, "recorded"];
    case "aedes":
      return [...node, besides("aedes.ts"), String(port)];
    case "hub":
      writeFileSync(config, hubConfig(port, place.extras));
      for (const [file, text] of place.extras?.files ?? []) writeFileSync(join(folder, file), text);
      return [...node, besides("../../../hub/bin/unshub.js"), "start", "-c", config];
    case "mosquitto":
      writeFileSync(config, mosquittoConfig(place));
      return [MOSQUITTO ?? "mosquitto", "-c", config];
  }
}

/** The guard looks at every rule and warns, the tree is always on; no history or adapter unless `extras` has one, no page. */
function hubConfig(port: number, extras?: HubExtras): string {
  const rules = RULE_CODES.filter((code) => code !== "T10"); // which always rejects
  return [
    "hub: { id: bench, dataDir: ./data }",
    `listeners: { mqtt: { port: ${port} }, ${extras?.listeners ?? ""} }`,
    `namespace: { sparkplug: { rules: { ${rules.map((rule) => `${rule}: warn`).join(", ")} } } }`,
    extras?.config.includes("history:") === true ? "" : "history: { record: false }",
    extras?.config ?? "",
  ].join("\n");
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new TypeError("no port is free");
  return address.port;
}

/** Keeps the last of what a process complains about. */
function keepEnd(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    text = (text + bytes.toString()).slice(-2000);
  });
  child.on("error", (error) => {
    text += error.message;
  });
  return () => text.trim();
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  const giveUpAt = performance.now() + START_WITHIN_MS;
  while (performance.now() < giveUpAt && child.exitCode === null) {
    if (await answers(port)) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
    setTimeout(() => child.kill("SIGKILL"), 3000).unref();
  });
}
