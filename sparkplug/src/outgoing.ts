/**
 * The one ordered outgoing queue of an edge node. Messages wait here as drafts: `seq` is dealt when a draft is given to
 * the transport, so what never leaves takes no number, and a gap on the wire is never of our making.
 */
import type { MetricToSend } from "./encode.ts";
import type { MetricReading } from "./metric.ts";
import type { Transport } from "./transport.ts";

/** Readings of one device, or of the edge node itself when `deviceId` is `undefined`. */
export interface DeviceReadings {
  readonly deviceId: string | undefined;
  readonly readings: readonly MetricReading[];
}

/** A message without its `seq`. */
export interface Draft {
  readonly topic: string;
  readonly metrics: readonly MetricToSend[];
  /** NBIRTH: `seq` starts anew with it, and not before it really leaves. */
  readonly startsSeq?: boolean;
  /** When what it tells came to be, if that is earlier than its sending: the loss of a device. Milliseconds UTC. */
  readonly happenedAt?: number;
  /** Live readings that go with it; what is lost when it is not sent. */
  readonly live?: DeviceReadings;
}

export class OutgoingQueue {
  readonly #transport: Transport;
  readonly #limit: number;
  readonly #send: (draft: Draft) => void;
  #waiting: Draft[] = [];

  /** `limit`: how many drafts may wait. `send` deals the `seq`, encodes and publishes. */
  constructor(transport: Transport, limit: number, send: (draft: Draft) => void) {
    this.#transport = transport;
    this.#limit = limit;
    this.#send = send;
  }

  /** Whether the next draft would be sent at once. */
  get isFree(): boolean {
    return this.#waiting.length === 0 && (this.#transport.canTake?.() ?? true);
  }

  /** Sends a draft, or lets it wait behind the others. `false`: there is no room, nothing was done. */
  add(draft: Draft): boolean {
    this.drain();
    if (!this.isFree && this.#waiting.length >= this.#limit) return false;
    this.addAlways(draft);
    return true;
  }

  /** As `add`, for births: without them nothing else makes sense, and there are only as many as devices. */
  addAlways(draft: Draft): void {
    if (this.isFree) this.#send(draft);
    else this.#waiting.push(draft);
  }

  /** Sends what waits for as long as the transport takes it. */
  drain(): void {
    const waiting = this.#waiting;
    let sent = 0;
    while (sent < waiting.length && (this.#transport.canTake?.() ?? true)) {
      const draft = waiting[sent];
      if (draft !== undefined) this.#send(draft);
      sent += 1;
    }
    waiting.splice(0, sent);
  }

  /** Empties the queue; gives what waited. */
  takeBack(): readonly Draft[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
