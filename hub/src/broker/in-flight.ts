/** QoS 1 and 2 messages that were sent to one client and are not acknowledged, by packet identifier. */
import type { QueuedItem } from "./memory-queue.ts";

export interface InFlightEntry {
  /** Its row in the store; 0 when it is not stored. */
  readonly row: number;
  /** What it counts against the limit of the queue; 0 when it is not stored. */
  readonly bytes: number;
  readonly qos: 1 | 2;
  /** QoS 2: whether the client has it (PUBREC came). */
  readonly state: "sent" | "released";
  /** The message, where another member of a shared subscription may get it in the end. */
  readonly item?: QueuedItem | undefined;
}

const MAX_PACKET_ID = 0xffff;

export class InFlight {
  readonly #entries = new Map<number, InFlightEntry>();
  #lastId = 0;
  #bytes = 0;
  #itemBytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The payloads of the messages that entries have with them. */
  get itemBytes(): number {
    return this.#itemBytes;
  }

  /** The messages that entries have with them, in the order in which they were sent. */
  items(): QueuedItem[] {
    return Array.from(this.#entries.values(), ({ item }) => item).filter(
      (item) => item !== undefined,
    );
  }

  /** The entries in the order in which they were sent. */
  entries(): IterableIterator<[number, InFlightEntry]> {
    return this.#entries.entries();
  }

  /** Takes the next packet identifier that is free. [MQTT5-2.2.1-4] [MQTT311-2.3.1-4] [MQTT5-4.3.2-1] [MQTT5-4.3.3-1] [MQTT311-4.3.2-1] */
  add({ row, bytes, qos, item }: Omit<InFlightEntry, "state">): number {
    do this.#lastId = this.#lastId >= MAX_PACKET_ID ? 1 : this.#lastId + 1;
    while (this.#entries.has(this.#lastId));
    this.#entries.set(
      this.#lastId,
      row === 0 && qos === 1 && item === undefined
        ? UNSTORED
        : { row, bytes, qos, state: "sent", item },
    );
    this.#bytes += bytes;
    if (item !== undefined) this.#itemBytes += item.message.payload.length;
    return this.#lastId;
  }

  /** As it was stored. */
  restore(packetId: number, entry: InFlightEntry): void {
    this.#entries.set(packetId, entry);
    this.#bytes += entry.bytes;
    this.#lastId = packetId;
  }

  delete(packetId: number): InFlightEntry | undefined {
    const entry = this.#entries.get(packetId);
    if (entry === undefined) return undefined;
    this.#entries.delete(packetId);
    this.#bytes -= entry.bytes;
    if (entry.item !== undefined) this.#itemBytes -= entry.item.message.payload.length;
    return entry;
  }

  /** The client has a QoS 2 message; `undefined` when there is none with this identifier. */
  release(packetId: number): InFlightEntry | undefined {
    const entry = this.#entries.get(packetId);
    if (entry?.qos !== 2) return undefined;
    this.#entries.set(packetId, { ...entry, state: "released" }); // until PUBCOMP [MQTT5-4.3.3-5]
    return entry;
  }

  /** These rows were lost: the messages are on their way, but nothing on disk belongs to them. */
  forgetRows(first: number, last: number): void {
    for (const [packetId, entry] of this.#entries) {
      if (entry.row < first || entry.row > last) continue;
      this.#entries.set(packetId, { ...entry, row: 0, bytes: 0 });
      this.#bytes -= entry.bytes;
    }
  }

  /** The rows of QoS 2 messages, which are for nobody else any more. [MQTT5-4.8.2-5] */
  begunRows(): ReadonlySet<number> {
    const rows = new Set<number>();
    for (const { qos, row } of this.#entries.values()) if (qos === 2) rows.add(row);
    return rows;
  }

  get(packetId: number): InFlightEntry | undefined {
    return this.#entries.get(packetId);
  }

  hasRow(row: number): boolean {
    for (const entry of this.#entries.values()) if (entry.row === row) return true;
    return false;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
    this.#itemBytes = 0;
  }
}

/** The same for every QoS 1 message of a session that ends with its connection, unless others may get that in the end. */
const UNSTORED: InFlightEntry = { row: 0, bytes: 0, qos: 1, state: "sent" };
