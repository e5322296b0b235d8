/**
 * A connection that is tried before it is saved: in a thread of its own, which is ended when the time is over, with a copy of
 * what the adapter keeps, so that nothing remains of it.
 */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { ConfigPlace, TrialStep } from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import { adapterFolders } from "./adapter-folders.ts";

export interface TrialStart {
  readonly protocol: string;
  readonly input: unknown;
  readonly place: ConfigPlace;
  readonly dataDir: string;
  readonly sharedDir: string;
  readonly deviceId: string | undefined;
}

export interface TrialWish extends Pick<TrialStart, "protocol" | "input" | "place" | "deviceId"> {
  /** Of the adapter, as it shall be called or is. */
  readonly name: string;
}

export interface Trial {
  readonly steps: readonly TrialStep[];
  /** Why it did not come to its end; a sentence. */
  readonly broken: string | undefined;
}

type FromTrial =
  | { readonly kind: "step"; readonly step: TrialStep }
  | { readonly kind: "end" }
  | { readonly kind: "broken"; readonly because: string };

/** A person waits in front of it. */
const WITHIN_MS = 20_000;
const MEMORY_MB = 512;
const TRIAL_WORKER = new URL("./trial-worker.ts", import.meta.url);

/** Ends soon when `signal` is aborted: the hub stops. Never rejects. */
export async function tryConnection(
  dataDir: string,
  wish: TrialWish,
  signal: AbortSignal,
): Promise<Trial> {
  const { name, ...start } = wish;
  const folders = adapterFolders(dataDir, wish);
  let copy: string | undefined;
  try {
    copy = mkdtempSync(join(tmpdir(), "unshub-trial-"));
    if (existsSync(folders.dataDir)) cpSync(folders.dataDir, copy, { recursive: true });
    return await run({ ...start, dataDir: copy, sharedDir: folders.sharedDir }, name, signal);
  } catch (error) {
    return { steps: [], broken: messageOf(error) }; // a disk that is full, a file that went meanwhile
  } finally {
    if (copy !== undefined) rmSync(copy, { recursive: true, force: true });
  }
}

async function run(start: TrialStart, name: string, signal: AbortSignal): Promise<Trial> {
  const steps: TrialStep[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const worker = new Worker(TRIAL_WORKER, {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    name: `trial-${name}`,
  });
  worker.on("message", (message: FromTrial) => {
    if (message.kind === "step") steps.push(message.step);
    else resolve(message.kind === "end" ? undefined : message.because);
  });
  worker.on("error", (error: Error) => resolve(error.message));
  worker.on("exit", () => resolve("its thread ended"));
  const late = `it was not done within ${WITHIN_MS / 1000} s`;
  const timer = setTimeout(() => resolve(late), WITHIN_MS);
  const stop = (): void => resolve("the hub stops");
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const broken = await promise;
  signal.removeEventListener("abort", stop);
  clearTimeout(timer);
  await worker.terminate();
  return { steps, broken };
}
