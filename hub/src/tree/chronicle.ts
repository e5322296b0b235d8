/**
 * What went wrong with the messages of one edge node since the hub started, for those who ask why a value is old. Costs
 * one number per message that is in order.
 */
import { MessageRate } from "./message-rate.ts";
import { NodeClock } from "./node-clock.ts";
import { StateDay } from "./state-day.ts";

/** How often something happened, and the last time. `at`: milliseconds since 1970 UTC. */
export interface Trouble {
  readonly count: number;
  readonly at: number;
  /** What was found, in a few words. */
  readonly what: string;
  /** The device that it was about; `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
}

/**
 * `gap`: messages between were lost; `late`: a message came again or after later ones; `unknown`: a metric or alias that
 * no birth named; `unborn`: data without birth; `undecodable`: bytes that are no payload.
 */
export type TroubleKind = "gap" | "late" | "unknown" | "unborn" | "undecodable";

/** One thing that happened in the life of an edge node. */
export interface LifeEvent {
  readonly kind: TroubleKind | "birth" | "death" | "rebirth" | "reset" | "marked";
  /** Milliseconds since 1970 UTC. */
  at: number;
  readonly what: string;
  /** `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
  /** How many messages of it had come, this one included. */
  message: number;
  /** The same again and again is one event. */
  count: number;
}

/** Somebody asked an edge node for its births. */
export interface AskedForBirth {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** A client or a person, as it is called; `undefined`: this hub. */
  readonly by: string | undefined;
  /** `undefined`: it is not known. */
  readonly cause: string | undefined;
}

/** How values were marked. `at`: milliseconds since 1970 UTC. */
interface Marked {
  readonly quality: "stale" | "offline";
  readonly at: number;
  readonly deviceId?: string;
}

/** What people count. */
export interface Counts {
  readonly messages: number;
  readonly births: number;
  readonly lost: number;
  /** Requests for its births that went to it. */
  readonly rebirths: number;
}

const NOTHING: Counts = { messages: 0, births: 0, lost: 0, rebirths: 0 };

/** What others did with the edge node, and what the hub made of it: no messages of its own. */
export const CONTROL_EVENTS: ReadonlySet<LifeEvent["kind"]> = new Set([
  "rebirth",
  "reset",
  "marked",
]);

/** What a node in trouble does with every message, and what is asked of one that does not answer. */
const REPEATED: ReadonlySet<LifeEvent["kind"]> = new Set([
  "unknown",
  "unborn",
  "undecodable",
  "rebirth",
]);
/** Of more the oldest are forgotten. */
const MOST_EVENTS = 100;

export class Chronicle {
  readonly clock = new NodeClock();
  /** Whether the edge node itself lived. */
  readonly day = new StateDay();
  /** Of all its messages, those of devices too. */
  readonly rate = new MessageRate();
  /** When its last message came, in milliseconds since 1970 UTC; 0: none did since the hub started. */
  lastHeardAt = 0;
  /** Likewise the one before. */
  heardBefore = 0;
  /** Since the hub started: messages, births among them, and messages that were lost on the way. */
  messages = 0;
  births = 0;
  lost = 0;
  rebirths = 0;
  lastRebirth: AskedForBirth | undefined;
  /** Since when people count; 0: since the hub started. Milliseconds since 1970 UTC. */
  countedSince = 0;
  /** What the counters were then; they themselves go on. */
  #zero = NOTHING;
  /** After a message that came late: the `seq` that goes on where it was before. */
  #awaited: number | undefined;
  readonly #troubles = new Map<TroubleKind, Trouble>();
  readonly #events: LifeEvent[] = [];

  /** Milliseconds since 1970 UTC: by the hub's clock, and by what the message says; `undefined`: it says nothing. */
  heard(at: number, sentAt: number | undefined): void {
    this.heardBefore = this.lastHeardAt;
    this.lastHeardAt = at;
    this.messages += 1;
    this.rate.heard(at);
    if (sentAt !== undefined) this.clock.heard(at, sentAt);
  }

  /** Since people began to count. */
  get counts(): Counts {
    const { messages, births, lost, rebirths } = this.#zero;
    return {
      messages: this.messages - messages,
      births: this.births - births,
      lost: this.lost - lost,
      rebirths: this.rebirths - rebirths,
    };
  }

  /** People count anew; the history and the figures for machines do not. `by`: who wanted it. */
  startOver(at: number, by: string): void {
    const { messages, births, lost, rebirths } = this;
    this.#zero = { messages, births, lost, rebirths };
    this.countedSince = at;
    this.happened({ kind: "reset", at, what: `reset by ${by}`, deviceId: undefined });
  }

  askedForBirth(asked: AskedForBirth): void {
    this.rebirths += 1;
    this.lastRebirth = asked;
    this.happened({ kind: "rebirth", at: asked.at, what: askedWords(asked), deviceId: undefined });
  }

  /** A message that was lost came after all; `expected`: the `seq` that was due. */
  cameLate(expected: number): void {
    this.lost = Math.max(0, this.lost - 1);
    // What was lost before people began to count is no loss that they count.
    if (this.lost < this.#zero.lost) this.#zero = { ...this.#zero, lost: this.lost };
    this.#awaited = expected;
  }

  /** Whether the order goes on where a late message broke it. */
  goesOn(seq: number | undefined): boolean {
    const does = seq !== undefined && seq === this.#awaited;
    this.#awaited = undefined;
    return does;
  }

  note(kind: TroubleKind, { at, what, deviceId }: Omit<Trouble, "count">): void {
    const count = (this.#troubles.get(kind)?.count ?? 0) + 1;
    this.#troubles.set(kind, { count, at, what, deviceId });
    this.happened({ kind, at, what, deviceId });
    this.day.trouble(at);
  }

  /** The hub took values for old; `counts`: of each member. */
  marked(counts: readonly number[], how: Marked): void {
    const count = counts.reduce((sum, one) => sum + one, 0);
    if (count === 0) return;
    const { at, quality, deviceId } = how;
    const what =
      quality === "stale" ? `${count} metrics marked stale` : `${count} metrics marked offline`;
    this.happened({ kind: "marked", at, what, deviceId });
  }

  happened({
    kind,
    at,
    what,
    deviceId,
  }: Pick<LifeEvent, "kind" | "at" | "what" | "deviceId">): void {
    const last = this.#events.at(-1);
    const isAgain = last?.kind === kind && last.what === what && last.deviceId === deviceId;
    if (last !== undefined && isAgain && REPEATED.has(kind)) {
      last.count += 1;
      last.at = at;
      last.message = this.messages;
      return;
    }
    this.#events.push({ kind, at, what, deviceId, message: this.messages, count: 1 });
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }

  /** The oldest first. */
  get events(): readonly Readonly<LifeEvent>[] {
    return this.#events;
  }

  get troubles(): ReadonlyMap<TroubleKind, Trouble> {
    return this.#troubles;
  }
}

function askedWords({ by, cause }: AskedForBirth): string {
  if (by === undefined) return `asked by this hub: ${cause ?? "unknown"}`;
  return cause === undefined ? `asked by ${by}` : `asked by ${by}: ${cause}`;
}

/** `seq` counts to 255 and begins again, so what is more than half a round ahead is behind. */
export function seqTrouble(
  seq: number | undefined,
  expected: number,
): { readonly kind: TroubleKind; readonly what: string; readonly lost: number } {
  if (seq === undefined)
    return { kind: "gap", lost: 0, what: `a message without seq, ${expected} was expected` };
  const ahead = (seq - expected + 256) % 256;
  if (ahead >= 128)
    return {
      kind: "late",
      lost: 0,
      what: `seq ${seq} came when ${expected} was expected: an earlier message`,
    };
  return {
    kind: "gap",
    lost: ahead,
    what: `seq ${seq} came when ${expected} was expected: ${ahead} lost`,
  };
}
