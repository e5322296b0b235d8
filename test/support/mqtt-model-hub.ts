/** Our MQTT server as it plays the scripts of the model test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBroker } from "../../hub/src/broker/broker.ts";
import type { Broker } from "../../hub/src/broker/contract.ts";
import type { ModelServer } from "./mqtt-model-player.ts";
import type { ModelSubject } from "./mqtt-model-run.ts";
import { ALL_ABILITIES } from "./mqtt-model-script.ts";
import { SILENT_LOG } from "./silent-log.ts";

/** Small, so that it is often full. */
const WINDOW = 8;

const isSticky = (topicFilter: string): boolean => topicFilter.startsWith("d/");

const OPTIONS = {
  window: WINDOW,
  isSticky,
  overlapping: "joined",
  order: "publisher",
  takesOver: true,
} as const;

export const HUB_IN_MEMORY: ModelSubject = {
  can: { ...ALL_ABILITIES, restart: false },
  options: OPTIONS,
  start: async () => new ModelHub(await startHub(undefined), undefined),
};

export const HUB_WITH_STORAGE: ModelSubject = {
  can: ALL_ABILITIES,
  options: OPTIONS,
  start: async () => {
    const folder = await mkdtemp(join(tmpdir(), "unshub-model-"));
    return new ModelHub(await startHub(folder), folder);
  },
};

function startHub(folder: string | undefined): Promise<Broker> {
  return startBroker({
    id: "model",
    listeners: [{ kind: "mqtt", host: "127.0.0.1", port: 0 }],
    log: SILENT_LOG,
    limits: { maxInFlight: WINDOW, willGraceMs: 3_600_000, maxWillDelaySeconds: 1_000_000 },
    mayConnect: () => ({ allow: true }),
    mayPublish: () => ({ allow: true }),
    shareStrategy: (filter) => (isSticky(filter) ? "stickyByPublisher" : "roundRobin"),
    ...(folder !== undefined && { storage: { folder, durability: "process" } }),
  });
}

class ModelHub implements ModelServer {
  readonly #folder: string | undefined;
  #broker: Broker;

  constructor(broker: Broker, folder: string | undefined) {
    this.#broker = broker;
    this.#folder = folder;
  }

  get port(): number {
    return this.#broker.addresses[0]?.port ?? 0;
  }

  async left(connected: number): Promise<void> {
    while (this.#broker.counters.connections > connected) await new Promise(setImmediate);
  }

  async restart(): Promise<void> {
    await this.#broker.stop();
    this.#broker = await startHub(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.stop();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true });
  }
}
