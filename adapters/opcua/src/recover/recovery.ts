/**
 * Keeps one connection to one server, for ever. Each turn of the loop opens a connection, takes over what the server still
 * has of the one before, and waits until it is lost. `connected → suspect → reconnecting → resyncing → connected`.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Backoff, type Logger } from "@unshub/adapter";
import type { ClientSession } from "node-opcua-client";
import { pauseAfter } from "../connect/pause.ts";
import { OpcUaError } from "../errors.ts";
import type { RawSession } from "../raw-session.ts";
import type { OpcUaLink } from "../session.ts";
import type { LocatedTag } from "../values/tag-node.ts";
import type { EndpointChoice } from "./endpoint-choice.ts";
import type { Live, LiveOptions } from "./live.ts";
import { readHealth, type ServerHealth, type WatchTimes } from "./server-watch.ts";
import { SessionWork, type BroughtUp, type Survivor } from "./session-work.ts";

export type RecoveryState = "connected" | "suspect" | "reconnecting" | "resyncing" | "stopped";

/** Small values make tests short; they are no configuration. */
export interface RecoveryTimes {
  readonly watch: WatchTimes;
  /** How long a connection may take from its first byte to values, in ms, and how much longer for each tag. */
  readonly readyWithinMs: number;
  readonly readyPerTagMs: number;
  readonly retryMissingMs: number;
  /** The first wait after a failure and the longest, in ms. */
  readonly pausesMs: readonly [first: number, longest: number];
  /** Trying a wrong password more often would lock the account. */
  readonly rejectedPauseMs: number;
  /** How often the other servers of a redundant set are looked at. */
  readonly lookAroundMs: number;
}

export const TIMES: RecoveryTimes = {
  watch: { everyMs: 2_000, withinMs: 2_000 },
  readyWithinMs: 60_000,
  readyPerTagMs: 5,
  retryMissingMs: 60_000,
  pausesMs: [500, 10_000],
  rejectedPauseMs: 300_000,
  lookAroundMs: 10_000,
};

export interface RecoveryOptions {
  readonly log: Logger;
  readonly times: RecoveryTimes;
  readonly endpoints: EndpointChoice;
  readonly signal: AbortSignal;
  readonly live: LiveOptions;
  /** At most one birth because of changed types in this time. */
  readonly rebirthHoldoffMs: number;
  /** How many tags there may be. */
  mostTags(): number;
  open(endpoint: string, signal: AbortSignal, kept: ClientSession | undefined): Promise<OpcUaLink>;
  locate(session: RawSession): Promise<readonly LocatedTag[]>;
  lookAround(session: RawSession): Promise<void>;
  readonly listener: RecoveryListener;
}

interface RecoveryListener {
  /** Values are in the tables. */
  arrived(): void;
  /** All values are in doubt. */
  doubt(word: string, reason: Error): void;
  trust(): void;
  /** Everything was read; the tables are those of `live`. `hasGap`: values may have been lost before. */
  ready(live: Live, hasGap: boolean): Promise<void>;
}

/** Counters since the start. */
export interface RecoveryCounters {
  connections: number;
  resumed: number;
  transferred: number;
  recreated: number;
  /** Outages after which values may be missing. */
  gaps: number;
  births_for_types: number;
}

/** A connection that lived this long was healthy: the next failure starts with a short wait again. */
const HEALTHY_AFTER_MS = 30_000;

export class Recovery {
  readonly counters: RecoveryCounters = {
    connections: 0,
    resumed: 0,
    transferred: 0,
    recreated: 0,
    gaps: 0,
    births_for_types: 0,
  };
  readonly #options: RecoveryOptions;
  readonly #backoff: Backoff;
  #work: SessionWork | undefined;
  #survivor: Survivor | undefined;
  #kept: ClientSession | undefined;
  #state: RecoveryState = "reconnecting";
  #since = 0;
  #lastError: string | undefined;
  #renewedAtMs = -Infinity;
  #lookedAtMs = 0;
  /** What the operator was told of the link last; told once, not at each try. `undefined`: that all is well. */
  #complaint: string | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#backoff = new Backoff(...options.times.pausesMs);
  }

  get state(): RecoveryState {
    return this.#state;
  }

  /** When the state became what it is, in ms since 1970 UTC. */
  get since(): number {
    return this.#since;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** What runs now; `undefined` while there is no connection. */
  get live(): Live | undefined {
    return this.#state === "connected" || this.#state === "suspect" ? this.#work?.live : undefined;
  }

  /** Reads everything anew soon: nodes may have come or gone. */
  renew(): void {
    this.#work?.renewSoon(0);
  }

  /** As `renew`, but not more often than devices may be born anew. */
  renewInTime(): void {
    this.#work?.renewSoon(this.#mayRenew() ? 0 : this.#options.rebirthHoldoffMs);
  }

  /** Resolves when it was stopped and everything is closed. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const reason = await this.#serve();
      if (signal.aborted) break;
      this.#enter("reconnecting");
      this.#lastError = lastErrorOf(reason);
      this.#options.listener.doubt("link_lost", reason);
      this.#complain(reason);
      if (performance.now() - startedAt > HEALTHY_AFTER_MS) this.#backoff.reset();
      // The only way this rejects is that we are stopping: then the loop ends by itself.
      await delay(this.#pauseAfter(reason), undefined, { signal }).catch(() => undefined);
    }
    this.#enter("stopped");
  }

  /** How long to wait before the next try, in ms. */
  #pauseAfter(reason: Error): number {
    const refused = reason instanceof OpcUaError && reason.code === "IDENTITY_REJECTED";
    if (refused) return this.#options.times.rejectedPauseMs;
    return pauseAfter(reason) ?? this.#backoff.next();
  }

  /** One connection from its beginning to its end. Resolves with why it ended; never rejects. */
  async #serve(): Promise<Error> {
    const { endpoints, signal } = this.#options;
    const endpoint = endpoints.current;
    let link: OpcUaLink | undefined;
    try {
      link = await this.#options.open(endpoint, signal, this.#kept);
      this.#kept = undefined;
      return await this.#workOn(link, endpoint);
    } catch (cause) {
      if (link === undefined) this.#unreachable();
      return cause instanceof Error ? cause : new Error(String(cause));
    } finally {
      if (link !== undefined) await this.#letGo(link);
    }
  }

  async #workOn(link: OpcUaLink, endpoint: string): Promise<Error> {
    const { log, live, times } = this.#options;
    this.#enter("resyncing");
    this.counters.connections += 1;
    const work = new SessionWork({
      link,
      endpoint,
      log,
      live,
      locate: (session) => this.#options.locate(session),
      lookAround: (session) => this.#options.lookAround(session),
      watch: times.watch,
      readyWithinMs: times.readyWithinMs + this.#options.mostTags() * times.readyPerTagMs,
      retryMissingMs: times.retryMissingMs,
      listener: {
        arrived: () => this.#options.listener.arrived(),
        doubt: (word, reason) => this.#doubt(word, reason),
        trust: () => this.#trust(),
        renewed: (fresh, how) => this.#renewed(fresh, how),
        health: (health) => void this.#lookAt(health, link),
        mayRenew: () => this.#mayRenew(),
      },
    });
    this.#work = work;
    const ended = Promise.race([link.lost, this.#stopped()]);
    const isUp = work.bringUp(this.#survivor).then(() => undefined);
    return (await Promise.race([isUp, ended])) ?? (await ended);
  }

  async #letGo(link: OpcUaLink): Promise<void> {
    this.#survivor = this.#work?.end();
    this.#work = undefined;
    if (this.#options.signal.aborted || this.#survivor === undefined) {
      this.#kept = undefined;
      await link.close(); // nothing runs on its session: it would only use up what the server has
      return;
    }
    this.#kept = link.session;
    await link.detach();
  }

  /** The other servers know nothing of our session. */
  #unreachable(): void {
    const { endpoints } = this.#options;
    const before = endpoints.current;
    endpoints.failed();
    if (endpoints.current !== before) this.#forget();
  }

  #forget(): void {
    this.#kept = undefined;
    this.#survivor = undefined;
  }

  #enter(state: RecoveryState): void {
    if (state !== this.#state) this.#since = this.#options.live.now();
    this.#state = state;
  }

  #doubt(word: string, reason: Error): void {
    if (this.#state === "connected") this.#enter("suspect");
    this.#lastError = reason.message;
    this.#options.log.debug({ cause: reason.message }, "the values are in doubt");
    this.#options.listener.doubt(word, reason);
  }

  #trust(): void {
    if (this.#state === "suspect") this.#enter("connected");
    this.#options.listener.trust();
  }

  #renewed(live: Live, how: BroughtUp | "renewed"): void {
    const isAfterOutage = how === "new" && this.#survivor !== undefined;
    if (how === "resumed") this.counters.resumed += 1;
    if (how === "transferred") this.counters.transferred += 1;
    if (isAfterOutage) {
      this.counters.recreated += 1;
      this.counters.gaps += 1;
    }
    this.#enter("connected");
    this.#tell(live, how);
    void this.#options.listener.ready(live, isAfterOutage);
  }

  #mayRenew(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#renewedAtMs < this.#options.rebirthHoldoffMs) return false;
    this.#renewedAtMs = nowMs;
    this.counters.births_for_types += 1;
    return true;
  }

  /** In a redundant set: whether another server would serve better. */
  async #lookAt({ state, serviceLevel }: ServerHealth, link: OpcUaLink): Promise<void> {
    const { endpoints, times } = this.#options;
    const nowMs = performance.now();
    const level = state === "Running" ? serviceLevel : 0;
    endpoints.heard(endpoints.current, level, nowMs);
    if (!endpoints.looksAround || nowMs - this.#lookedAtMs < times.lookAroundMs) return;
    this.#lookedAtMs = nowMs;
    for (const endpoint of endpoints.others) {
      endpoints.heard(endpoint, await this.#levelOf(endpoint), performance.now());
    }
    const from = endpoints.current;
    if (!link.alive || !endpoints.moveOn(performance.now())) return;
    this.#options.log.warn({ from, to: endpoints.current }, "goes over to another server");
    this.#work?.end();
    this.#work = undefined;
    this.#forget();
    link.giveUp(new OpcUaError("LINK_LOST", `${from}: another server serves better`));
  }

  async #levelOf(endpoint: string): Promise<number | undefined> {
    const { signal, times } = this.#options;
    try {
      const link = await this.#options.open(endpoint, signal, undefined);
      try {
        const { state, serviceLevel } = await readHealth(link.session, times.watch.withinMs);
        return state === "Running" ? serviceLevel : 0;
      } finally {
        await link.close();
      }
    } catch {
      return undefined; // it is not there; the one in use is told of elsewhere
    }
  }

  /** Says what an operator should know of a fresh connection. */
  #tell({ values }: Live, how: BroughtUp | "renewed"): void {
    const { log, endpoints } = this.#options;
    this.#complaint = undefined;
    const fields = { endpoint: endpoints.current, tags: values.items.length, how };
    log.info(fields, "connected to the OPC UA server");
    if (how === "resumed" || how === "transferred") return;
    for (const { node, table, first } of values.items) {
      const { quality, why } = table.last.get(first);
      if (quality !== 2) continue;
      const { device, name } = node.tag;
      log.warn({ device, metric: name, reason: why?.reason }, "the tag has no value");
    }
  }

  #complain(reason: Error): void {
    const { log, endpoints } = this.#options;
    const state = reason instanceof OpcUaError ? reason.state : "failed";
    const fields = { endpoint: endpoints.current, state, cause: reason.message };
    if (this.#complaint === state) log.debug(fields, "still no link to the OPC UA server");
    else log.warn(fields, "no link to the OPC UA server; trying again");
    this.#complaint = state;
  }

  /** Resolves when it is stopped. */
  #stopped(): Promise<Error> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const stop = (): void => resolve(new Error("the adapter was stopped"));
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
}

/** The state first, so that whoever looks can tell one from another. */
function lastErrorOf(reason: Error): string {
  return reason instanceof OpcUaError ? `${reason.state}: ${reason.message}` : reason.message;
}
