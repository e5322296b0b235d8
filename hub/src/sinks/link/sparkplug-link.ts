/**
 * Sparkplug to another MQTT server: reads what `spBv1.0` said in the order of arrival, and says it there, each edge node on a
 * connection of its own. The log is the queue. What the other side has read is confirmed by its answer to PINGREQ; after
 * a lost connection everything since then is said again, as late.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Backoff, type Logger } from "@unshub/adapter";
import { descriptorOf, readTopic, type NodeId } from "@unshub/sparkplug";
import { matchesFilter, shownProperties } from "../../broker/index.ts";
import type { KeptCursor, KeptStream, StreamMessage } from "../../replay/index.ts";
import type { SinkOf } from "../config/index.ts";
import type { SinkFindings } from "../findings.ts";
import { SinkStatus, type SinkState } from "../sink-status.ts";
import { reasonOf } from "../target.ts";
import type { NodeMemory } from "./births.ts";
import { FarServer } from "./connection.ts";
import { FarCommands } from "./far-commands.ts";
import { FarNode, VIA, type Said } from "./far-node.ts";
import type { LinkFile } from "./link-file.ts";
import { LinkProgress } from "./link-progress.ts";
import { NotWanted } from "./not-wanted.ts";
import { NotChangeable } from "./wire.ts";

export interface SparkplugLinkOptions {
  readonly config: SinkOf<"sparkplug">;
  readonly hubId: string;
  readonly source: KeptStream;
  readonly file: LinkFile;
  /** Edge nodes that are there now. */
  readonly online: () => Iterable<NodeId>;
  readonly requestRebirth: (node: NodeId) => void;
  readonly findings: SinkFindings;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const ASK_MS = 2000;
const IDLE_MS = 1000;

export class SparkplugLink {
  readonly #options: SparkplugLinkOptions;
  readonly #server: FarServer;
  readonly #status: SinkStatus;
  readonly #progress: LinkProgress;
  readonly #commands: FarCommands;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #cursor: KeptCursor | undefined;
  #more: Promise<void> | undefined;
  /** Ends a pause when there is more. */
  #waking = new AbortController();
  #nodes = new Map<string, FarNode>();
  readonly #touched = new Set<string>();
  /** Births that are said from then on are of now; microseconds since 1970 UTC. */
  #freshFrom: number | undefined;
  #isOpen = false;
  /** Messages that the other side has not confirmed. */
  #underway = 0;
  #askedAt = 0;
  #writtenWhenUpToDate = 0;

  constructor(options: SparkplugLinkOptions) {
    this.#options = options;
    const { config, hubId, file, log, now, requestRebirth } = options;
    this.#server = new FarServer(config, hubId);
    this.#backoff = new Backoff(config.retryAfter, config.retryAtMost);
    this.#status = new SinkStatus(options);
    this.#progress = new LinkProgress({
      file,
      everyMs: config.every,
      begin: () => (config.begin === "now" ? now() * 1000 : 0),
      now,
    });
    this.#commands = new FarCommands({ sink: config.name, requestRebirth, log });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Says NDEATH for every edge node at the other side: nobody brings news of them any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.leave()));
    await this.#server.close();
    await this.#progress.save();
    this.#status.stopped();
  }

  state(): SinkState {
    const { config, source, now } = this.#options;
    const { from } = this.#progress;
    const isCatchingUp = this.#freshFrom === undefined;
    const waiting = Math.max(isCatchingUp ? 1 : 0, source.written() - this.#writtenWhenUpToDate);
    const isBehind = waiting > 0 && from !== undefined;
    return {
      ...this.#status.shown(),
      target: config.url,
      position: from ?? 0,
      backlogRows: waiting,
      lagMs: isBehind ? Math.max(0, now() - from / 1000) : 0,
      deadLetters: 0,
      deadLettersDropped: 0,
    };
  }

  /** Single messages are never refused. */
  deadLetters(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  retry(): Promise<{ readonly written: number; readonly left: number }> {
    return Promise.resolve({ written: 0, left: 0 });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (!this.#isOpen) await this.#open();
        await this.#lookAtConnections();
        const isMore = await this.#carry();
        this.#backoff.reset();
        this.#status.up();
        await this.#askForBirths();
        if (!isMore) await this.#untilMore();
      } catch (error) {
        if (!signal.aborted) await this.#failed(error);
      }
    }
  }

  async #open(): Promise<void> {
    const { source } = this.#options;
    await source.ready();
    const from = await this.#progress.open();
    await this.#server.open(this.#stopping.signal);
    this.#nodes = new Map(
      Array.from(this.#progress.memories, (memory) => [descriptorOf(memory), this.#nodeOf(memory)]),
    );
    this.#touched.clear();
    this.#freshFrom = undefined;
    this.#underway = 0;
    this.#cursor = source.open(from, (topic) => this.#isWanted(topic));
    this.#more = undefined;
    this.#isOpen = true;
  }

  // --- carrying ---

  /** Answers whether there is more to be carried at once. */
  async #carry(): Promise<boolean> {
    const { config, source, now } = this.#options;
    const cursor = this.#cursor;
    if (cursor === undefined) return false;
    const written = source.written();
    let taken = 0;
    let isDry = false;
    while (taken < config.rows && !isDry && !this.#stopping.signal.aborted) {
      const messages = await cursor.read();
      this.#lookForGap(cursor);
      isDry = messages.length === 0;
      for (const message of messages) await this.#take(message);
      taken += messages.length;
    }
    if (taken > 0) await this.#confirm();
    this.#progress.moveTo(cursor.readTo);
    await this.#progress.saveIfDue();
    if (isDry) {
      this.#writtenWhenUpToDate = written;
      this.#freshFrom ??= now() * 1000;
    }
    return !isDry;
  }

  async #take(message: StreamMessage): Promise<void> {
    const reading = readTopic(message.topic);
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return;
    const about = reading.topic;
    const key = descriptorOf(about);
    const node = this.#nodes.get(key) ?? this.#nodeOf({ ...about, births: undefined });
    this.#nodes.set(key, node);
    this.#touched.add(key);
    const said: Said = {
      about,
      topic: message.topic,
      payload: message.payload,
      qos: message.qos,
      retain: message.retain === true,
      isFresh: this.#freshFrom !== undefined && message.ts >= this.#freshFrom,
      via: about.type === "NBIRTH" ? viaOf(message.properties) : [],
    };
    try {
      if (await node.take(said)) this.#underway += 1;
    } catch (error) {
      if (!(error instanceof NotWanted || error instanceof NotChangeable)) throw error;
      const isLate = !said.isFresh || about.type !== "NBIRTH";
      await this.#setAside(key, node, { error, mayAsk: error instanceof NotChangeable && isLate });
    }
  }

  async #settle(key: string, signal: AbortSignal): Promise<void> {
    const node = this.#nodes.get(key);
    try {
      await node?.settle(signal);
    } catch (error) {
      if (!(error instanceof NotWanted) || node === undefined) throw error;
      await this.#setAside(key, node, { error });
    }
  }

  /** @throws when the other side is gone, or the connection of an edge node. */
  async #lookAtConnections(): Promise<void> {
    if (!this.#server.isConnected) throw new Error("the connection was lost");
    for (const [key, node] of this.#nodes) {
      const { fault } = node;
      if (fault === undefined) continue;
      if (!(fault instanceof NotWanted)) throw fault;
      await this.#setAside(key, node, { error: fault });
    }
  }

  /** The others go on; this one is tried again with its next birth. `mayAsk`: for a birth, which could be carried on. */
  async #setAside(
    key: string,
    node: FarNode,
    { error, mayAsk = false }: { readonly error: Error; readonly mayAsk?: boolean },
  ): Promise<void> {
    const { config, log } = this.#options;
    const because = reasonOf(error);
    this.#status.missedRows += 1;
    await (mayAsk ? node.forget() : node.setAside());
    log.warn({ sink: config.name, edgeNode: key, because }, "an edge node is not carried on");
    this.#status.found("SINK-REFUSED", `the edge node ${key}: ${because}`);
  }

  /** All that was taken is at the other side for good. */
  async #confirm(): Promise<void> {
    const { signal } = this.#stopping;
    const keys = [...this.#touched];
    await Promise.all(keys.map((key) => this.#settle(key, signal)));
    for (const key of keys) this.#remember(key);
    this.#touched.clear();
    this.#status.rowsWritten += this.#underway;
    this.#underway = 0;
    this.#status.lastWriteAt = this.#options.now();
  }

  /** As it is now; one about which there is nothing to be remembered takes no room. */
  #remember(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    this.#progress.remember(node.memory);
    if (node.isBlank) this.#nodes.delete(key);
  }

  async #untilMore(): Promise<void> {
    const { signal } = this.#stopping;
    this.#waking = new AbortController();
    this.#wakeWhenMore();
    const either = AbortSignal.any([signal, this.#waking.signal]);
    await pause(IDLE_MS, undefined, { signal: either, ref: false }).catch(() => undefined);
    await this.#progress.saveIfDue();
  }

  #wakeWhenMore(): void {
    if (this.#more !== undefined) return; // it takes several pauses
    this.#more = this.#cursor?.more().finally(() => {
      this.#more = undefined;
      this.#waking.abort();
    });
  }

  // --- births ---

  /** Of those who have not been born since the other side has caught up; the hub asks no edge node too often. */
  async #askForBirths(): Promise<void> {
    const { now, requestRebirth, online } = this.#options;
    if (this.#freshFrom === undefined || now() - this.#askedAt < ASK_MS) return;
    this.#askedAt = now();
    for (const node of online()) {
      const key = descriptorOf(node);
      const isWanted = this.#isWanted(`spBv1.0/${node.groupId}/NBIRTH/${node.edgeNodeId}`);
      if (isWanted && this.#nodes.get(key)?.wantsBirth !== false) requestRebirth(node);
    }
  }

  // --- what can go wrong ---

  /** The log deletes what is too old or too much, whether it was carried on or not. */
  #lookForGap(cursor: KeptCursor): void {
    const gap = cursor.takeGap();
    if (gap === undefined) return;
    if (this.#touched.size === 0) this.#progress.skipTo(gap.to); // all before it is confirmed
    if (gap.from === 0) return; // it begins with whatever there is
    const because = `what came between ${timeText(gap.from)} and ${timeText(gap.to)} is no longer in the log (replay.sparkplug)`;
    this.#status.found("SINK-GAP", because);
  }

  async #failed(cause: unknown): Promise<void> {
    this.#status.failed(cause);
    this.#isOpen = false;
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.drop()));
    await this.#server.close();
    const { signal } = this.#stopping;
    await pause(this.#backoff.next(), undefined, { signal, ref: false }).catch(() => undefined);
  }

  #isWanted(topic: string): boolean {
    const [, group = "", type = "", node = ""] = topic.split("/");
    if (group === "STATE" || type === "NCMD" || type === "DCMD") return false;
    return this.#options.config.filter.some((filter) => matchesFilter(filter, `${group}/${node}`));
  }

  #nodeOf(memory: NodeMemory): FarNode {
    const { hubId, config, file, now } = this.#options;
    return new FarNode(memory, {
      hubId,
      connect: (node, options) => this.#server.connectNode(node, options),
      isLoop: (via) => via.some((id) => id === hubId || this.#server.hosts.has(id)),
      commanded: (node, payload) => this.#commands.commanded(node, payload),
      unheard: (node, because) => this.#commands.unheard(node, because),
      nextBdSeq: (node, own) => file.bdSeqs.next(descriptorOf(node), own),
      now,
      timeoutMs: config.timeout,
    });
  }
}

function viaOf(properties: Uint8Array): readonly string[] {
  const start = `${VIA}: `;
  const found = shownProperties(properties).find(({ value }) => value.startsWith(start));
  return found === undefined ? [] : found.value.slice(start.length).split(",");
}

function timeText(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString();
}
