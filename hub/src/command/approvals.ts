/** Commands that wait for a second person. */
import type { Writer } from "./outcome.ts";
import type { Wish } from "./wish.ts";

/** More are not kept: the oldest ends. */
const MOST_WAITING = 100;

interface Waiting {
  readonly wish: Wish;
  readonly by: Writer;
}

export interface ApprovalOptions {
  now(): number;
  /** Nobody said yes in time. */
  expired(command: number): void;
}

export class Approvals {
  readonly #withinMs: number;
  readonly #options: ApprovalOptions;
  readonly #waiting = new Map<number, Waiting & { readonly until: number }>();

  constructor(withinMs: number, options: ApprovalOptions) {
    this.#withinMs = withinMs;
    this.#options = options;
  }

  /** Answers until when it waits, in milliseconds since 1970 UTC. */
  put(command: number, waiting: Waiting): number {
    const until = this.#options.now() + this.#withinMs;
    this.#waiting.set(command, { ...waiting, until });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > MOST_WAITING && oldest !== undefined) this.#expire(oldest);
    return until;
  }

  get(command: number): Waiting | undefined {
    return this.#waiting.get(command);
  }

  /** Whether it waited. */
  delete(command: number): boolean {
    return this.#waiting.delete(command);
  }

  sweep(): void {
    const now = this.#options.now();
    for (const [command, { until }] of this.#waiting) if (until <= now) this.#expire(command);
  }

  #expire(command: number): void {
    this.#waiting.delete(command);
    this.#options.expired(command);
  }
}

/** Why somebody may not say yes to what another one asked for; `undefined`: he may. */
export function approvalFault({ wish, by }: Waiting, writer: Writer): string | undefined {
  if (isNobody(writer)) return "nobody knows who you are: log in";
  if (writer.actor === by.actor) return "the second person must be another one";
  return writer.fault(wish.info);
}

/** By the rules, or because it is only proposed. */
export function needsSecond({ rule }: Pick<Wish, "rule">, { isProposing }: Writer): boolean {
  return rule.secondPerson || isProposing === true;
}

export function isNobody({ actor }: Writer): boolean {
  return actor === "anonymous";
}
