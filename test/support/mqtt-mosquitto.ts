/** Runs the command line clients of Mosquitto: an implementation that shares no line with ours. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Inbox } from "./mqtt-inbox.ts";

const run = promisify(execFile);

const MISSING =
  "No mosquitto_sub on this machine, so the tests with Mosquitto's clients cannot run. Debian: apt-get install " +
  "mosquitto-clients.";

const isInstalled = spawnSync("mosquitto_sub", ["--help"]).error === undefined;

/**
 * Why tests with Mosquitto's clients are skipped here; `false` when they run. In CI they always run, and fail without
 * them. Use as the `skip` option of a test.
 */
export const SKIP_WITHOUT_MOSQUITTO: string | false =
  isInstalled || process.env["CI"] !== undefined ? false : MISSING;

/** Publishes with `mosquitto_pub`. */
export async function mosquittoPub(port: number, ...args: string[]): Promise<void> {
  await run("mosquitto_pub", ["-h", "127.0.0.1", "-p", String(port), ...args]).catch(explain);
}

/** What `mosquitto_sub` gets of retained messages within a second, `topic payload`, sorted. */
export async function mosquittoRetained(
  port: number,
  ...filters: readonly string[]
): Promise<readonly string[]> {
  const args = ["-h", "127.0.0.1", "-p", String(port), "-v", "--retained-only", "-W", "1"];
  const topics = filters.flatMap((filter) => ["-t", filter]);
  const { stdout } = await run("mosquitto_sub", [...args, ...topics]).catch((error: unknown) => {
    // it ends by its timeout, which it calls an error
    if (error instanceof Error && "code" in error && error.code === 27 && "stdout" in error)
      return { stdout: String(error.stdout) };
    return explain(error);
  });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

/** Lines that a `mosquitto_sub` prints; disposing ends it. */
export interface MosquittoSub extends AsyncDisposable {
  readonly lines: Inbox<string>;
  /** Resolves when it has ended, by itself or by a signal. */
  readonly ended: Promise<void>;
  /** Ends it so that it cannot take leave: as when its machine loses power. */
  kill(): Promise<void>;
}

/** Starts `mosquitto_sub`; wait for its subscription on the broker's side. */
export async function mosquittoSub(port: number, ...args: string[]): Promise<MosquittoSub> {
  const child = spawn("mosquitto_sub", ["-h", "127.0.0.1", "-p", String(port), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", () => resolve());
    child.once("error", reject);
  }).catch(explain);
  const lines = new Inbox<string>();
  createInterface({ input: child.stdout }).on("line", lines.push);
  const end = (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    return ended;
  };
  return {
    lines,
    ended,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}

function explain(cause: unknown): never {
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
    throw new Error(MISSING, { cause });
  }
  throw cause;
}
