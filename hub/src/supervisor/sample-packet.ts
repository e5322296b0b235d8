/**
 * Samples on the way from an adapter's thread to the hub: all that was said in one turn of the event loop, in columns over
 * one piece of memory, which is handed over and comes back to be used again.
 */
import type { MetricValue, SampleBatch, SampleReason } from "@unshub/sparkplug";

/** Number, time, metric, quality, history. */
const BYTES_PER_ROW = 8 + 8 + 4 + 1 + 1;

/** One batch in a packet. */
export interface PackedBatch {
  readonly deviceId: string;
  readonly count: number;
  readonly others?: ReadonlyMap<number, MetricValue>;
  readonly reasons?: ReadonlyMap<number, SampleReason>;
  readonly hasHistory: boolean;
}

/** A packet as it goes to the hub. The batches stand one after the other. */
export interface SentPacket {
  readonly memory: ArrayBuffer;
  readonly batches: readonly PackedBatch[];
}

interface Columns {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly timestamps: Float64Array<ArrayBuffer>;
  readonly metrics: Uint32Array<ArrayBuffer>;
  readonly qualities: Uint8Array<ArrayBuffer>;
  readonly historical: Uint8Array<ArrayBuffer>;
}

/** A packet that is being filled. */
export class SamplePacket {
  #memory: ArrayBuffer;
  #columns: Columns;
  #batches: PackedBatch[] = [];
  #rows = 0;

  constructor(memory: ArrayBuffer = memoryFor(1024)) {
    this.#memory = memory;
    this.#columns = columnsOver(memory);
  }

  get rows(): number {
    return this.#rows;
  }

  get batches(): number {
    return this.#batches.length;
  }

  /** Copies the batch. */
  add(deviceId: string, batch: SampleBatch): void {
    const { count, others, reasons, historical } = batch;
    const row = this.#rows;
    this.#makeRoom(row + count);
    const columns = this.#columns;
    columns.numbers.set(batch.numbers.subarray(0, count), row);
    columns.timestamps.set(batch.timestamps.subarray(0, count), row);
    columns.metrics.set(batch.metrics.subarray(0, count), row);
    columns.qualities.set(batch.qualities.subarray(0, count), row);
    if (historical !== undefined) columns.historical.set(historical.subarray(0, count), row);
    this.#rows = row + count;
    this.#batches.push({
      deviceId,
      count,
      hasHistory: historical !== undefined,
      ...(others !== undefined && { others }),
      ...(reasons !== undefined && { reasons }),
    });
  }

  /** What goes to the hub; `memory` is to be transferred. Nothing may be added afterwards. */
  seal(): SentPacket {
    return { memory: this.#memory, batches: this.#batches };
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#columns.qualities.length) return;
    const old = this.#columns;
    this.#memory = memoryFor(Math.max(rows, old.qualities.length * 2));
    this.#columns = columnsOver(this.#memory);
    this.#columns.numbers.set(old.numbers);
    this.#columns.timestamps.set(old.timestamps);
    this.#columns.metrics.set(old.metrics);
    this.#columns.qualities.set(old.qualities);
    this.#columns.historical.set(old.historical);
  }
}

/** The batches of a packet in their order, each a view of its memory: good until the memory goes back. */
export function* batchesOf({ memory, batches }: SentPacket): Generator<[string, SampleBatch]> {
  const columns = columnsOver(memory);
  let row = 0;
  for (const { deviceId, count, others, reasons, hasHistory } of batches) {
    const end = row + count;
    yield [
      deviceId,
      {
        count,
        numbers: columns.numbers.subarray(row, end),
        timestamps: columns.timestamps.subarray(row, end),
        metrics: columns.metrics.subarray(row, end),
        qualities: columns.qualities.subarray(row, end),
        ...(others !== undefined && { others }),
        ...(reasons !== undefined && { reasons }),
        ...(hasHistory && { historical: columns.historical.subarray(row, end) }),
      },
    ];
    row = end;
  }
}

/** Rows are a multiple of eight, so that each column begins where it may. */
function memoryFor(rows: number): ArrayBuffer {
  return new ArrayBuffer(Math.ceil(rows / 8) * 8 * BYTES_PER_ROW);
}

function columnsOver(memory: ArrayBuffer): Columns {
  const rows = Math.floor(memory.byteLength / BYTES_PER_ROW);
  return {
    numbers: new Float64Array(memory, 0, rows),
    timestamps: new Float64Array(memory, rows * 8, rows),
    metrics: new Uint32Array(memory, rows * 16, rows),
    qualities: new Uint8Array(memory, rows * 20, rows),
    historical: new Uint8Array(memory, rows * 21, rows),
  };
}
