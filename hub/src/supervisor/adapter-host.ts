/**
 * The inside of an adapter's thread: loads the adapter, starts it, and turns its calls into messages. Whatever it
 * throws ends this thread and nothing else.
 */
import { mkdirSync } from "node:fs";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import {
  failedWrite,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type Logger,
  type WriteResult,
} from "@unshub/adapter";
import type { FromThread, ThreadStart, ToThread } from "./thread-messages.ts";

const ALIVE_EVERY_MS = 500;

export type LoadAdapter = (protocol: string) => Promise<AdapterModule<unknown>>;

/** Runs in a worker thread that `AdapterThread` started; returns at once, the thread lives until it is stopped. */
export function hostAdapter(load: LoadAdapter): void {
  if (parentPort === null) throw new Error("an adapter is hosted in a worker thread only");
  const start: ThreadStart = workerData; // as adapter-thread.ts passed it
  const host = new AdapterHost(parentPort, start, load);
  host.run();
}

class AdapterHost {
  readonly #hub: MessagePort;
  readonly #start: ThreadStart;
  readonly #load: LoadAdapter;
  #alive: NodeJS.Timeout | undefined;

  constructor(hub: MessagePort, start: ThreadStart, load: LoadAdapter) {
    this.#hub = hub;
    this.#start = start;
    this.#load = load;
  }

  run(): void {
    this.#alive = setInterval(() => this.#say({ kind: "alive" }), ALIVE_EVERY_MS);
    const started = this.#startAdapter();
    this.#hub.on("message", (message: ToThread) => {
      started
        .then((adapter) => this.#obey(adapter, message))
        .catch((error: unknown) => {
          throw error; // a bug in stop(): ends the thread, which the supervisor sees
        });
    });
  }

  #say(message: FromThread): void {
    this.#hub.postMessage(message);
  }

  async #startAdapter(): Promise<Adapter | undefined> {
    try {
      mkdirSync(this.#start.dataDir, { recursive: true });
      const adapterModule = await this.#load(this.#start.protocol);
      const config = adapterModule.parseConfig(this.#start.input);
      const adapter = adapterModule.create(config, this.#context());
      await adapter.start();
      this.#say({ kind: "started" });
      return adapter;
    } catch (error) {
      this.#say({ kind: "startFailed", message: textOf(error) });
      return undefined;
    }
  }

  #context(): AdapterContext {
    return {
      dataDir: this.#start.dataDir,
      log: {
        debug: this.#logAt("debug"),
        info: this.#logAt("info"),
        warn: this.#logAt("warn"),
        error: this.#logAt("error"),
      },
      now: () => Date.now(),
      isSlow: () => false,
      report: {
        born: (deviceId, metrics) => this.#say({ kind: "born", deviceId, metrics }),
        changed: (deviceId, readings) => this.#say({ kind: "changed", deviceId, readings }),
        samples: (deviceId, batch) => this.#say({ kind: "samples", deviceId, batch }),
        died: (deviceId, reason) => this.#say({ kind: "died", deviceId, message: reason.message }),
      },
    };
  }

  #logAt(level: keyof Logger): Logger["info"] {
    return (fields, message) => this.#say({ kind: "log", level, fields: plain(fields), message });
  }

  async #obey(adapter: Adapter | undefined, message: ToThread): Promise<void> {
    if (message.kind === "write") {
      this.#say({ kind: "written", id: message.id, results: await write(adapter, message) });
      return;
    }
    clearInterval(this.#alive);
    await adapter?.stop();
    this.#say({ kind: "stopped" });
    this.#hub.close();
  }
}

/** Errors and functions do not survive the way to the hub; their text does. */
function plain(fields: object): object {
  const entries = Object.entries(fields).map(([key, value]: [string, unknown]) => [
    key,
    value instanceof Error ? value.message : typeof value === "function" ? value.name : value,
  ]);
  const copy: object = Object.fromEntries(entries);
  return copy;
}

async function write(
  adapter: Adapter | undefined,
  { commands }: Extract<ToThread, { kind: "write" }>,
): Promise<readonly WriteResult[]> {
  try {
    if (adapter !== undefined) return await adapter.write(commands);
    const because = "the adapter did not start";
    return commands.map(() => ({ outcome: "rejected_offline", because, at: Date.now() }));
  } catch (error) {
    return commands.map(() => failedWrite(error, Date.now())); // a bug of the adapter's
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
