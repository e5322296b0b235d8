/**
 * Runs every adapter of the configuration: a thread that speaks to the devices, an edge node that speaks Sparkplug, and
 * the wires between them. A thread that ends is started again with back-off; meanwhile its devices are dead and
 * everything else goes on.
 */
import type { Duplex } from "node:stream";
import { join } from "node:path";
import { Backoff, isDone, type Logger } from "@unshub/adapter";
import { batchReadings, type BornMetric, type WriteCommand } from "@unshub/sparkplug";
import type { AdapterEntry } from "../config/index.ts";
import { AdapterThread } from "./adapter-thread.ts";
import { openBdSeqFile } from "./bd-seq-file.ts";
import { EdgeNodeLink } from "./edge-node-link.ts";
import type { FromThread } from "./thread-messages.ts";

const RESTART_FIRST_MS = 500;
const RESTART_LONGEST_MS = 30_000;

export interface SupervisorOptions {
  readonly hubId: string;
  readonly dataDir: string;
  readonly log: Logger;
  now(): number;
  /** Opens a connection to the MQTT server. */
  connect(): Duplex;
  /** The entry of adapter threads; tests name one with adapters of their own. */
  readonly workerEntry?: URL;
}

/** All adapters of one hub. */
export class Supervisor {
  readonly #adapters: readonly SupervisedAdapter[];
  #isRunning = false;

  constructor(entries: readonly AdapterEntry[], options: SupervisorOptions) {
    this.#adapters = entries.map((entry) => new SupervisedAdapter(entry, options));
  }

  start(): void {
    this.#isRunning = true;
    for (const adapter of this.#adapters) adapter.start();
  }

  /** Whether every adapter has started; devices may still be unreachable. */
  get isStarted(): boolean {
    return this.#isRunning && this.#adapters.every((adapter) => adapter.isStarted);
  }

  /** DDEATH and NDEATH of all, then their threads. Twice does no harm. */
  async stop(): Promise<void> {
    await Promise.all(this.#adapters.map((adapter) => adapter.stop()));
  }
}

class SupervisedAdapter {
  readonly #entry: AdapterEntry;
  readonly #options: SupervisorOptions;
  readonly #link: EdgeNodeLink;
  readonly #backoff = new Backoff(RESTART_FIRST_MS, RESTART_LONGEST_MS);
  /** Living devices and the metrics of their births. */
  readonly #alive = new Map<string, readonly BornMetric[]>();
  #thread: AdapterThread | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  #isStarted = false;

  constructor(entry: AdapterEntry, options: SupervisorOptions) {
    this.#entry = entry;
    this.#options = options;
    const { groupId, edgeNodeId } = entry;
    this.#link = new EdgeNodeLink({
      groupId,
      edgeNodeId,
      clientId: `${options.hubId}-${entry.name}`,
      bdSeqFile: openBdSeqFile(options.dataDir, groupId, edgeNodeId),
      log: options.log,
      now: () => options.now(),
      connect: () => options.connect(),
      onWrite: (command) => void this.#write(command),
    });
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  start(): void {
    this.#link.start();
    this.#startThread();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    // The deaths are published by the first call; what the adapter still says afterwards goes nowhere.
    await Promise.all([this.#link.stop(), this.#thread?.stop()]);
  }

  #startThread(): void {
    const { protocol, input, name } = this.#entry;
    const dataDir = join(this.#options.dataDir, "adapters", name);
    this.#thread = new AdapterThread(
      { protocol, input, dataDir },
      {
        onMessage: (message) => this.#heard(message),
        onEnd: (because) => this.#threadEnded(because),
      },
      this.#options.workerEntry,
    );
  }

  #heard(message: FromThread): void {
    const { log } = this.#options;
    const adapter = this.#entry.name;
    const { node } = this.#link;
    switch (message.kind) {
      case "born":
        log.info(
          { adapter, device: message.deviceId, metrics: message.metrics.length },
          "device born",
        );
        this.#alive.set(message.deviceId, message.metrics);
        this.#backoff.reset();
        return node.born(message.deviceId, message.metrics);
      case "changed":
        return node.changed(message.deviceId, message.readings);
      case "samples": {
        const born = this.#alive.get(message.deviceId);
        const readings = batchReadings(message.batch, (metric) => born?.[metric]);
        return node.changed(message.deviceId, readings);
      }
      case "died":
        log.warn({ adapter, device: message.deviceId, because: message.message }, "device died");
        this.#alive.delete(message.deviceId);
        return node.died(message.deviceId);
      case "log":
        return log[message.level]({ adapter, ...message.fields }, message.message);
      case "startFailed":
        return this.#thread?.fail(`it did not start: ${message.message}`);
      case "started":
        this.#isStarted = true;
        return;
      case "stopped":
      case "alive":
      case "written":
        return;
    }
  }

  #threadEnded(because: string): void {
    for (const deviceId of this.#alive.keys()) this.#link.node.died(deviceId);
    this.#alive.clear();
    this.#isStarted = false;
    this.#thread = undefined;
    if (this.#stopped) return;
    const inMs = this.#backoff.next();
    const fields = { adapter: this.#entry.name, because, restartInMs: Math.round(inMs) };
    this.#options.log.error(fields, "adapter thread ended");
    this.#retry = setTimeout(() => this.#startThread(), inMs);
  }

  async #write({ deviceId, metric, value }: WriteCommand): Promise<void> {
    const results = await this.#thread?.write([{ deviceId, metric, value }]);
    const result = results?.[0];
    const fields = { adapter: this.#entry.name, device: deviceId, metric };
    if (result !== undefined && isDone(result)) {
      this.#options.log.info(fields, "device accepted a write");
    } else {
      const because = result?.because ?? "the adapter is not running";
      this.#options.log.warn({ ...fields, because }, "write failed");
    }
  }
}
