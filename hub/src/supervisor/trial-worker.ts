/** The entry of a thread that tries one connection and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { leanLibraries } from "../lean-libraries.ts";
import { messageOf } from "../caught.ts";
import type { TrialStart } from "./trial.ts";

leanLibraries();
const { loadAdapter } = await import("./load.ts");
const { protocol, input, place, dataDir, sharedDir, deviceId }: TrialStart = workerData; // as trial.ts passed it
try {
  const module = await loadAdapter(protocol);
  const config = module.parseConfig(input, place);
  const { signal } = new AbortController(); // whoever waits ends the whole thread
  const context = { dataDir, sharedDir, deviceId, signal, now: () => Date.now() };
  for await (const step of module.tryConnection?.(config, context) ?? []) {
    parentPort?.postMessage({ kind: "step", step });
  }
  parentPort?.postMessage({ kind: "end" });
} catch (error) {
  parentPort?.postMessage({ kind: "broken", because: messageOf(error) });
}
