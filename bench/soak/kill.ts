/**
 * `npm run bench -- kill`: the whole hub is killed (`kill -9`) again and again under load, at moments that a seed chooses.
 * What it recorded until a second before is there, without a hole; its files, plain topics and audit trail are sound.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort, startServer, type Server } from "../broker/servers/start.ts";
import { keep } from "../measure.ts";
import {
  atMost,
  figure,
  printModbus as print,
  progress,
  type ModbusFigure as Line,
} from "../modbus/figures.ts";
import {
  auditFaults,
  fileFaults,
  orderFaults,
  plainFaults,
  rowFaults,
  type Called,
} from "./kill-check.ts";
import { KillPlant, SETPOINT } from "./kill-plant.ts";
import { METRICS_PER_DEVICE } from "./plant.ts";

/** A life lasts so long at least, and as much longer as chance wants. */
const LEAST_LIFE_MS = 1200;
const LIFE_MS = 2500;
const LOST_MS = 1000;
const MOST_EXAMPLES = 5;

interface Wishes {
  readonly rounds: number;
  readonly seed: number;
  readonly rate: number;
}

/** Ends with exit code 1 when anything is lost. @throws {TypeError} for arguments it does not know. */
export async function kill(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "20" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
      rate: { type: "string", default: "20000" },
      keep: { type: "boolean", default: false },
    },
  });
  const wishes = {
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    rate: Number(values.rate),
  };
  console.log(`seed ${wishes.seed}`);
  const lines = await killed(wishes);
  print(lines);
  if (values.keep) console.log(`\nkept in ${keep("kill", lines)}`);
  if (lines.some(({ reached }) => reached === false)) process.exitCode = 1;
}

async function killed({ rounds, seed, rate }: Wishes): Promise<readonly Line[]> {
  const random = chance(seed);
  const http = await freePort();
  const place = { folder: "" };
  await using stack = new AsyncDisposableStack();
  let hub = await startServer("hub", "defaults", undefined, (folder) => {
    place.folder = folder;
    return {
      config: "history: {}\nuns: { projection: {} }\ncommands: { default: allow }\n",
      listeners: `http: { port: ${http} }`,
      files: new Map(),
    };
  });
  stack.defer(() => hub.stop());
  const copies = mkdtempSync(join(tmpdir(), "unshub-bench-kill-"));
  stack.defer(() => rmSync(copies, { recursive: true, force: true }));
  const dataDir = join(place.folder, "data");
  const plant = new KillPlant(rate / METRICS_PER_DEVICE);
  const caller = new Caller(`http://127.0.0.1:${http}`);
  const files: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await plant.live(hub.port);
    const calling = caller.run();
    await sleep(LEAST_LIFE_MS + random() * LIFE_MS);
    const killedAt = await killNow(hub);
    caller.stop();
    await Promise.all([plant.died(killedAt, LOST_MS), calling]);
    caller.settle(killedAt);
    files.push(...fileFaults(dataDir, join(copies, String(round))));
    rmSync(join(copies, String(round)), { recursive: true });
    hub = await hub.killAndRestart();
    progress(`killed ${round + 1} of ${rounds}`);
  }
  return await checked({ hub, http: `http://127.0.0.1:${http}`, plant, dataDir }, files, caller);
}

/** Answers when it was, by `performance.now()`; the process is gone when it returns. */
async function killNow({ pid }: Server): Promise<number> {
  const at = performance.now();
  process.kill(pid, "SIGKILL");
  for (let isThere = true; isThere;) {
    await sleep(5);
    isThere = isAlive(pid);
  }
  return at;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

interface Scene {
  readonly hub: Server;
  readonly http: string;
  readonly plant: KillPlant;
  readonly dataDir: string;
}

async function checked(
  { hub, http, plant, dataDir }: Scene,
  files: readonly string[],
  { calls }: Caller,
): Promise<readonly Line[]> {
  const plain = await plainFaults(hub.port, plant);
  const order = await orderFaults(http);
  const said = plant.times.reduce((sum, times) => sum + times.length, 0) * METRICS_PER_DEVICE;
  const safe = plant.lives.flat().filter((life) => life.safe !== undefined).length;
  const answered = calls.filter(({ result }) => result !== undefined).length;
  return [
    figure("values said", said, ""),
    figure("values in the log", order.head, ""),
    figure("lives of devices of which something must be there", safe, ""),
    faults("databases that are not whole", files),
    faults(
      "metrics with a hole, without a gap, or with what nobody said",
      await rowFaults(http, plant),
    ),
    faults("positions missing in the order of arrival", order.faults),
    figure("plain topics retained after the last kill", plain.retained, ""),
    figure("the oldest of them behind what was said", plain.oldestMs / 1000, "s"),
    faults("plain topics that say what nobody said, or call it good", plain.faults),
    figure("commands answered", answered, ""),
    figure("commands under way when the hub was killed", calls.length - answered, ""),
    faults("faults of the audit trail", auditFaults(dataDir, calls)),
  ];
}

function faults(what: string, sentences: readonly string[]): Line {
  for (const sentence of sentences.slice(0, MOST_EXAMPLES)) console.log(`  ! ${sentence}`);
  return atMost(what, sentences.length, "", 0);
}

/** Commands one setpoint after the other. */
class Caller {
  readonly calls: Called[] = [];
  readonly #http: string;
  #open: { readonly value: number; readonly result: string; readonly at: number }[] = [];
  #last = 0;
  #isOver = false;

  constructor(http: string) {
    this.#http = http;
  }

  /** Until the hub is gone. */
  async run(): Promise<void> {
    this.#isOver = false;
    while (!this.#isOver) {
      this.#last += 1;
      const value = this.#last;
      const result = await this.#write(value);
      if (result === undefined) this.calls.push({ value, result, isSafe: false });
      else this.#open.push({ value, result, at: performance.now() });
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  /** The hub was killed then, by `performance.now()`, and `run` has ended. */
  settle(killedAt: number): void {
    for (const { value, result, at } of this.#open) {
      this.calls.push({ value, result, isSafe: at <= killedAt - LOST_MS });
    }
    this.#open = [];
  }

  /** The result; `undefined` when there was no answer. */
  async #write(value: number): Promise<string | undefined> {
    try {
      const answer = await fetch(`${this.#http}/api/ns/write`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ path: SETPOINT, value }),
      });
      const said: unknown = await answer.json();
      return String(Object(said)["result"]);
    } catch {
      await sleep(20); // it is dead; `stop` will say so
      return undefined;
    }
  }
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
