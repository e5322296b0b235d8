/**
 * The link: keeps one TCP connection open for all its devices. Connects, waits with back-off when that fails, says
 * when the link goes up and down. At most one socket at any time.
 */
import type { Socket } from "node:net";
import { Backoff, type Logger } from "@unshub/adapter";
import { ModbusClient, type Answer, type DroppedReplies, type Priority } from "./client.ts";
import { sleep, type Clock } from "./clock.ts";
import type { LinkConfig } from "./config.ts";
import { ModbusError } from "./errors.ts";
import type { ModbusRequest } from "./pdu.ts";
import { connectSocket, peerName } from "./socket.ts";

/** What a link is lent by its adapter. */
export interface LinkOptions {
  readonly config: LinkConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Whether some device on this link answers. While none does, a silent connection is replaced. */
  readonly isInUse: () => boolean;
}

/** Told when the link goes up and down. */
export interface LinkWatcher {
  up(): void;
  down(cause: ModbusError): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** A connection that lasted this long was a good one. */
const HEALTHY_AFTER_MS = 30_000;
/** After this many unanswered requests in a row the peer may have lost our connection without a word. */
const SILENT_AFTER = 3;

/** One TCP connection, renewed as often as needed. */
export class Link {
  /** `host:port`. */
  readonly name: string;
  readonly dropped: DroppedReplies = { late: 0, foreign: 0, wrongUnit: 0, mismatched: 0 };
  readonly #options: LinkOptions;
  readonly #watchers = new Set<LinkWatcher>();
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS);
  #client: ModbusClient | undefined;
  #timeoutsInARow = 0;
  #hasAnswered = false;
  #lastComplaint = "";

  constructor(options: LinkOptions) {
    this.#options = options;
    this.name = peerName(options.config);
  }

  get isUp(): boolean {
    return this.#client !== undefined;
  }

  /** Tells `watcher` of every change until the function returned is called. */
  watch(watcher: LinkWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Keeps the link up until `signal` is aborted; then closes it and resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#connectOnce(signal);
      await sleep(this.#options.clock, this.#backoff.next(), signal);
    }
  }

  /**
   * The answer of `unit`.
   * @throws {ModbusError} LINK_DOWN when there is no connection, and what `ModbusClient.request` throws.
   */
  async request(unit: number, request: ModbusRequest, priority?: Priority): Promise<Answer> {
    const client = this.#client;
    if (client === undefined) throw new ModbusError("LINK_DOWN", `no connection to ${this.name}`);
    try {
      const answer = await client.request(unit, request, priority);
      this.#noteAnswer();
      return answer;
    } catch (cause) {
      if (cause instanceof ModbusError && cause.code === "TIMEOUT") this.#noteTimeout(client);
      throw cause;
    }
  }

  /** Resolves when this connection has ended or could not be made; never rejects. */
  async #connectOnce(signal: AbortSignal): Promise<void> {
    try {
      const socket = await connectSocket(this.#options.config, signal);
      if (signal.aborted) socket.destroy();
      else await this.#use(this.#clientOn(socket), signal);
    } catch (cause) {
      if (!(cause instanceof ModbusError)) throw cause;
      if (!signal.aborted) this.#complain(cause);
    }
  }

  #clientOn(socket: Socket): ModbusClient {
    const { config, clock, now } = this.#options;
    const { name, dropped } = this;
    return new ModbusClient(socket, { name, timeoutMs: config.timeoutMs, clock, now, dropped });
  }

  /** Lends `client` to the devices until it is closed. */
  async #use(client: ModbusClient, signal: AbortSignal): Promise<void> {
    const stop = (): void => client.close(new ModbusError("STOPPED", "the adapter was stopped"));
    signal.addEventListener("abort", stop);
    const { clock, log } = this.#options;
    const since = clock.elapsedMs();
    this.#client = client;
    this.#timeoutsInARow = 0;
    this.#hasAnswered = false;
    log.debug({ link: this.name }, "connected");
    for (const watcher of this.#watchers) watcher.up();

    const cause = await client.closed;

    signal.removeEventListener("abort", stop);
    this.#client = undefined;
    if (clock.elapsedMs() - since >= HEALTHY_AFTER_MS) this.#backoff.reset();
    if (!signal.aborted) this.#complain(cause);
    for (const watcher of this.#watchers) watcher.down(cause);
  }

  /** Only an answer proves a link: some accept a connection and close it, or speak something else. */
  #noteAnswer(): void {
    this.#timeoutsInARow = 0;
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#lastComplaint = "";
    this.#options.log.info({ link: this.name }, "link up");
  }

  /**
   * A peer that was switched off leaves a connection that looks alive for minutes. It is given up only while no
   * device answers, so that one silent unit behind a gateway cannot disturb the others.
   */
  #noteTimeout(client: ModbusClient): void {
    this.#timeoutsInARow += 1;
    if (this.#timeoutsInARow < SILENT_AFTER || this.#options.isInUse()) return;
    const message = `${this.name}: ${this.#timeoutsInARow} requests in a row were not answered`;
    client.close(new ModbusError("LINK_LOST", message));
  }

  /** Says a cause once, not at every try, until the link has worked again. */
  #complain(cause: ModbusError): void {
    const { log } = this.#options;
    const isNews = cause.message !== this.#lastComplaint;
    this.#lastComplaint = cause.message;
    log[isNews ? "warn" : "debug"](
      { link: this.name, cause, dropped: { ...this.dropped } },
      "link down",
    );
  }
}
