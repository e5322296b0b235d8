/**
 * The inside of an adapter's thread: loads the adapter, starts it, and turns its calls into messages. Whatever it
 * throws ends this thread and nothing else.
 */
import { mkdirSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type {
  Adapter,
  AdapterContext,
  AdapterModule,
  ConfigPlace,
  DeviceReporter,
  Logger,
} from "@unshub/adapter";
import { messageOf } from "../caught.ts";
import { answerTo } from "./adapter-answers.ts";
import { SampleOutbox } from "./sample-outbox.ts";
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

/** An adapter that runs, and what it was made from. */
export interface HostedAdapter {
  readonly adapter: Adapter;
  readonly module: AdapterModule<unknown>;
  readonly place: ConfigPlace;
  /** As it runs. */
  config: unknown;
}

class AdapterHost {
  readonly #hub: MessagePort;
  readonly #start: ThreadStart;
  readonly #load: LoadAdapter;
  readonly #outbox: SampleOutbox;
  #alive: NodeJS.Timeout | undefined;

  constructor(hub: MessagePort, start: ThreadStart, load: LoadAdapter) {
    this.#hub = hub;
    this.#start = start;
    this.#load = load;
    this.#outbox = new SampleOutbox({
      post: (packet) => hub.postMessage({ kind: "samples", packet }, [packet.memory]),
      atEndOfTurn: (callback) => setImmediate(callback),
    });
  }

  run(): void {
    this.#alive = setInterval(() => {
      const externalBytes = getHeapStatistics().external_memory;
      this.#say({ kind: "alive", externalBytes });
    }, ALIVE_EVERY_MS);
    const started = this.#startAdapter();
    this.#hub.on("message", (message: ToThread) => {
      if (message.kind === "taken") return this.#outbox.taken(message.memory);
      started
        .then((hosted) => this.#obey(hosted, message))
        .catch((error: unknown) => {
          throw error; // a bug in stop(): ends the thread, which the supervisor sees
        });
    });
  }

  #say(message: FromThread): void {
    this.#hub.postMessage(message);
  }

  async #startAdapter(): Promise<HostedAdapter | undefined> {
    try {
      mkdirSync(this.#start.dataDir, { recursive: true });
      mkdirSync(this.#start.sharedDir, { recursive: true });
      const module = await this.#load(this.#start.protocol);
      const { input, place } = this.#start;
      const config = module.parseConfig(input, place);
      const adapter = module.create(config, this.#context());
      await adapter.start();
      this.#say({ kind: "started", devices: module.deviceIds?.(config) });
      return { adapter, module, place, config };
    } catch (error) {
      this.#say({ kind: "startFailed", message: messageOf(error) });
      return undefined;
    }
  }

  #context(): AdapterContext {
    return {
      dataDir: this.#start.dataDir,
      sharedDir: this.#start.sharedDir,
      log: {
        debug: this.#logAt("debug"),
        info: this.#logAt("info"),
        warn: this.#logAt("warn"),
        error: this.#logAt("error"),
      },
      now: () => Date.now(),
      isSlow: () => this.#outbox.isSlow,
      report: this.#reporter(),
    };
  }

  /** Samples wait for the end of the turn; whatever else is said of a device comes after those before it. */
  #reporter(): DeviceReporter {
    return {
      born: (deviceId, metrics) => {
        this.#outbox.flush(deviceId);
        this.#say({ kind: "born", deviceId, metrics });
      },
      changed: (deviceId, readings) => {
        this.#outbox.flush(deviceId);
        this.#say({ kind: "changed", deviceId, readings });
      },
      samples: (deviceId, batch) => this.#outbox.add(deviceId, batch),
      defined: (templates) => this.#say({ kind: "defined", templates }),
      happened: (deviceId, event) => this.#say({ kind: "happened", deviceId, event }),
      died: (deviceId, reason) => {
        this.#outbox.flush(deviceId);
        this.#say({ kind: "died", deviceId, message: reason.message });
      },
    };
  }

  #logAt(level: keyof Logger): Logger["info"] {
    return (fields, message) => this.#say({ kind: "log", level, fields: plain(fields), message });
  }

  async #obey(
    hosted: HostedAdapter | undefined,
    message: Exclude<ToThread, { kind: "taken" }>,
  ): Promise<void> {
    if (message.kind === "ask") {
      const { id, question } = message;
      const coalesced = (deviceId: string): number => this.#outbox.coalesced(deviceId);
      this.#say({ kind: "answer", id, answer: await answerTo(question, hosted, coalesced) });
      return;
    }
    clearInterval(this.#alive);
    await hosted?.adapter.stop({ deadlineMs: message.deadlineMs });
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
