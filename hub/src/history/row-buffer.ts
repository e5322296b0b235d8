/** Rows that are on their way to the log: columns that are filled by the main thread and handed over as a whole. */
import { ByteWriter } from "./log/bytes.ts";
import { newColumns, SIDE, type Columns } from "./log/columns.ts";
import { writeSide, type SideRecord } from "./log/side-record.ts";

const FIRST_ROOM = 1024;

/** Where and when a row stands. */
export interface RowPlace {
  readonly slot: number;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly received: number;
  /** Quality and flags, without the kind. */
  readonly meta: number;
}

export class RowBuffer {
  #rows = newColumns(FIRST_ROOM);
  #slots = new Int32Array(FIRST_ROOM);
  readonly #sides = new ByteWriter();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes of records beside the columns. */
  get sideBytes(): number {
    return this.#sides.length;
  }

  // oxlint-disable-next-line max-params -- no object for each value
  add(slot: number, time: number, received: number, value: number, meta: number): void {
    const at = this.#count;
    if (at === this.#slots.length) this.#grow();
    this.#slots[at] = slot;
    this.#rows.times[at] = time;
    this.#rows.received[at] = received;
    this.#rows.numbers[at] = value;
    this.#rows.metas[at] = meta;
    this.#count += 1;
  }

  addSide({ slot, time, received, meta }: RowPlace, record: SideRecord): void {
    this.add(slot, time, received, this.#sides.length, meta | SIDE);
    writeSide(this.#sides, record);
  }

  /** What was gathered, as copies; it is empty afterwards. */
  take(): { readonly rows: Columns; readonly slots: Int32Array<ArrayBuffer> } {
    const count = this.#count;
    const rows = newColumns(count, this.#sides.take());
    rows.times.set(this.#rows.times.subarray(0, count));
    rows.received.set(this.#rows.received.subarray(0, count));
    rows.numbers.set(this.#rows.numbers.subarray(0, count));
    rows.metas.set(this.#rows.metas.subarray(0, count));
    this.#count = 0;
    this.#sides.clear();
    return { rows, slots: this.#slots.slice(0, count) };
  }

  #grow(): void {
    const { times, received, numbers, metas } = this.#rows;
    const room = this.#slots.length * 2;
    this.#rows = newColumns(room);
    this.#rows.times.set(times);
    this.#rows.received.set(received);
    this.#rows.numbers.set(numbers);
    this.#rows.metas.set(metas);
    const slots = new Int32Array(room);
    slots.set(this.#slots);
    this.#slots = slots;
  }
}
