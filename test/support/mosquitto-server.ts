/** A Mosquitto server of its own: a broker that shares no line with ours. It can be killed and started again. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { userInfo } from "node:os";
import { freePort } from "./free-port.ts";
import { tempDir, type Ending } from "./hub.ts";

/** Debian puts servers where only root looks. */
const MOSQUITTO = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"].find(
  (program) => spawnSync(program, ["-h"]).error === undefined,
);

/** Why tests with a Mosquitto server are skipped here; in CI they always run, and fail without it. */
export const SKIP_WITHOUT_MOSQUITTO_SERVER: string | false =
  MOSQUITTO !== undefined || process.env["CI"] !== undefined
    ? false
    : "No mosquitto on this machine. Debian: apt-get install mosquitto.";

export interface MosquittoServer {
  readonly port: number;
  readonly url: string;
  /** As when its machine loses power; nothing is kept. */
  kill(): Promise<void>;
  /** Starts again at the same port. */
  start(): Promise<void>;
}

/** Starts a server on a port of its own; it ends with the test. `login`: nobody else may come in. */
export async function mosquittoServer(
  t: Ending,
  login?: { readonly user: string; readonly password: string },
): Promise<MosquittoServer> {
  const folder = tempDir(t);
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, [...settings(port), ...access(folder, login), ""].join("\n"));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = await run(file);
  };
  const kill = async (): Promise<void> => {
    if (child !== undefined) await end(child);
    child = undefined;
  };
  t.after(kill);
  await start();
  return { port, url: `mqtt://127.0.0.1:${port}`, kill, start };
}

function settings(port: number): readonly string[] {
  return [
    `listener ${port} 127.0.0.1`,
    `user ${userInfo().username}`,
    "persistence false",
    "max_queued_messages 0",
    "set_tcp_nodelay true",
    "log_dest stderr",
    "log_type all",
  ];
}

function access(folder: string, login: { user: string; password: string } | undefined) {
  if (login === undefined) return ["allow_anonymous true"];
  const file = join(folder, "passwords");
  writeFileSync(file, "", { mode: 0o600 });
  const { status } = spawnSync("mosquitto_passwd", ["-b", file, login.user, login.password]);
  if (status !== 0) throw new Error("mosquitto_passwd failed; Debian: apt-get install mosquitto");
  return ["allow_anonymous false", `password_file ${file}`];
}

/** Resolves when it says that it runs. */
async function run(file: string): Promise<ChildProcess> {
  const child = spawn(MOSQUITTO ?? "mosquitto", ["-c", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error(`mosquitto ended: ${said.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      if (said.length > 50) said.shift();
      if (line.includes(" running")) resolve();
    });
  });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
}
