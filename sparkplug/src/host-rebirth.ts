/**
 * Asks edge nodes for their births without a storm: one request per node at a time, pauses that grow when births do not
 * help, a budget for all nodes together, and a start spread by chance.
 */
import type { NodeId } from "./command.ts";
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
}

export const REBIRTH_POLICY: RebirthPolicy = {
  jitterMs: 500,
  firstMs: 5000,
  longestMs: 300_000,
  calmMs: 600_000,
  attempts: 8,
  burst: 20,
  perSecond: 10,
};

export interface RebirthRequestsOptions {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  random(): number;
  readonly policy: RebirthPolicy;
  send(node: NodeId, cause: RebirthCause): void;
}

interface Asked {
  readonly node: NodeId;
  cause: RebirthCause;
  /** Requests since the node was last calm; sets the pause. */
  level: number;
  attemptsLeft: number;
  askedAt: number;
  /** Takes back the next request; `undefined` when none is due. */
  cancel: Cancel | undefined;
}

export class RebirthRequests {
  readonly #options: RebirthRequestsOptions;
  readonly #asked = new Map<string, Asked>();
  /** Those whose time has come, the longest waiting first. */
  readonly #line = new Set<Asked>();
  #cancelServe: Cancel | undefined;
  #tokens: number;
  #refilledAt: number;

  constructor(options: RebirthRequestsOptions) {
    this.#options = options;
    this.#tokens = options.policy.burst;
    this.#refilledAt = options.clock.now();
  }

  /** The node needs to be born again. Does nothing when a request is on its way already. */
  ask(node: NodeId, cause: RebirthCause): void {
    const { policy, clock } = this.#options;
    const asked = this.#of(node);
    if (asked.cancel !== undefined) return;
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
    const asked = this.#asked.get(keyOf(node));
    asked?.cancel?.();
    if (asked !== undefined) asked.cancel = undefined;
  }

  /** Takes back all requests that have not been sent. */
  stop(): void {
    for (const { node } of this.#asked.values()) this.settle(node);
    this.#cancelServe?.();
    this.#cancelServe = undefined;
  }

  #of(node: NodeId): Asked {
    const key = keyOf(node);
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    const fresh: Asked = {
      node,
      cause: "asked for",
      level: 0,
      attemptsLeft: 0,
      askedAt: Number.NEGATIVE_INFINITY,
      cancel: undefined,
    };
    this.#asked.set(key, fresh);
    return fresh;
  }

  #schedule(asked: Asked, ms: number): void {
    asked.cancel = this.#options.clock.after(Math.ceil(ms), () => this.#due(asked));
  }

  /** Whose time has come waits in line for the budget. */
  #due(asked: Asked): void {
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

  #send(asked: Asked): void {
    const { policy, clock } = this.#options;
    asked.cancel = undefined;
    asked.askedAt = clock.now();
    asked.attemptsLeft -= 1;
    if (asked.attemptsLeft > 0)
      this.#schedule(asked, pauseMs(policy, asked.level, this.#options.random()));
    asked.level += 1;
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

/** Milliseconds from `from` to `now`; 0 when the clock was set back. */
function elapsed(from: number, now: number): number {
  return Math.max(0, now - from);
}

function keyOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`; // no id contains a slash
}
