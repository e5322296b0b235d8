/**
 * How much of the memory that the hub may have is in use, looked at twice a second. As it gets short, first there may be
 * no more clients than there are, then less and less may wait for those who read slowly, so that the system never ends the
 * process. Memory that was taken once comes back late or never: a plant whose clients have all lost their connections
 * must not be kept out by it. So as many may come back as there were, and what the hub takes with nobody there is no
 * reason to let nobody in.
 *
 * The heap of JavaScript is a part of that memory and has a limit of its own, which V8 sets at start; beyond it the
 * process ends however much memory there is. So the share in use is that of the memory or that of the heap, whichever is
 * greater. Garbage counts in both; V8 lets it lie up to half-way between what lives and the limit.
 */
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Logger } from "@unshub/adapter";
import type { BrokerLimits } from "./limits.ts";

/** Shares of the memory. It is short from here on, or from so much above what the hub takes with nobody there. */
const SHORT = 0.7;
const FOR_CLIENTS = 0.1;
/** Until so much less is in use. */
const LESS = 0.05;
/** From here on only this share of `maxOutgoingBytes` may wait for all clients together. */
const SHRINKING = [
  { from: 0.9, share: 1 / 16 },
  { from: 0.8, share: 1 / 4 },
] as const;

export interface MemoryRoomOptions {
  readonly limits: Pick<BrokerLimits, "maxMemoryBytes" | "maxOutgoingBytes">;
  readonly log: Logger;
  /** What the process has now; left out: the system is asked. */
  readonly usedBytes?: (() => number) | undefined;
  /** The heap of this thread; left out: V8 is asked. */
  readonly heap?: (() => Room) | undefined;
}

interface Room {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

export class MemoryRoom {
  isShort = false;
  /** What may wait in memory for all clients together. */
  outgoingBytes: number;
  readonly #options: MemoryRoomOptions;
  readonly #usedBytes: () => number;
  readonly #heap: () => Room;
  readonly #limitBytes: number;
  /** The share that was in use when nobody was there last. */
  #bare = 0;
  /** How many clients there were when it became short. */
  #mostClients = 0;

  constructor(options: MemoryRoomOptions) {
    this.#options = options;
    this.#usedBytes = options.usedBytes ?? (() => process.memoryUsage.rss());
    this.#heap = options.heap ?? heapOfV8;
    this.#limitBytes = Math.min(options.limits.maxMemoryBytes, givenBySystem());
    this.outgoingBytes = options.limits.maxOutgoingBytes;
  }

  /** Whether one more may come in where there are so many `clients`. */
  hasPlace(clients: number): boolean {
    return !this.isShort || clients < this.#mostClients;
  }

  /** To be called now and then. `clients`: those of other processes that are connected. */
  look(clients: number): void {
    const { usedBytes, limitBytes, of } = this.#scarcest();
    const used = usedBytes / limitBytes;
    const { share = 1 } = SHRINKING.find(({ from }) => used >= from) ?? {};
    this.outgoingBytes = share * this.#options.limits.maxOutgoingBytes;
    if (clients === 0) this.#bare = used;
    const from = Math.max(SHORT, this.#bare + FOR_CLIENTS);
    const isShort = used >= (this.isShort ? from - LESS : from);
    if (isShort === this.isShort) return;
    this.isShort = isShort;
    this.#mostClients = clients;
    const fields = { usedBytes, limitBytes, of, clients };
    const { log } = this.#options;
    if (isShort) log.warn(fields, "memory is short: no more clients are let in than there are");
    else log.info(fields, "there is memory again: new clients are let in");
  }

  /** What of its room is in use most. */
  #scarcest(): Room & { readonly of: "heap" | "process" } {
    const process = { usedBytes: this.#usedBytes(), limitBytes: this.#limitBytes };
    const heap = this.#heap();
    if (heap.usedBytes / heap.limitBytes <= process.usedBytes / process.limitBytes)
      return { ...process, of: "process" };
    return { ...heap, of: "heap" };
  }
}

function heapOfV8(): Room {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return { usedBytes, limitBytes };
}

/** What a container or a unit of systemd may have, or the machine has. */
function givenBySystem(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
