/**
 * A link: keeps one connection open for all its devices, connects again with back-off, and says how it stands. What
 * goes over the connection is the engine's affair (`tcp-transactions.ts`, `rtu-bus.ts`), how it is opened the
 * carrier's. At most one connection exists at any time: the old one is given back before a new one is opened.
 */
import type { LinkState, Logger } from "@unshub/adapter";
import { sleep, type Clock } from "../clock.ts";
import { ModbusError } from "../errors.ts";
import { Alarm } from "./alarm.ts";
import type { OpenCarrier } from "./carrier.ts";
import { Connection } from "./connection.ts";
import { newCounters, type LinkCounters } from "./counters.ts";
import type { Engine, EngineHost } from "./engine.ts";
import { DEFAULTS, linkName, type LinkConfig } from "./link-config.ts";
import { hasData } from "./pdu.ts";
import { ReconnectPauses } from "./reconnect.ts";
import { RequestQueue } from "./request-queue.ts";
import type { WireRequest } from "./request.ts";
import { FrameTrace } from "./trace.ts";

/** Told of every change of a link; `cause` when it went down. */
export interface LinkWatcher {
  changed(state: LinkState, cause?: ModbusError): void;
}

/** One link to the devices behind a socket or a port. */
export interface ModbusLink {
  /** `host:port` or the port's path. */
  readonly name: string;
  /** `up` includes a connection that was closed because nothing was asked for long; `degraded`: nobody answers. */
  readonly state: LinkState;
  /** When it came to that; milliseconds since 1970 UTC. */
  readonly since: number;
  /** Why it was down last. */
  readonly lastError: ModbusError | undefined;
  /** Queues; everything queued in one turn leaves as one write. `done` is called later, exactly once. */
  send(request: WireRequest): void;
  /** Takes back a request that still waits; its `done` is not called. False when it is on the wire or unknown. */
  cancel(request: WireRequest): boolean;
  /** Requests that wait and those on the wire. */
  readonly waiting: number;
  watch(watcher: LinkWatcher): () => void;
  readonly counters: Readonly<LinkCounters>;
  readonly trace: FrameTrace;
  start(): void;
  /** Resolves when the connection is closed and every request is finished. */
  stop(): Promise<void>;
}

/** What a link is lent. */
export interface LinkContext {
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** 0 (inclusive) to 1 (exclusive), for the back-off. */
  readonly random?: () => number;
}

/** The two parts that differ between transports. */
export interface LinkParts {
  readonly open: OpenCarrier;
  readonly engine: (host: EngineHost) => Engine;
  /** A new connection may help when nobody answers; a serial port is no connection. */
  readonly replacesSilent: boolean;
}

/** So many unanswered requests in a row, of whatever unit, make a link degraded. */
const DEGRADED_AFTER = 2;
/** A peer that was switched off leaves a connection that looks alive for minutes; after so many it is replaced. */
const REPLACED_AFTER = 3;

interface Refused {
  readonly request: WireRequest;
  readonly cause: ModbusError;
}

/** A link over our own engines. */
export class WireLink implements ModbusLink {
  readonly name: string;
  readonly counters = newCounters();
  readonly trace: FrameTrace;
  #state: LinkState = "disabled";
  #since: number;
  #lastError: ModbusError | undefined;
  readonly #config: LinkConfig;
  readonly #context: LinkContext;
  readonly #parts: LinkParts;
  readonly #engine: Engine;
  readonly #queue = new RequestQueue();
  readonly #pauses: ReconnectPauses;
  readonly #idleAlarm: Alarm;
  readonly #watchers = new Set<LinkWatcher>();
  #refused: Refused[] = [];
  #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #connection: Connection | undefined;
  /** Resolved by the next request after an idle close. */
  #wake: (() => void) | undefined;
  #isTurnPlanned = false;
  #isReceiving = false;
  #timeoutsInARow = 0;
  #healthySince = 0;
  /** How many requests there had been when we last looked whether the link is idle. */
  #requestsBefore = 0;
  #lastComplaint = "";
  #hasAnswered = false;

  constructor(config: LinkConfig, context: LinkContext, parts: LinkParts) {
    this.#config = config;
    this.#context = context;
    this.#parts = parts;
    this.name = linkName(config);
    this.#since = context.now();
    const isMbap = config.framing === "tcp" || config.framing === "tls";
    this.trace = new FrameTrace(isMbap ? "mbap" : "rtu");
    this.#pauses = new ReconnectPauses(config.reconnect, context.random);
    this.#idleAlarm = new Alarm(context.clock, (nowMs) => this.#closeIdle(nowMs));
    this.#engine = parts.engine(this.#host());
  }

  get state(): LinkState {
    return this.#state;
  }

  get since(): number {
    return this.#since;
  }

  get lastError(): ModbusError | undefined {
    return this.#lastError;
  }

  get waiting(): number {
    return this.#queue.length + this.#engine.inFlight;
  }

  send(request: WireRequest): void {
    const cause = this.#refusal(request);
    if (cause !== undefined) this.#refused.push({ request, cause });
    else if (this.#connection === undefined) this.#wake?.();
    // While bytes come in, the engine sends by itself what was asked meanwhile.
    if (this.#isTurnPlanned || (this.#isReceiving && cause === undefined)) return;
    this.#isTurnPlanned = true;
    queueMicrotask(this.#turn);
  }

  cancel(request: WireRequest): boolean {
    return this.#queue.remove(request);
  }

  watch(watcher: LinkWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const cause = stopped(this.name);
    this.#connection?.end(cause);
    this.#wake?.();
    await this.#running;
    this.#running = undefined;
    this.#become("disabled", cause);
    this.#finishWaiting(cause);
  }

  readonly #turn = (): void => {
    this.#isTurnPlanned = false;
    for (const { request, cause } of this.#refused.splice(0))
      request.done({ kind: "linkDown", cause, wasSent: false });
    this.#engine.pump();
  };

  readonly #received = (bytes: Uint8Array, length: number): void => {
    this.#isReceiving = true;
    try {
      this.#engine.received(bytes, length);
    } finally {
      this.#isReceiving = false;
    }
  };

  /** Why `request` cannot even wait; it was queued when there is no reason. */
  #refusal(request: WireRequest): ModbusError | undefined {
    const { name } = this;
    const isUp = this.#state === "up" || this.#state === "degraded";
    if (!isUp) return new ModbusError("LINK_DOWN", `no connection to ${name}`, this.#why());
    if (request.unit === 0 || request.reply.kind === "none") {
      const cause = this.#refusalOfNobodys(request);
      if (cause !== undefined) return cause;
    }
    if (this.#queue.push(request)) return undefined;
    return new ModbusError("QUEUE_FULL", `${name}: too many requests wait already`);
  }

  /** Why a request that nobody, or everybody, answers is not possible. */
  #refusalOfNobodys({ reply, pdu }: WireRequest): ModbusError | undefined {
    const isMbap = this.#config.framing === "tcp" || this.#config.framing === "tls";
    const isRefused = isMbap ? reply.kind === "none" : hasData(pdu[0] ?? 0);
    if (!isRefused) return undefined;
    const what = isMbap ? "a request without an answer" : "a read of all units at once";
    return new ModbusError("BAD_REQUEST", `${this.name}: ${what} is not possible`);
  }

  #why(): { readonly cause: ModbusError } | undefined {
    return this.#lastError && { cause: this.#lastError };
  }

  #host(): EngineHost {
    const { clock } = this.#context;
    return {
      name: this.name,
      queue: this.#queue,
      counters: this.counters,
      trace: this.trace,
      clock,
      now: () => this.#context.now(),
      answered: () => this.#noteAnswer(),
      timedOut: () => this.#noteTimeout(),
      broken: (cause) => this.#connection?.end(cause),
    };
  }

  /** Keeps a connection until `signal` is aborted. */
  async #run(signal: AbortSignal): Promise<void> {
    let isIdle = false;
    while (!signal.aborted) {
      if (!isIdle) this.#become("connecting");
      const cause = await this.#connectOnce(signal);
      isIdle = cause === "idle";
      if (signal.aborted) return;
      if (cause === "idle") continue;
      this.#complain(cause);
      this.#become("backoff", cause);
      this.#finishWaiting(cause);
      await sleep(this.#context.clock, this.#pauses.next(), signal);
    }
  }

  /** Resolves with the reason when this connection has ended or could not be made; never rejects. */
  async #connectOnce(signal: AbortSignal): Promise<ModbusError | "idle"> {
    const connection = new Connection(this.#engine, this.#received);
    try {
      await this.#open(connection, signal);
    } catch (cause) {
      this.counters.connectFailures += 1;
      if (cause instanceof ModbusError) return cause;
      return new ModbusError("CONNECT_FAILED", `${this.name}: ${String(cause)}`, { cause });
    }
    if (signal.aborted) await connection.close();
    else return await this.#use(connection, signal);
    return stopped(this.name);
  }

  /** Opens within the time allowed; a stop gives up as well. */
  async #open(connection: Connection, signal: AbortSignal): Promise<void> {
    const { name } = this;
    const ms = this.#config.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs;
    const silent = `cannot connect to ${name}: no answer within ${ms} ms`;
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort(stopped(name));
    const cancel = this.#context.clock.after(ms, () =>
      giveUp.abort(new ModbusError("CONNECT_FAILED", silent)),
    );
    signal.addEventListener("abort", stop);
    try {
      await connection.open(this.#parts.open, giveUp.signal);
    } finally {
      cancel();
      signal.removeEventListener("abort", stop);
    }
  }

  async #use(connection: Connection, signal: AbortSignal): Promise<ModbusError | "idle"> {
    const { clock, log } = this.#context;
    const nowMs = clock.elapsedMs();
    this.#connection = connection;
    this.#timeoutsInARow = 0;
    this.#hasAnswered = false;
    this.#healthySince = nowMs;
    this.counters.connects += 1;
    connection.attach(nowMs + (this.#config.pauseAfterConnectMs ?? 0));
    log.debug({ link: this.name }, "connected");
    this.#become("up");
    this.#engine.pump();
    if (this.#config.idleCloseMs) this.#idleAlarm.by(nowMs + this.#config.idleCloseMs);

    const cause = await connection.ended;

    this.#connection = undefined;
    this.#idleAlarm.clear();
    const isHealthy = this.#timeoutsInARow < DEGRADED_AFTER;
    this.#pauses.ended(isHealthy ? clock.elapsedMs() - this.#healthySince : 0);
    await connection.close();
    if (cause === "idle") await this.#untilWoken(signal);
    else if (cause.code !== "STOPPED") this.counters.lost += 1;
    return cause;
  }

  #closeIdle(nowMs: number): void {
    const { requests } = this.counters;
    if (this.waiting === 0 && requests === this.#requestsBefore) this.#connection?.end("idle");
    this.#requestsBefore = requests;
    this.#idleAlarm.by(nowMs + (this.#config.idleCloseMs ?? 0));
  }

  async #untilWoken(signal: AbortSignal): Promise<void> {
    if (this.#queue.length > 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
  }

  #finishWaiting(cause: ModbusError): void {
    for (const request of this.#queue.drain())
      request.done({ kind: "linkDown", cause, wasSent: false });
  }

  /** Only an answer proves a link: some accept a connection and close it, or speak something else. */
  #noteAnswer(): void {
    if (this.#timeoutsInARow >= DEGRADED_AFTER) {
      this.#healthySince = this.#context.clock.elapsedMs();
      this.#become("up");
    }
    this.#timeoutsInARow = 0;
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#lastComplaint = "";
    this.#context.log.info({ link: this.name }, "link up");
  }

  #noteTimeout(): void {
    this.#timeoutsInARow += 1;
    const count = this.#timeoutsInARow;
    if (count === DEGRADED_AFTER) this.#become("degraded");
    if (count < REPLACED_AFTER || !this.#parts.replacesSilent) return;
    const message = `${this.name}: ${count} requests in a row were not answered`;
    this.#connection?.end(new ModbusError("TIMEOUT", message));
  }

  #become(state: LinkState, cause?: ModbusError): void {
    if (cause !== undefined) this.#lastError = cause;
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#context.now();
    for (const watcher of this.#watchers) watcher.changed(state, cause);
  }

  /** Says a cause once, not at every try, until the link has worked again. */
  #complain(cause: ModbusError): void {
    const isNews = cause.message !== this.#lastComplaint;
    this.#lastComplaint = cause.message;
    const { log } = this.#context;
    log[isNews ? "warn" : "debug"](
      { link: this.name, cause, counters: { ...this.counters } },
      "link down",
    );
  }
}

function stopped(name: string): ModbusError {
  return new ModbusError("STOPPED", `${name}: the link was stopped`);
}
