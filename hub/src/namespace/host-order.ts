/**
 * Puts the messages of edge nodes back into the order of their `seq`, for a host at a server that need not keep it: what
 * comes early waits for what is missing until the Reorder Timeout ends, and goes on with the gap then, which the tree
 * sees. Deaths wait for nothing.
 */
import {
  decodePayload,
  fingerprintOf,
  nextSeq,
  ReorderBuffer,
  scanPayload,
  SparkplugError,
  type Cancel,
  type Clock,
  type NodeId,
  type SparkplugTopic,
} from "@unshub/sparkplug";
import { DECODING } from "../tree/index.ts";

/** What an edge node or device says. */
export type NodeTopic = Exclude<SparkplugTopic, { kind: "state" }>;

/** A message as it came; its payload is nobody else's. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Milliseconds since 1970 UTC. */
  readonly receivedAt: number;
}

export interface HostOrderOptions {
  readonly clock: Clock;
  /** How long a missing message may be on its way; 0: not at all. Milliseconds. */
  readonly reorderTimeoutMs: number;
  /** Takes a message whose turn it is. */
  readonly deliver: (topic: NodeTopic, message: Incoming) => void;
}

/** Since the last NBIRTH of one edge node. */
interface Turn {
  expectedSeq: number;
  readonly buffer: ReorderBuffer<Waiting>;
  stopTimer: Cancel | undefined;
}

interface Waiting {
  readonly parsed: NodeTopic;
  readonly message: Incoming;
  readonly fingerprint: string;
  readonly type: NodeTopic["type"];
  readonly payload: { readonly timestamp: number | undefined };
}

/** Edge nodes whose order is kept; ids come from the wire. Those beyond are heard as they come. */
const MAX_NODES = 100_000;
const SEQS = 256;

export class HostOrder {
  readonly #options: HostOrderOptions;
  readonly #turns = new Map<string, Turn>();

  constructor(options: HostOrderOptions) {
    this.#options = options;
  }

  take(parsed: NodeTopic, message: Incoming): void {
    const { deliver } = this.#options;
    if (parsed.type === "NDEATH") return deliver(parsed, message);
    const head = headOf(message.payload);
    const known = this.#turns.get(keyOf(parsed));
    const waiting = {
      parsed,
      message,
      type: parsed.type,
      fingerprint: fingerprintOf(message.topic, message.payload),
      payload: { timestamp: head.timestamp },
    };
    if (known?.buffer.isCopy(waiting) === true) return undefined;
    if (parsed.type === "NBIRTH") return this.#born(waiting, head.seq);
    const { seq } = head;
    if (known === undefined || seq === undefined || seq >= SEQS) return deliver(parsed, message);
    return this.#inTurn(known, seq, waiting);
  }

  /** Nothing that comes from this node now has to do with what came before. */
  forget(node: NodeId): void {
    const turn = this.#turns.get(keyOf(node));
    turn?.stopTimer?.();
    this.#turns.delete(keyOf(node));
  }

  /** Forgets all that waits. */
  clear(): void {
    for (const turn of this.#turns.values()) turn.stopTimer?.();
    this.#turns.clear();
  }

  /** What waited was of the session before. */
  #born(birth: Waiting, seq = 0): void {
    const key = keyOf(birth.parsed);
    this.forget(birth.parsed);
    const buffer = new ReorderBuffer<Waiting>();
    buffer.isCopy(birth); // remembers it
    if (this.#turns.size < MAX_NODES) {
      this.#turns.set(key, { expectedSeq: nextSeq(seq), buffer, stopTimer: undefined });
    }
    this.#options.deliver(birth.parsed, birth.message);
  }

  /** [tck-id-operational-behavior-host-reordering-success] */
  #inTurn(turn: Turn, seq: number, waiting: Waiting): void {
    if (seq !== turn.expectedSeq && this.#options.reorderTimeoutMs > 0) {
      turn.buffer.keep(seq, waiting);
      return this.#awaitMissing(turn);
    }
    turn.expectedSeq = seq;
    let next: Waiting | undefined = waiting;
    while (next !== undefined) {
      turn.expectedSeq = nextSeq(turn.expectedSeq);
      this.#options.deliver(next.parsed, next.message);
      next = turn.buffer.take(turn.expectedSeq);
    }
    turn.stopTimer?.();
    turn.stopTimer = undefined;
    if (!turn.buffer.isEmpty) this.#awaitMissing(turn);
  }

  /** [tck-id-operational-behavior-host-reordering-start] [tck-id-operational-behavior-host-reordering-param] */
  #awaitMissing(turn: Turn): void {
    const { clock, reorderTimeoutMs } = this.#options;
    turn.stopTimer ??= clock.after(reorderTimeoutMs, () => this.#giveUp(turn));
  }

  /** The tree asks for a birth when it sees the gap. [tck-id-operational-behavior-host-reordering-rebirth] */
  #giveUp(turn: Turn): void {
    turn.stopTimer = undefined;
    const first = turn.expectedSeq;
    for (let step = 0; step < SEQS; step += 1) {
      const seq = (first + step) % SEQS;
      const waiting = turn.buffer.take(seq);
      if (waiting === undefined) continue;
      turn.expectedSeq = nextSeq(seq);
      this.#options.deliver(waiting.parsed, waiting.message);
    }
  }
}

interface Head {
  readonly seq: number | undefined;
  readonly timestamp: number | undefined;
}

const UNKNOWN: Head = { seq: undefined, timestamp: undefined };

/** What is broken has no turn: the tree will say so. The `seq` of an envelope may stand inside. */
function headOf(payload: Uint8Array): Head {
  try {
    const { seq, timestamp, bodyEnd } = scanPayload(payload);
    if (seq !== undefined || bodyEnd === 0) return { seq, timestamp };
    return decodePayload(payload, DECODING);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return UNKNOWN;
  }
}

function keyOf({ groupId, edgeNodeId }: NodeId): string {
  return `${groupId}/${edgeNodeId}`; // no id contains a slash
}
