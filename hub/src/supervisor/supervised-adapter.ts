/**
 * One adapter of the configuration: a thread that speaks to the devices, an edge node that speaks Sparkplug, and the
 * wires between them. A thread that ends is started again with back-off; meanwhile its devices are dead and everything
 * else goes on.
 */
import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import {
  Backoff,
  isDone,
  NO_DIAGNOSTICS,
  type AdapterDiagnostics,
  type Logger,
  type ReloadReport,
  type WriteResult,
} from "@unshub/adapter";
import type { WriteCommand } from "@unshub/sparkplug";
import type { AdapterEntry } from "../config/index.ts";
import type { AdapterState, AdapterStatus } from "./adapter-state.ts";
import { AdapterStory } from "./adapter-story.ts";
import { AdapterThread } from "./adapter-thread.ts";
import { adapterFolders } from "./adapter-folders.ts";
import { openBdSeqFile } from "./bd-seq-file.ts";
import { toldEvent, writeEvent, type DevicePlace, type EventMessage } from "./device-events.ts";
import { ownFolder } from "./folder-owners.ts";
import { EdgeNodeLink } from "./edge-node-link.ts";
import { stoppedDiagnostics } from "./stopped-adapter.ts";
import { batchesOf, type SentPacket } from "./sample-packet.ts";
import type { Answer, FromThread, Question, ReloadPlan } from "./thread-messages.ts";

const RESTART_FIRST_MS = 500;
const RESTART_LONGEST_MS = 30_000;
/** A thread that ran so long was healthy: the next restart is a quick one again. */
const HEALTHY_AFTER_MS = 30_000;
/** Who asks how things stand does not wait long for an adapter that hangs. */
const DIAGNOSTICS_WITHIN_MS = 1000;

export interface SupervisorOptions {
  readonly hubId: string;
  readonly dataDir: string;
  readonly log: Logger;
  now(): number;
  /** Opens a connection to the MQTT server. */
  connect(): Duplex;
  /** Publishes on a topic of the hub's own; left out: events are told to nobody. */
  publish?(message: EventMessage): Promise<void>;
  /** Somebody asks by MQTT that the configuration be read again. */
  onReloadAsked?(): void;
  /** Until when the hub waits for what comes of a command of its own; `undefined`: it is somebody else's. */
  readonly awaitedUntil?: (metric: WrittenMetric) => number | undefined;
  /** An adapter has said what a device made of a write. */
  readonly onWritten?: (metric: WrittenMetric, result: WriteResult) => void;
  /** Somebody has stopped an adapter, and what its edge node said is old for that reason; or has started it. */
  readonly onHeld?: (
    node: { readonly groupId: string; readonly edgeNodeId: string },
    isHeld: boolean,
  ) => void;
  /** The entry of adapter threads; tests name one with adapters of their own. */
  readonly workerEntry?: URL | undefined;
}

export class SupervisedAdapter {
  readonly story: AdapterStory;
  readonly #options: SupervisorOptions;
  readonly #link: EdgeNodeLink;
  readonly #backoff = new Backoff(RESTART_FIRST_MS, RESTART_LONGEST_MS);
  readonly #alive = new Set<string>();
  /** Packets whose memory the thread gets back when the edge node has room again. */
  #held: ArrayBuffer[] = [];
  #entry: AdapterEntry;
  #thread: AdapterThread | undefined;
  #retry: NodeJS.Timeout | undefined;
  #status: AdapterStatus = "stopped";
  #since: number;
  #restarts = 0;
  #diagnostics = NO_DIAGNOSTICS;
  #lastEnd: string | undefined;
  #stopped = false;
  /** A thread that was replaced and is not yet gone. */
  #ending: Promise<void> | undefined;

  constructor(entry: AdapterEntry, options: SupervisorOptions) {
    this.#entry = entry;
    this.#options = options;
    this.#since = options.now();
    const { name: adapter, protocol, groupId, edgeNodeId } = entry;
    this.story = new AdapterStory({ adapter, protocol, groupId, edgeNodeId }, () => options.now());
    if (entry.stopped !== undefined) this.story.stopped(entry.stopped);
    this.#link = new EdgeNodeLink({
      groupId,
      edgeNodeId,
      clientId: `${options.hubId}-${entry.name}`,
      bdSeqFile: openBdSeqFile(options.dataDir, groupId, edgeNodeId),
      log: options.log,
      now: () => options.now(),
      connect: () => options.connect(),
      onCommand: (writes) => void this.#write(writes),
      onReady: () => this.#release(),
      onControl: (control) => this.#obey(control),
    });
  }

  get entry(): AdapterEntry {
    return this.#entry;
  }

  get isStarted(): boolean {
    return this.#status === "running";
  }

  start(): void {
    this.#link.start();
    this.#startThread();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#enter("stopped");
    clearTimeout(this.#retry);
    // The deaths are published by the first call; what the adapter still says afterwards goes nowhere.
    await Promise.all([this.#link.stop(), this.#thread?.stop(), this.#ending]);
  }

  /** Never rejects. */
  async ask(question: Question, withinMs?: number): Promise<Answer> {
    const because = "the adapter is not running";
    return (await this.#thread?.ask(question, withinMs)) ?? { kind: "failed", because };
  }

  /** The last known ones when the adapter does not answer soon; none when it does not run. */
  async diagnostics(): Promise<AdapterDiagnostics> {
    if (this.#entry.stopped !== undefined) return await stoppedDiagnostics(this.#entry);
    if (this.#thread === undefined) return NO_DIAGNOSTICS;
    const answer = await this.ask({ kind: "diagnostics" }, DIAGNOSTICS_WITHIN_MS);
    if (answer.kind === "diagnostics") this.#diagnostics = answer.diagnostics;
    return this.#diagnostics;
  }

  get state(): AdapterState {
    const { name, protocol, groupId, edgeNodeId } = this.#entry;
    return {
      name,
      protocol,
      groupId,
      edgeNodeId,
      status: this.#status,
      since: this.#since,
      restarts: this.#restarts,
      lastEnd: this.#lastEnd,
      isSlow: this.#link.node.isSlow,
      stopped: this.#entry.stopped,
      onlineDevices: [...this.#alive],
    };
  }

  /**
   * Takes a new entry of the same name and place. The adapter applies the difference itself, where it can; else its
   * thread is started anew. It is asked when the entry is the same, too: a file that it names may be another. @throws {Error} a sentence, when the adapter refuses it: then it goes on as it was.
   */
  async reload(entry: AdapterEntry): Promise<void> {
    const before = this.#entry;
    const isSame = isDeepStrictEqual(before, entry);
    if (entry.stopped !== undefined) this.#entry = entry;
    if (entry.stopped !== undefined || (isSame && this.#status !== "running")) return;
    const isTaken = this.#isSameThread(before, entry) && (await this.#handOver(entry, isSame));
    this.#entry = entry;
    if (isTaken || isSame) return;
    const fields = { adapter: entry.name };
    this.#options.log.info(fields, "adapter starts anew with its new configuration");
    await this.#startAnew();
  }

  /** What `reload` would do; `undefined` when another thread would have to be started, or none answers. */
  async plan(entry: AdapterEntry): Promise<ReloadPlan | undefined> {
    if (!this.#isSameThread(this.#entry, entry)) return undefined;
    const answer = await this.ask({ kind: "plan", input: entry.input });
    return answer.kind === "plan" ? answer.plan : undefined;
  }

  /** Whether the thread that runs could go on with `entry`. */
  #isSameThread(before: AdapterEntry, entry: AdapterEntry): boolean {
    return (
      this.#status === "running" &&
      before.protocol === entry.protocol &&
      before.memoryLimitBytes === entry.memoryLimitBytes &&
      before.folder === entry.folder
    );
  }

  /** Whether the adapter took it. @throws {Error} a sentence, when it is refused. */
  async #handOver(entry: AdapterEntry, isSame: boolean): Promise<boolean> {
    const answer = await this.ask({ kind: "reload", input: entry.input });
    if (answer.kind === "failed") throw new Error(answer.because);
    if (answer.kind !== "reload" || answer.report === undefined) return false;
    for (const deviceId of answer.report.removed) this.story.left(deviceId);
    this.story.configured(answer.devices);
    const fields = { adapter: entry.name, ...answer.report };
    if (!isSame || isSomething(answer.report))
      this.#options.log.info(fields, "adapter took its new configuration");
    return true;
  }

  async #startAnew(): Promise<void> {
    const thread = this.#thread;
    clearTimeout(this.#retry);
    this.#thread = undefined;
    this.story.threadEnded("its configuration changed");
    this.#devicesDied();
    this.#ending = thread?.stop();
    await this.#ending;
    if (!this.#stopped) this.#startThread();
  }

  #startThread(): void {
    const { protocol, input, name, memoryLimitBytes, folder } = this.#entry;
    const place = { folder };
    const folders = adapterFolders(this.#options.dataDir, { name, protocol });
    ownFolder(this.#options, this.#entry);
    this.#enter("starting");
    this.story.threadStarted();
    this.#held = [];
    const thread = new AdapterThread(
      { protocol, input, place, ...folders, memoryMb: Math.ceil(memoryLimitBytes / 1_048_576) },
      {
        // What a thread says that was replaced meanwhile goes nowhere.
        onMessage: (message) => thread === this.#thread && this.#heard(thread, message),
        onEnd: (because) => thread === this.#thread && this.#threadEnded(because),
      },
      this.#options.workerEntry,
    );
    this.#thread = thread;
  }

  #heard(thread: AdapterThread, message: FromThread): void {
    this.story.heard(message);
    if ("deviceId" in message) return this.#heardOf(message);
    switch (message.kind) {
      case "samples":
        return this.#publish(thread, message.packet);
      case "defined":
        return this.#link.define(message.templates);
      case "log": {
        const fields = { adapter: this.#entry.name, ...message.fields };
        return this.#options.log[message.level](fields, message.message);
      }
      case "startFailed":
        return thread.fail(`it did not start: ${message.message}`);
      case "started":
        return this.#enter("running");
      case "stopped":
      case "alive":
      case "answer":
        return;
    }
  }

  /** What is said of one device. */
  #heardOf(message: Extract<FromThread, { readonly deviceId: string }>): void {
    const { log } = this.#options;
    const { deviceId: device } = message;
    const adapter = this.#entry.name;
    const { node } = this.#link;
    switch (message.kind) {
      case "born":
        log.info({ adapter, device, metrics: message.metrics.length }, "device born");
        this.#alive.add(device);
        return node.born(device, message.metrics);
      case "changed":
        return node.changed(device, message.readings);
      case "happened":
        return this.#tell(toldEvent(this.#placeOf(device), message.event));
      case "died":
        log.warn({ adapter, device, because: message.message }, "device died");
        this.#alive.delete(device);
        return node.died(device);
    }
  }

  /** The thread gets its memory back, and with it leave to send more, only when the edge node has room. */
  #publish(thread: AdapterThread, packet: SentPacket): void {
    const { node } = this.#link;
    for (const [deviceId, batch] of batchesOf(packet)) node.samples(deviceId, batch);
    if (node.isSlow) this.#held.push(packet.memory);
    else thread.taken(packet.memory);
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const memory of held) this.#thread?.taken(memory);
  }

  #threadEnded(because: string): void {
    this.story.threadEnded(because);
    this.#devicesDied();
    this.#thread = undefined;
    if (this.#stopped) return;
    if (this.#options.now() - this.#since >= HEALTHY_AFTER_MS) this.#backoff.reset();
    this.#lastEnd = because;
    this.#restarts += 1;
    this.#enter("restarting");
    const inMs = this.#backoff.next();
    const fields = { adapter: this.#entry.name, because, restartInMs: Math.round(inMs) };
    this.#options.log.error(fields, "adapter thread ended");
    this.#retry = setTimeout(() => this.#startThread(), inMs);
  }

  #devicesDied(): void {
    for (const deviceId of this.#alive) this.#link.node.died(deviceId);
    this.#alive.clear();
  }

  #enter(status: AdapterStatus): void {
    this.#status = status;
    this.#since = this.#options.now();
  }

  #obey(control: "rescan" | "reload"): void {
    const adapter = this.#entry.name;
    this.#options.log.info({ adapter, control }, "edge node was asked for by a command");
    if (control === "reload") this.#options.onReloadAsked?.();
    else void this.#rescan();
  }

  async #rescan(): Promise<void> {
    const answer = await this.ask({ kind: "rescan", deviceId: undefined });
    if (answer.kind !== "failed") return;
    const fields = { adapter: this.#entry.name, because: answer.because };
    this.#options.log.warn(fields, "rescan failed");
  }

  async #write(writes: readonly WriteCommand[]): Promise<void> {
    const commands = writes.map(({ deviceId, metric, value, timestamp: askedAt }) => {
      const awaitedUntil = this.#awaitedUntil(deviceId, metric, askedAt);
      return {
        deviceId,
        metric,
        value,
        ...(askedAt !== undefined && { askedAt }),
        ...(awaitedUntil !== undefined && { awaitedUntil }),
        by: { topic: this.#link.commandTopic(deviceId) },
      };
    });
    const outcome = this.#thread === undefined ? "rejected_offline" : "timeout_unknown";
    const answer = await this.ask({ kind: "write", commands });
    const because = answer.kind === "failed" ? answer.because : "the adapter gave no result";
    const failure: WriteResult = { outcome, because, at: this.#options.now() };
    for (const [index, { deviceId, metric, askedAt }] of commands.entries()) {
      const result = answer.kind === "write" ? answer.results[index] : undefined;
      this.#tellWrite({ device: deviceId, metric }, result ?? failure, askedAt);
    }
  }

  #awaitedUntil(deviceId: string, name: string, askedAt: number | undefined): number | undefined {
    return this.#options.awaitedUntil?.({ ...this.#placeOf(deviceId), name, askedAt });
  }

  #tellWrite(
    what: { readonly device: string; readonly metric: string },
    result: WriteResult,
    askedAt: number | undefined,
  ): void {
    const { log, onWritten } = this.#options;
    const { outcome, because } = result;
    const place = this.#placeOf(what.device);
    onWritten?.({ ...place, name: what.metric, askedAt }, result);
    const fields = { adapter: this.#entry.name, ...what, outcome };
    if (isDone(result)) log.info(fields, "device accepted a write");
    else log.warn({ ...fields, because }, "write failed");
    const { metric } = what;
    this.#tell(writeEvent(place, { metric, result }));
  }

  #placeOf(deviceId: string): DevicePlace {
    const { groupId, edgeNodeId } = this.#entry;
    return { groupId, edgeNodeId, deviceId };
  }

  #tell(message: EventMessage): void {
    const { topic } = message;
    this.#options.publish?.(message).catch((error: unknown) => {
      this.#options.log.error({ topic, error }, "event not published");
    });
  }
}

/** Where a write went. */
interface WrittenMetric {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string;
  readonly name: string;
  /** The timestamp of the command, if it had one. */
  readonly askedAt: number | undefined;
}

/** Whether a reload has changed anything. */
function isSomething({ reborn, added, removed, reconnected, adjustedTags }: ReloadReport): boolean {
  return reborn.length + added.length + removed.length + reconnected.length + adjustedTags > 0;
}
