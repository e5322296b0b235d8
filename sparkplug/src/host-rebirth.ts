/**
 * Asks edge nodes for their births without a storm: one request per node at a time, pauses that grow when births do not
 * help, a budget for all nodes together, and a start spread by chance.
 */
import { descriptorOf, type NodeId } from "./command.ts";
import type { RebirthCause } from "./host-listener.ts";
import { pauseMs } from "./session-backoff.ts";
import type { Cancel, Clock } from "./session-clock.ts";

/** How often edge nodes may be asked for their births. */
export interface RebirthPolicy {
  /** The first request of a node waits up to this long, by chance. */
  readonly jitterMs: number;
  /** Between two requests to one node; doubles each time. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** A node that needed nothing for so long starts with `firstMs` again. */
  readonly calmMs: number;
  /** Requests without an answer before we wait for the node to speak. */
  readonly attempts: number;
  /** All nodes together: so many at once, and so many per second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Nodes that wait to be asked, and as many that were asked before; ids come from the wire. */
  readonly remembered: number;
}

/** What a host asks for when nothing else is said. */
export const REBIRTH_POLICY: RebirthPolicy = {
  jitterMs: 500,
  firstMs: 5000,
  longestMs: 300_000,
  calmMs: 600_000,
  attempts: 8,
  burst: 20,
  perSecond: 10,
  remembered: 10_000,
};

/** What `RebirthRequests` is made of. */
export interface RebirthRequestsOptions<Cause = RebirthCause> {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  random(): number;
  readonly policy: RebirthPolicy;
  send(node: NodeId, cause: Cause): void;
}

interface Asked<Cause> {
  readonly node: NodeId;
  cause: Cause;
  /** Requests since the node was last calm; sets the pause. */
  level: number;
  attemptsLeft: number;
  askedAt: number;
  /** Takes back the next request; `undefined` when none is due. */
  cancel: Cancel | undefined;
}

/** `Cause`: why a node is asked, in the words of whoever asks. */
export class RebirthRequests<Cause = RebirthCause> {
  readonly #options: RebirthRequestsOptions<Cause>;
  /** Those with a request to come. */
  readonly #pending = new Map<string, Asked<Cause>>();
  /** Those that were asked and may have to be again, the longest quiet first. */
  readonly #resting = new Map<string, Asked<Cause>>();
  /** Those whose time has come, the longest waiting first. */
  readonly #line = new Set<Asked<Cause>>();
  #cancelServe: Cancel | undefined;
  #tokens: number;
  #refilledAt: number;

  constructor(options: RebirthRequestsOptions<Cause>) {
    this.#options = options;
    this.#tokens = options.policy.burst;
    this.#refilledAt = options.clock.now();
  }

  /** The node needs to be born again. Does nothing when a request is on its way already, or too many are. */
  ask(node: NodeId, cause: Cause): void {
    const { policy, clock } = this.#options;
    const key = descriptorOf(node);
    if (this.#pending.has(key) || this.#pending.size >= policy.remembered) return;
    const asked = this.#resting.get(key) ?? neverAsked(node, cause);
    this.#resting.delete(key);
    this.#pending.set(key, asked);
    const since = elapsed(asked.askedAt, clock.now());
    if (since >= policy.calmMs) asked.level = 0;
    const rest =
      asked.level === 0 ? 0 : pauseMs(policy, asked.level - 1, this.#options.random()) - since;
    asked.cause = cause;
    asked.attemptsLeft = policy.attempts;
    this.#schedule(asked, Math.max(rest, this.#options.random() * policy.jitterMs));
  }

  /** The node was born, or died: nothing is to be asked now. */
  settle(node: NodeId): void {
    const asked = this.#pending.get(descriptorOf(node));
    if (asked === undefined) return;
    asked.cancel?.();
    this.#rest(asked);
  }

  /** Takes back all requests that have not been sent. */
  stop(): void {
    for (const { node } of this.#pending.values()) this.settle(node);
    this.#cancelServe?.();
    this.#cancelServe = undefined;
  }

  /** Of a node that was never asked there is nothing to remember. */
  #rest(asked: Asked<Cause>): void {
    const key = descriptorOf(asked.node);
    asked.cancel = undefined;
    this.#pending.delete(key);
    if (asked.level === 0) return;
    this.#resting.set(key, asked);
    if (this.#resting.size <= this.#options.policy.remembered) return;
    const [oldest] = this.#resting.keys();
    if (oldest !== undefined) this.#resting.delete(oldest);
  }

  #schedule(asked: Asked<Cause>, ms: number): void {
    asked.cancel = this.#options.clock.after(Math.ceil(ms), () => this.#due(asked));
  }

  /** Whose time has come waits in line for the budget. */
  #due(asked: Asked<Cause>): void {
    this.#line.add(asked);
    asked.cancel = () => this.#line.delete(asked);
    this.#serve();
  }

  #serve(): void {
    const { policy, clock } = this.#options;
    for (const asked of this.#line) {
      if (!this.#takeToken()) break;
      this.#line.delete(asked);
      this.#send(asked);
    }
    if (this.#line.size === 0 || this.#cancelServe !== undefined) return;
    this.#cancelServe = clock.after(Math.ceil(1000 / policy.perSecond), () => {
      this.#cancelServe = undefined;
      this.#serve();
    });
  }

  #send(asked: Asked<Cause>): void {
    const { policy, clock } = this.#options;
    asked.askedAt = clock.now();
    asked.attemptsLeft -= 1;
    const pause = pauseMs(policy, asked.level, this.#options.random());
    asked.level += 1;
    if (asked.attemptsLeft > 0) this.#schedule(asked, pause);
    else this.#rest(asked);
    this.#options.send(asked.node, asked.cause);
  }

  #takeToken(): boolean {
    const { policy, clock } = this.#options;
    const now = clock.now();
    const refill = (elapsed(this.#refilledAt, now) / 1000) * policy.perSecond;
    this.#tokens = Math.min(policy.burst, this.#tokens + refill);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function neverAsked<Cause>(node: NodeId, cause: Cause): Asked<Cause> {
  const { groupId, edgeNodeId } = node; // not the caller's whole object, which may be large
  return {
    node: { groupId, edgeNodeId },
    cause,
    level: 0,
    attemptsLeft: 0,
    askedAt: Number.NEGATIVE_INFINITY,
    cancel: undefined,
  };
}

/** Milliseconds from `from` to `now`; 0 when the clock was set back. */
function elapsed(from: number, now: number): number {
  return Math.max(0, now - from);
}
