/**
 * Sparkplug to another MQTT server: reads what `spBv1.0` said in the order of arrival, and says it there, each edge node on a
 * connection of its own. The log is the queue. What the other side has read is confirmed by its answer to PINGREQ; after
 * a lost connection everything since then is said again, as late.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Backoff, type Logger } from "@unshub/adapter";
import { decodePayload, readTopic, REBIRTH, type NodeId } from "@unshub/sparkplug";
import { matchesFilter, shownProperties } from "../../broker/index.ts";
import type { KeptCursor, KeptStream, StreamMessage } from "../../replay/index.ts";
import { DECODING } from "../../tree/index.ts";
import type { SinkOf } from "../config/index.ts";
import type { SinkFindings } from "../findings.ts";
import type { SinkState } from "../sink.ts";
import { reasonOf } from "../target.ts";
import type { NodeMemory } from "./births.ts";
import { FarServer } from "./connection.ts";
import { FarNode, VIA, type Said } from "./far-node.ts";
import type { LinkFile } from "./link-file.ts";
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
/** Down for so long, it is a finding. */
const DOWN_MS = 60_000;
/** Births are written as a whole: at most a twentieth of the time. */
const BIRTHS_SHARE = 20;

export class SparkplugLink {
  readonly #options: SparkplugLinkOptions;
  readonly #server: FarServer;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #refusedCommands = new Set<string>();
  #isUnheardTold = false;
  #running: Promise<void> = Promise.resolve();
  #cursor: KeptCursor | undefined;
  #more: Promise<void> | undefined;
  /** Ends a pause when there is more. */
  #waking = new AbortController();
  /** Of the next message that the other side has not confirmed; microseconds since 1970 UTC. */
  #from: number | undefined;
  /** As at that place. */
  #confirmed = new Map<string, NodeMemory>();
  #nodes = new Map<string, FarNode>();
  readonly #touched = new Set<string>();
  /** Births that are said from then on are of now; microseconds since 1970 UTC. */
  #freshFrom: number | undefined;
  #isOpen = false;
  /** Messages that the other side has not confirmed. */
  #underway = 0;
  #isSaved = true;
  #birthsChanged = false;
  /** How long it took to write them. */
  #birthsMs = 0;
  #savedAt = 0;
  #askedAt = 0;
  #writtenWhenUpToDate = 0;
  #status: SinkState["status"] = "starting";
  #since: number;
  #error: string | undefined;
  #isFound = false;
  #sent = 0;
  #errors = 0;
  #missed = 0;
  #lastWriteAt: number | undefined;

  constructor(options: SparkplugLinkOptions) {
    this.#options = options;
    const { config, hubId, now } = options;
    this.#server = new FarServer(config, hubId);
    this.#backoff = new Backoff(config.retryAfter, config.retryAtMost);
    this.#since = now();
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
    if (this.#from !== undefined) await this.#save();
    this.#become("stopped", undefined);
  }

  state(): SinkState {
    const { config, source, now } = this.#options;
    const isCatchingUp = this.#freshFrom === undefined;
    const waiting = Math.max(isCatchingUp ? 1 : 0, source.written() - this.#writtenWhenUpToDate);
    const isBehind = waiting > 0 && this.#from !== undefined;
    return {
      name: config.name,
      type: config.type,
      target: config.url,
      status: this.#status,
      since: this.#since,
      error: this.#error,
      position: this.#from ?? 0,
      backlogRows: waiting,
      lagMs: isBehind ? Math.max(0, now() - (this.#from ?? 0) / 1000) : 0,
      rowsWritten: this.#sent,
      errors: this.#errors,
      missedRows: this.#missed,
      deadLetters: 0,
      deadLettersDropped: 0,
      lastWriteAt: this.#lastWriteAt,
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
        this.#become("up", undefined);
        await this.#askForBirths();
        if (!isMore) await this.#untilMore();
      } catch (error) {
        if (!signal.aborted) await this.#failed(error);
      }
    }
  }

  async #open(): Promise<void> {
    const { config, source, file, now } = this.#options;
    await source.ready();
    if (this.#from === undefined) {
      const kept = file.read();
      this.#from = kept.from ?? (config.begin === "now" ? now() * 1000 : 0);
      this.#confirmed = new Map(kept.nodes.map((node) => [keyOf(node), node]));
      if (kept.from === undefined) await this.#save();
    }
    await this.#server.open(this.#stopping.signal);
    this.#nodes = new Map(
      Array.from(this.#confirmed, ([key, memory]) => [key, this.#nodeOf(memory)]),
    );
    this.#touched.clear();
    this.#freshFrom = undefined;
    this.#underway = 0;
    this.#cursor = source.open(this.#from, (topic) => this.#isWanted(topic));
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
    await this.#moveTo(cursor.readTo);
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
    const key = keyOf(about);
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
    const { config, log, findings } = this.#options;
    const because = reasonOf(error);
    this.#missed += 1;
    await (mayAsk ? node.forget() : node.setAside());
    log.warn({ sink: config.name, edgeNode: key, because }, "an edge node is not carried on");
    findings.note({
      code: "SINK-REFUSED",
      subject: `sink ${config.name}`,
      because: `the edge node ${key}: ${because}`,
    });
  }

  /** All that was taken is at the other side for good. */
  async #confirm(): Promise<void> {
    const { signal } = this.#stopping;
    const keys = [...this.#touched];
    await Promise.all(keys.map((key) => this.#settle(key, signal)));
    for (const key of keys) this.#remember(key);
    this.#touched.clear();
    this.#sent += this.#underway;
    this.#underway = 0;
    this.#lastWriteAt = this.#options.now();
  }

  /** All up to there was carried on, or was not for the other side. */
  async #moveTo(readTo: number | undefined): Promise<void> {
    if (readTo !== undefined && readTo >= (this.#from ?? 0)) {
      this.#from = readTo + 1;
      this.#isSaved = false;
    }
    await this.#saveIfDue();
  }

  async #saveIfDue(): Promise<void> {
    const { now, config } = this.#options;
    const birthsMs = this.#birthsChanged ? this.#birthsMs * BIRTHS_SHARE : 0;
    const isDue = now() - this.#savedAt >= Math.max(config.every, birthsMs);
    if (!this.#isSaved && isDue) await this.#save();
  }

  /** As it is now; one of which there is nothing to be remembered takes no room. */
  #remember(key: string): void {
    const node = this.#nodes.get(key);
    if (node === undefined) return;
    const { memory } = node;
    this.#birthsChanged ||= this.#confirmed.get(key)?.births !== memory.births;
    if (memory.births === undefined) this.#confirmed.delete(key);
    else this.#confirmed.set(key, memory);
    if (node.isBlank) this.#nodes.delete(key);
  }

  async #save(): Promise<void> {
    if (this.#from === undefined) return;
    const { file, now } = this.#options;
    const began = now();
    if (this.#birthsChanged) await file.saveBirths(this.#from, [...this.#confirmed.values()]);
    else await file.savePosition(this.#from);
    this.#savedAt = now();
    if (this.#birthsChanged) this.#birthsMs = this.#savedAt - began;
    this.#birthsChanged = false;
    this.#isSaved = true;
  }

  async #untilMore(): Promise<void> {
    const { signal } = this.#stopping;
    this.#waking = new AbortController();
    this.#wakeWhenMore();
    const either = AbortSignal.any([signal, this.#waking.signal]);
    await pause(IDLE_MS, undefined, { signal: either, ref: false }).catch(() => undefined);
    await this.#saveIfDue();
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
      const key = keyOf(node);
      const isWanted = this.#isWanted(`spBv1.0/${node.groupId}/NBIRTH/${node.edgeNodeId}`);
      if (isWanted && this.#nodes.get(key)?.wantsBirth !== false) requestRebirth(node);
    }
  }

  /** Births may be asked for; nothing else comes in by this way. */
  #commanded(node: NodeId, payload: Uint8Array): void {
    const { config, log, requestRebirth } = this.#options;
    if (isRebirth(payload)) return requestRebirth(node);
    const edgeNode = keyOf(node);
    if (this.#refusedCommands.has(edgeNode) || this.#refusedCommands.size > 1000) return;
    this.#refusedCommands.add(edgeNode);
    log.warn({ sink: config.name, edgeNode }, "a command of the other side is not carried out");
  }

  /** Told once: it holds for all of them as a rule. */
  #unheard(node: NodeId, because: Error): void {
    if (this.#isUnheardTold) return;
    this.#isUnheardTold = true;
    const { config, log } = this.#options;
    const fields = { sink: config.name, edgeNode: keyOf(node), because: reasonOf(because) };
    log.warn(
      fields,
      "the other side lets edge nodes hear no commands, not even what asks for a rebirth",
    );
  }

  // --- what can go wrong ---

  /** The log deletes what is too old or too much, whether it was carried on or not. */
  #lookForGap(cursor: KeptCursor): void {
    const { config, findings } = this.#options;
    const gap = cursor.takeGap();
    if (gap === undefined) return;
    if (this.#touched.size === 0) this.#from = gap.to; // all before it is confirmed
    if (gap.from === 0) return; // it begins with whatever there is
    const because = `what came between ${timeText(gap.from)} and ${timeText(gap.to)} is no longer in the log (replay.sparkplug)`;
    findings.note({ code: "SINK-GAP", subject: `sink ${config.name}`, because });
  }

  async #failed(cause: unknown): Promise<void> {
    const { config, log, now, findings } = this.#options;
    const because = reasonOf(cause);
    this.#errors += 1;
    if (this.#status !== "down")
      log.warn({ sink: config.name, because }, "a sink cannot write; it tries again");
    this.#become("down", because);
    if (!this.#isFound && now() - this.#since >= DOWN_MS) {
      this.#isFound = true;
      findings.note({ code: "SINK-DOWN", subject: `sink ${config.name}`, because });
    }
    this.#isOpen = false;
    await Promise.all(Array.from(this.#nodes.values(), (node) => node.drop()));
    await this.#server.close();
    const { signal } = this.#stopping;
    await pause(this.#backoff.next(), undefined, { signal, ref: false }).catch(() => undefined);
  }

  #become(status: SinkState["status"], error: string | undefined): void {
    this.#error = error;
    if (status === this.#status) return;
    if (status === "up") {
      this.#isFound = false;
      this.#options.log.info({ sink: this.#options.config.name }, "a sink writes");
    }
    this.#status = status;
    this.#since = this.#options.now();
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
      commanded: (node, payload) => this.#commanded(node, payload),
      unheard: (node, because) => this.#unheard(node, because),
      nextBdSeq: (node, own) => file.bdSeqs.next(keyOf(node), own),
      now,
      timeoutMs: config.timeout,
    });
  }
}

function keyOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`;
}

function viaOf(properties: Uint8Array): readonly string[] {
  const start = `${VIA}: `;
  const found = shownProperties(properties).find(({ value }) => value.startsWith(start));
  return found === undefined ? [] : found.value.slice(start.length).split(",");
}

function isRebirth(payload: Uint8Array): boolean {
  try {
    const { metrics } = decodePayload(payload, DECODING);
    return metrics.length === 1 && metrics[0]?.name === REBIRTH;
  } catch {
    return false;
  }
}

function timeText(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString();
}
