/**
 * What earlier connections were given and did not acknowledge. On the next one it goes out again, at its old place among
 * what waits and with its old packet identifier, and takes room of the Receive Maximum only when it does.
 * [MQTT5-4.4.0-1] [MQTT5-4.6.0-1] [MQTT311-4.4.0-1] [MQTT311-4.6.0-1]
 */
import type { InFlight } from "./in-flight.ts";

export class SentAgain {
  readonly #inFlight: InFlight;
  /** In flight and not sent on this connection yet: packet identifiers by row. */
  readonly #due = new Map<number, number>();
  /** Packet identifiers of QoS 2 messages of which this connection gets the PUBREL alone. */
  readonly #released = new Set<number>();
  /** Rows beyond `sentRow` that were due: never sent as new ones, whatever is still being read from disk. */
  readonly #rows = new Set<number>();

  constructor(inFlight: InFlight) {
    this.#inFlight = inFlight;
  }

  /** A connection has gone, or the hub has started: all that is in flight is due. Rows up to `sentRow` were sent. */
  begin(sentRow: number): void {
    this.#due.clear();
    this.#released.clear();
    for (const row of this.#rows) if (row <= sentRow) this.#rows.delete(row);
    for (const [packetId, { row }] of this.#inFlight.entries()) {
      if (row === 0) this.#inFlight.delete(packetId); // it was lost, and nobody waits for it
      else this.#due.set(row, packetId);
      if (row > sentRow) this.#rows.add(row);
    }
  }

  get isDue(): boolean {
    return this.#due.size > 0;
  }

  /** How many of the messages in flight take no room of the Receive Maximum. */
  get withoutRoom(): number {
    return this.#due.size + this.#released.size;
  }

  /** Rows and packet identifiers of what is due. */
  due(): readonly (readonly [number, number])[] {
    return [...this.#due];
  }

  /** `undefined` when this message is not due. */
  packetIdOf(row: number): number | undefined {
    return this.#due.get(row);
  }

  /** Whether this row, if it is beyond `sentRow`, has ever been due. */
  hasHad(row: number): boolean {
    return this.#rows.has(row);
  }

  sent(row: number): void {
    this.#due.delete(row);
  }

  /** PUBREC came on this or an earlier connection; answers whether the message was due. */
  received(packetId: number, row: number): boolean {
    const wasDue = this.#due.delete(row);
    if (wasDue) this.#released.add(packetId);
    return wasDue;
  }

  /** The client is done with it; answers whether the message was due. */
  acknowledged(packetId: number, row: number): boolean {
    this.#released.delete(packetId);
    return this.#due.delete(row);
  }

  /** These rows were lost: what was due of them is not sent again. */
  forgetRows(first: number, last: number): void {
    for (const [row, packetId] of this.#due) {
      if (row < first || row > last) continue;
      this.#due.delete(row);
      this.#inFlight.delete(packetId);
    }
  }
}
