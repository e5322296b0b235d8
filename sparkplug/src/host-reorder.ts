/**
 * Puts the messages of one edge node back into the order of their `seq`: early ones wait, copies are known again.
 * It decides nothing about time; who owns it starts and stops the Reorder Timeout.
 */
import type { Payload } from "./payload.ts";
import type { DeviceMessageType, NodeMessageType } from "./topic.ts";

/** A decoded message of an edge node, and through which server and when it came. */
export interface Arrived {
  readonly type: NodeMessageType | DeviceMessageType;
  readonly topic: string;
  readonly deviceId: string | undefined;
  readonly server: string;
  readonly payload: Payload;
  /** As it came. */
  readonly bytes: Uint8Array;
  /** The host's clock, milliseconds UTC. */
  readonly receivedAt: number;
  /** Equal for copies of one message and, but for the rarest chance, for nothing else. */
  readonly fingerprint: string;
}

/** When what a message tells came to be, by the node's clock where it says so. Milliseconds UTC. */
export function timeOf({ payload, receivedAt }: Arrived): number {
  return payload.timestamp ?? receivedAt;
}

/** How many messages are remembered to know copies again, and how many births. */
const REMEMBERED = 64;

export class ReorderBuffer {
  readonly #early = new Map<number, Arrived>();
  readonly #recent: string[] = [];

  get isEmpty(): boolean {
    return this.#early.size === 0;
  }

  /**
   * Whether this very message was seen before, a moment ago. Remembers it. An NBIRTH without a time looks like the one
   * before it and may yet be the answer to a request.
   */
  isCopy({ fingerprint, type, payload }: Arrived): boolean {
    if (type === "NBIRTH" && payload.timestamp === undefined) return false;
    if (this.#recent.includes(fingerprint)) return true;
    this.#recent.push(fingerprint);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    return false;
  }

  /** Keeps a message that came before its turn. */
  keep(seq: number, message: Arrived): void {
    this.#early.set(seq, message);
  }

  /** The message whose turn it is now, taken out. */
  take(seq: number): Arrived | undefined {
    const message = this.#early.get(seq);
    this.#early.delete(seq);
    return message;
  }

  /** Forgets what waits, but not which messages were seen. */
  clear(): void {
    this.#early.clear();
  }
}

/** A short text that tells one message from another: topic, length and a hash of all bytes. */
export function fingerprintOf(topic: string, bytes: Uint8Array): string {
  let hash = 0x811c9dc5; // FNV-1a
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return `${topic} ${bytes.length} ${hash >>> 0}`;
}
