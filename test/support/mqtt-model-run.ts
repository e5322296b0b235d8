/** Runs scripts of many seeds against a kind of server; a script that fails is made as short as it can be. */
import type { ModelOptions } from "./mqtt-model.ts";
import { type Fault, type ModelServer, Player } from "./mqtt-model-player.ts";
import { type Abilities, readable, ScriptWriter, type Step } from "./mqtt-model-script.ts";

/** A kind of server, and what the model must know of it. */
export interface ModelSubject {
  readonly can: Abilities;
  readonly options: ModelOptions;
  start(): Promise<ModelServer>;
}

export interface ModelRun {
  readonly seed: number;
  readonly clients: number;
  readonly steps: number;
}

/** A server that does nothing for so long hangs; the machine may be busy. */
const HANGS_AFTER_MS = 30_000;
const HANGS_AFTER_SHORTLY_MS = 1500;
const SHORTEN_FOR_MS = 60_000;

/** Plays the script of one seed; answers a report when the server and the model disagree. */
export async function runModel(subject: ModelSubject, run: ModelRun): Promise<string | undefined> {
  const script = new ScriptWriter(run.seed, run.clients, subject.can).write(run.steps);
  const fault = await play(subject, script, HANGS_AFTER_MS);
  if (fault === undefined) return undefined;
  const shortest = await shorten(subject, script.slice(0, fault.step + 1), fault);
  const lines = shortest.script.map((step, index) => `  ${index}. ${readable(step)}`);
  return [`seed ${run.seed}: ${fault.because}`, "shortest:", ...lines, shortest.fault.because].join(
    "\n",
  );
}

async function play(
  subject: ModelSubject,
  script: readonly Step[],
  hangsAfterMs: number,
): Promise<Fault | undefined> {
  await using server = await subject.start();
  return await new Player(server, subject.options, hangsAfterMs).play(script);
}

interface Failing {
  readonly script: readonly Step[];
  readonly fault: Fault;
}

/** Leaves out steps as long as it still fails: halves, then quarters, at last one by one. */
async function shorten(
  subject: ModelSubject,
  script: readonly Step[],
  fault: Fault,
): Promise<Failing> {
  const until = Date.now() + SHORTEN_FOR_MS;
  let failing: Failing = { script, fault };
  for (let size = script.length >> 1; size >= 1 && Date.now() < until; size >>= 1) {
    let at = 0;
    while (at < failing.script.length && Date.now() < until) {
      const shorter = failing.script.toSpliced(at, size);
      const again = await play(subject, shorter, HANGS_AFTER_SHORTLY_MS);
      if (again === undefined) at += size;
      else failing = { script: shorter.slice(0, again.step + 1), fault: again };
    }
  }
  return failing;
}
