/** Parts of the plant that are told again, at the pace of then or faster: which run, how far they are, and their end. */
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@unshub/adapter";
import type { Watcher } from "../../broker/index.ts";
import { messageOf } from "../../caught.ts";
import type { HistoryReader } from "../../history/index.ts";
import type { UnsTree } from "../../tree/index.ts";
import type { PlainTopics } from "../value-source.ts";
import { EdgeNodes } from "./edge-nodes.ts";
import { eventsOf, metricsBelow, type PastEvent, type ToldMetric } from "./past-events.ts";
import { Sandbox } from "./sandbox.ts";
import type { Publish, Target } from "./target.ts";

export interface RepublisherOptions {
  /** `undefined`: nothing is recorded. */
  readonly reader: Pick<HistoryReader, "at" | "values"> | undefined;
  readonly tree: UnsTree;
  readonly plain: () => PlainTopics;
  readonly publish: Publish;
  /** Whether an edge node is there, which must not be spoken for. */
  readonly isThere: (group: string, edgeNode: string) => boolean;
  /** Topics are heard by others now. */
  readonly watchersChanged: () => void;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface RepublishAsked {
  readonly path: string;
  readonly since: number;
  readonly until: number;
  /** How many times faster than it was. */
  readonly speed: number;
  readonly as:
    | { readonly kind: "historical" }
    | { readonly kind: "sandbox"; readonly prefix: string };
}

/** How far it is. */
export interface RepublishState extends RepublishAsked {
  readonly id: number;
  readonly state: "running" | "done" | "stopped" | "failed";
  readonly because: string | undefined;
  readonly metrics: number;
  /** Values that were told. */
  readonly published: number;
  /** The time of the last of them; `since` before there is one. */
  readonly reached: number;
  readonly startedAt: number;
}

/** Why it is not done, as a sentence. */
export class RepublishError extends Error {
  override readonly name = "RepublishError";
  readonly kind: "not found" | "refused";

  constructor(kind: RepublishError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

const MOST_RUNNING = 4;
const MOST_KEPT = 20;
const MOST_METRICS = 10_000;
/** Values that are told in one turn. */
const AT_ONCE = 500;

interface Checked {
  readonly metrics: readonly ToldMetric[];
  readonly reader: NonNullable<RepublisherOptions["reader"]>;
  readonly target: Target;
}

type Running = { -readonly [Key in keyof RepublishState]: RepublishState[Key] } & {
  readonly abort: AbortController;
  readonly target: Target;
  ended: Promise<void>;
};

export class Republisher {
  readonly #options: RepublisherOptions;
  readonly #jobs = new Map<number, Running>();
  readonly #lastBdSeq = new Map<string, number>();
  #lastId = 0;

  constructor(options: RepublisherOptions) {
    this.#options = options;
  }

  /** What would be told, and where. `mayRead`: whether who asks may read a metric. @throws {RepublishError} */
  async checked(asked: RepublishAsked, mayRead: (id: number) => boolean): Promise<Checked> {
    const { reader, tree } = this.#options;
    if (reader === undefined)
      throw new RepublishError("refused", "nothing is recorded: history.record is false");
    this.#checkRoom();
    const metrics = await metricsBelow({ reader, tree, mayRead }, asked.path, MOST_METRICS);
    if (metrics === undefined)
      throw new RepublishError(
        "refused",
        `more than ${MOST_METRICS} metrics below "${asked.path}"`,
      );
    if (metrics.length === 0)
      throw new RepublishError("not found", `no metric with a history at or below "${asked.path}"`);
    this.#checkRoom(); // others came meanwhile
    return { metrics, reader, target: this.#targetOf(asked, metrics) };
  }

  /**
   * As `checked`, and tells it. `note`: before it does, with its number; what that throws keeps it from being told.
   * @throws {RepublishError}
   */
  async start(
    asked: RepublishAsked,
    mayRead: (id: number) => boolean,
    note?: (id: number) => void,
  ): Promise<RepublishState> {
    const { metrics, reader, target } = await this.checked(asked, mayRead);
    const { path, since, until, speed, as } = asked;
    note?.(this.#lastId + 1);
    this.#lastId += 1;
    const job: Running = {
      path,
      since,
      until,
      speed,
      as,
      id: this.#lastId,
      state: "running",
      because: undefined,
      metrics: metrics.length,
      published: 0,
      reached: asked.since,
      startedAt: this.#options.now(),
      abort: new AbortController(),
      target,
      ended: Promise.resolve(),
    };
    this.#keep(job);
    job.ended = this.#run(job, metrics, reader);
    return stateOf(job);
  }

  all(): readonly RepublishState[] {
    return [...this.#jobs.values()].map(stateOf);
  }

  /** Resolves with how far it came, when its last word is said; `undefined`: there is none. */
  async stop(id: number): Promise<RepublishState | undefined> {
    const job = this.#jobs.get(id);
    if (job === undefined) return undefined;
    job.abort.abort();
    await job.ended;
    return stateOf(job);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#jobs.keys()].map((id) => this.stop(id)));
  }

  /** Who hears a topic on which something is told again; `undefined`: it is none. */
  watcherOf(topic: string): Watcher | undefined {
    for (const { target, state } of this.#jobs.values()) {
      const watcher = state === "running" ? target.watcherOf?.(topic) : undefined;
      if (watcher !== undefined) return watcher;
    }
    return undefined;
  }

  #checkRoom(): void {
    const running = this.all().filter(({ state }) => state === "running");
    if (running.length < MOST_RUNNING) return;
    throw new RepublishError("refused", `${MOST_RUNNING} replays run already; stop one of them`);
  }

  #targetOf({ as }: RepublishAsked, metrics: readonly ToldMetric[]): Target {
    const { tree, plain, publish, isThere } = this.#options;
    if (as.kind === "sandbox") {
      if (!plain().isProjected)
        throw new RepublishError(
          "refused",
          "there are no plain topics: uns.projection is left out",
        );
      const [first] = metrics.flatMap(({ id }) => plain().topicOf(id) ?? []);
      if (plain().owns(`${as.prefix}/${first ?? ""}`))
        throw new RepublishError("refused", `below "${as.prefix}" is what the plant says now`);
      return new Sandbox({ prefix: as.prefix, tree, plain: plain(), publish });
    }
    const nodes = new EdgeNodes({ metrics, tree, publish, lastBdSeq: this.#lastBdSeq });
    const taken = nodes.names.find((name) => {
      const [group = "", edgeNode = ""] = name.split("/");
      return isThere(group, edgeNode) || this.watcherOf(`spBv1.0/${group}/NDATA/${edgeNode}`);
    });
    if (taken !== undefined)
      throw new RepublishError("refused", `the edge node ${taken} is there already`);
    return nodes;
  }

  #keep(job: Running): void {
    this.#jobs.set(job.id, job);
    for (const { id, state } of this.#jobs.values()) {
      if (this.#jobs.size <= MOST_KEPT) return;
      if (state !== "running") this.#jobs.delete(id);
    }
  }

  async #run(
    job: Running,
    metrics: readonly ToldMetric[],
    reader: NonNullable<RepublisherOptions["reader"]>,
  ): Promise<void> {
    const { log, watchersChanged } = this.#options;
    const { id, path, target } = job;
    log.info({ id, path, metrics: metrics.length }, "a part of the plant is told again");
    try {
      await target.begin();
      watchersChanged();
      await this.#tell(job, eventsOf(reader, metrics, job));
      await target.end();
      job.state = job.abort.signal.aborted ? "stopped" : "done";
    } catch (error) {
      job.state = "failed";
      job.because = messageOf(error);
      log.error({ id, path, error }, "a part of the plant could not be told again");
    }
    watchersChanged();
    log.info({ id, path, published: job.published, state: job.state }, "a replay has ended");
  }

  /** What comes next is fetched while the rest is told. */
  async #tell(job: Running, stretches: AsyncGenerator<readonly PastEvent[]>): Promise<void> {
    let next = await stretches.next();
    const began = performance.now();
    while (next.done !== true && !job.abort.signal.aborted) {
      const fetching = stretches.next();
      fetching.catch(() => undefined); // it is awaited below, unless telling fails first
      await this.#tellEvents(job, next.value, began);
      next = await fetching;
    }
  }

  async #tellEvents(job: Running, events: readonly PastEvent[], began: number): Promise<void> {
    const { signal } = job.abort;
    let at = 0;
    while (at < events.length && !signal.aborted) {
      const due = job.since + (performance.now() - began) * job.speed;
      const end = endOfDue(events, at, due);
      if (end === at) {
        const waitMs = ((events[at]?.value.time ?? due) - due) / job.speed;
        await pause(Math.max(1, Math.min(waitMs, 1000)), undefined, { signal }).catch(
          () => undefined,
        );
        continue;
      }
      job.published += await job.target.say(events.slice(at, end));
      job.reached = events[end - 1]?.value.time ?? job.reached;
      at = end;
      await turn();
    }
  }
}

function endOfDue(events: readonly PastEvent[], from: number, due: number): number {
  let end = from;
  while (end < events.length && end - from < AT_ONCE && (events[end]?.value.time ?? 0) <= due)
    end += 1;
  return end;
}

function stateOf(job: Running): RepublishState {
  const { abort: _abort, target: _target, ended: _ended, ...state } = job;
  return state;
}
