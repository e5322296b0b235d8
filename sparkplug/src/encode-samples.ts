/**
 * A data message straight from the columns of a batch: no object per value. The bytes are those that `encodePayload`
 * would make of the same readings.
 */
import { writeMetric } from "./encode-metric.ts";
import { dataMetric, type MetricLabel } from "./reading.ts";
import {
  BOOLEAN,
  DOUBLE,
  FLOAT,
  INT,
  type AdmittedBatch,
  type SampleColumns,
} from "./sample-columns.ts";
import { WireWriter } from "./wire-writer.ts";

/** What of a device's data messages is the same each time: made once per birth. */
export class SampleHeads {
  readonly topic: string;
  readonly columns: SampleColumns;
  readonly labelOf: (index: number) => MetricLabel | undefined;
  /** Alias or name of each metric as it stands on the wire, one after the other. */
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;

  constructor(
    topic: string,
    columns: SampleColumns,
    labelOf: (index: number) => MetricLabel | undefined,
  ) {
    this.topic = topic;
    this.columns = columns;
    this.labelOf = labelOf;
    const writer = new WireWriter();
    writer.open();
    this.#ends = Uint32Array.from(columns.kinds, (_kind, index) => {
      const label = labelOf(index);
      if (label !== undefined && "alias" in label) writer.uint64(0x10, label.alias);
      else writer.optionalText(0x0a, label?.name);
      return writer.length;
    });
    this.#bytes = writer.take();
  }

  write(writer: WireWriter, index: number): void {
    const begin = index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
    writer.copy(this.#bytes, begin, this.#ends[index] ?? begin);
  }
}

/** Used for every message: encoding calls nobody who could encode meanwhile. */
const WRITER = new WireWriter();

/** `timestamp`: milliseconds UTC. [tck-id-payloads-ddata-timestamp] [tck-id-payloads-ddata-seq] */
export function encodeSamples(
  heads: SampleHeads,
  admitted: AdmittedBatch,
  { timestamp, seq }: { readonly timestamp: number; readonly seq: number },
): Uint8Array {
  const writer = WRITER;
  writer.open();
  writer.uint64(0x08, timestamp);
  const order = timeOrder(admitted.batch.timestamps, admitted.batch.count);
  for (let at = 0; at < admitted.batch.count; at += 1) {
    writeRow(writer, heads, admitted, order === undefined ? at : (order[at] ?? at));
  }
  writer.uint64(0x18, seq);
  return writer.take();
}

/** Rows in the order of their times; `undefined` when they are in order, as they mostly are. */
function timeOrder(timestamps: Float64Array, count: number): Uint32Array | undefined {
  let row = 1;
  while (row < count && (timestamps[row] ?? 0) >= (timestamps[row - 1] ?? 0)) row += 1;
  if (row >= count) return undefined;
  const rows = Uint32Array.from({ length: count }, (_, index) => index);
  return rows.toSorted((a, b) => (timestamps[a] ?? 0) - (timestamps[b] ?? 0) || a - b);
}

function writeRow(
  writer: WireWriter,
  heads: SampleHeads,
  { batch, readings }: AdmittedBatch,
  row: number,
): void {
  const index = batch.metrics[row] ?? 0;
  if (heads.columns.isPlain(batch, row)) {
    const begin = writer.begin(0x12);
    heads.write(writer, index);
    writer.long(0x18, batch.timestamps[row] ?? 0);
    if (batch.historical?.[row] === 1) writer.bool(0x28, true);
    writeNumber(writer, heads.columns.kinds[index] ?? 0, batch.numbers[row] ?? 0);
    writer.finish(begin);
    return;
  }
  const reading = readings.get(row);
  const label = heads.labelOf(index);
  const metric = heads.columns.metric(index);
  if (reading === undefined || label === undefined || metric === undefined) return;
  const isHistorical = batch.historical?.[row] === 1;
  const begin = writer.begin(0x12);
  writeMetric(writer, { ...dataMetric(reading, metric.datatype, label), isHistorical }, false);
  writer.finish(begin);
}

function writeNumber(writer: WireWriter, kind: number, number: number): void {
  if (kind === DOUBLE) writer.double(0x69, number);
  else if (kind === FLOAT) writer.float(0x65, number);
  else if (kind === BOOLEAN) writer.bool(0x70, number !== 0);
  else if (kind === INT) writer.uint32(0x50, number >>> 0);
  else writer.long(0x58, number);
}
