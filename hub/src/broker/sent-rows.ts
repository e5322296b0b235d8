/** How far the stored messages of one session have come: given to a connection, dropped, perhaps sent before. */

export class SentRows {
  #sent = 0;
  #droppedUntil = 0;
  #dupUntil = 0;

  /** The greatest row that was given to a connection in this life of the hub: those before it are sent, or dropped. */
  get sentRow(): number {
    return this.#sent;
  }

  /** Up to this row an earlier life of the hub may have sent them. */
  restore(sentRow: number): void {
    this.#dupUntil = sentRow;
  }

  /** It was given to a connection; answers whether that is news to the store. */
  sent(row: number): boolean {
    if (row <= this.#sent) return false;
    this.#sent = row;
    return true;
  }

  /** The oldest that waited were dropped, up to this row. */
  dropped(untilRow: number): void {
    this.#droppedUntil = untilRow;
  }

  isDropped(row: number): boolean {
    return row <= this.#droppedUntil;
  }

  /** Whether an earlier connection may have been given it. [MQTT5-3.3.1-3] [MQTT311-3.3.1-3] */
  isRepeated(row: number): boolean {
    return row <= this.#dupUntil;
  }

  /** Whoever comes next gets with DUP what this connection was given. */
  connectionLost(): void {
    this.#dupUntil = Math.max(this.#dupUntil, this.#sent);
  }
}
