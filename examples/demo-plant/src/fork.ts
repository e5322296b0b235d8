/** Starts the demo plant in a process of its own, so that its servers cost the hub no time. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { DemoPlantError } from "./errors.ts";
import { readReport } from "./messages.ts";
import type { DemoPlant, DemoPlantOptions } from "./plant.ts";

/** A plant in another process. It ends by itself when this process does. */
export interface ForkedDemoPlant extends Pick<DemoPlant, "modbusPort" | "opcuaPort" | "stop"> {
  /** Resolves when the process has ended, asked or not. */
  readonly ended: Promise<void>;
}

/** A child that does not end in this time after "stop" is killed, in ms. */
const STOP_WITHIN_MS = 500;
/** A child that is not ready in this time is killed, in ms. */
const READY_WITHIN_MS = 60_000;
/** How much of what a dying child wrote goes into the error message, in characters. */
const LAST_WORDS = 2_000;

/**
 * Starts the process and resolves when both servers listen. `signal` ends it at once, also while it starts.
 * @throws {DemoPlantError} CHILD_FAILED with the child's own sentence, e.g. that a port is in use.
 */
export async function forkDemoPlant(
  options: DemoPlantOptions,
  signal?: AbortSignal,
): Promise<ForkedDemoPlant> {
  const child = fork(
    fileURLToPath(import.meta.resolve("./process.ts")),
    [JSON.stringify(options)],
    {
      execArgv: [],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      killSignal: "SIGKILL",
      ...(signal !== undefined && { signal }),
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const { modbusPort, opcuaPort } = await untilReady(child);
  return { modbusPort, opcuaPort, ended, stop: () => stopChild(child) };
}

function untilReady(child: ChildProcess): Promise<{ modbusPort: number; opcuaPort: number }> {
  let lastWords = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  return new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => child.kill("SIGKILL"), READY_WITHIN_MS);
    child.on("error", reject);
    child.on("message", (message) => {
      clearTimeout(tooLate);
      const report = readReport(message);
      if (report?.kind === "ready") resolve(report);
      else if (report?.kind === "failed")
        reject(new DemoPlantError("CHILD_FAILED", report.message));
    });
    child.on("exit", (code, signal) => {
      clearTimeout(tooLate);
      const how = `ended before it was ready (${signal ?? `exit code ${code}`})`;
      reject(new DemoPlantError("CHILD_FAILED", `The demo plant ${how}. ${lastWords}`.trim()));
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  // The callback swallows "channel closed": then the child is about to end anyway.
  if (child.connected) child.send({ kind: "stop" }, () => undefined);
  await exited;
  clearTimeout(killer);
}
