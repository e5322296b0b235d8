/**
 * Clients that connect again and again: from so many connects a minute on, each next one waits longer for its CONNACK:
 * 1, 2, 4 … seconds. Counted by client identifier and address together, so that nobody can lock out another by using
 * its identifier from elsewhere; and never refused, so that a device that has come to rest is served.
 */
import { addressKey, isLoopback } from "./admission.ts";
import type { Connection } from "./connection.ts";
import { IN_PROCESS } from "./connection-owner.ts";
import type { Counting } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { hostOf, type RareLog } from "./rare-log.ts";
import { Reason } from "./reason.ts";

const MINUTE_MS = 60_000;
const FIRST_DELAY_MS = 1000;
/** Identities that are remembered; beyond it the one that was seen first is forgotten. */
const MAX_IDENTITIES = 100_000;

interface Identity {
  /** Connects of the minute that began then. */
  readonly since: number;
  connects: number;
  /** How often it has been too many; each doubles the delay. */
  strikes: number;
  /** Until then its CONNACK is held back. */
  until: number;
}

interface Waiting {
  readonly connection: Connection;
  readonly goOn: () => void;
}

export interface FlappingOptions {
  readonly limits: Pick<
    BrokerLimits,
    "connectsPerMinutePerClient" | "maxConnackDelayMs" | "exemptLoopback"
  >;
  readonly monotonic: () => number;
  readonly log: RareLog;
  readonly counting: Pick<Counting, "connacksDelayed">;
}

export class Flapping {
  readonly #options: FlappingOptions;
  /** The one seen first comes first. */
  readonly #identities = new Map<string, Identity>();
  /** One of each identity. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: FlappingOptions) {
    this.#options = options;
  }

  /** A CONNECT has come: `goOn` is called now, or after its delay unless the connection is gone by then. */
  came(connection: Connection, clientId: string, goOn: () => void): void {
    if (this.#isExempt(connection.address)) return goOn();
    const key = `${addressKey(hostOf(connection.address))} ${clientId}`;
    const now = this.#options.monotonic();
    const delayMs = this.#delayOf(key, now);
    if (delayMs === 0) return goOn();
    this.#say(connection, clientId, delayMs);
    connection.heldBackUntil = now + delayMs;
    const before = this.#waiting.get(key)?.connection;
    this.#waiting.set(key, { connection, goOn });
    before?.end(Reason.sessionTakenOver, "it has connected again before it was answered");
  }

  /** Time has passed: those whose delay is over go on, and those who are quiet are forgotten. */
  sweep(): void {
    const now = this.#options.monotonic();
    for (const [key, { connection, goOn }] of this.#waiting) {
      if (!connection.isClosed && connection.heldBackUntil > now) continue;
      this.#waiting.delete(key);
      if (!connection.isClosed) connection.safely(goOn);
    }
    for (const [key, identity] of this.#identities)
      if (isQuiet(identity, now)) this.#identities.delete(key);
  }

  #say({ address }: Connection, clientId: string, delayMs: number): void {
    const { log, counting } = this.#options;
    counting.connacksDelayed += 1;
    const fields = { clientId, address, delaySeconds: Math.ceil(delayMs / 1000) };
    log.warn(fields, "a client connects too often; its CONNACK is delayed");
  }

  #isExempt(address: string): boolean {
    const { connectsPerMinutePerClient, exemptLoopback } = this.#options.limits;
    if (connectsPerMinutePerClient === Number.POSITIVE_INFINITY) return true;
    return address === IN_PROCESS || (exemptLoopback && isLoopback(hostOf(address)));
  }

  #delayOf(key: string, now: number): number {
    const identity = this.#identityOf(key, now);
    identity.connects += 1;
    if (now < identity.until) return identity.until - now; // it did not wait for the answer: no reason to wait longer
    const { connectsPerMinutePerClient, maxConnackDelayMs } = this.#options.limits;
    if (identity.strikes === 0 && identity.connects <= connectsPerMinutePerClient) return 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** identity.strikes, maxConnackDelayMs);
    identity.strikes += 1;
    identity.until = now + delayMs;
    return delayMs;
  }

  #identityOf(key: string, now: number): Identity {
    const known = this.#identities.get(key);
    if (known !== undefined && !isQuiet(known, now)) return known;
    const [oldest] = this.#identities.keys();
    if (this.#identities.size >= MAX_IDENTITIES && oldest !== undefined)
      this.#identities.delete(oldest);
    const identity = { since: now, connects: 0, strikes: 0, until: now };
    this.#identities.set(key, identity);
    return identity;
  }
}

/** Its minute is over; of one that was delayed, a minute after that without another connect. */
function isQuiet({ since, strikes, until }: Identity, now: number): boolean {
  return now - (strikes > 0 ? until : since) >= MINUTE_MS;
}
