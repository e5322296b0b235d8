/**
 * DataSet, datatype 16: a table in a metric. Reading from the wire keeps what was sent; whether columns, types and
 * rows go together is checked when the value is asked for, so that one bad table does not hide a whole birth.
 */
import { basicDatatypeOf, datatypeCode, datatypeRow, type BasicDatatype } from "./datatype.ts";
import type { BasicValue, DataSet } from "./metric.ts";
import type { WireDataSet, WireValue } from "./payload.ts";
import { readBasic, writeBasic } from "./wire-basic.ts";
import type { WireReader } from "./wire-reader.ts";
import { misfit, within } from "./wire-misfit.ts";
import { basicThrough } from "./wire-scalar.ts";
import type { WireWriter } from "./wire-writer.ts";

/** [tck-id-payloads-dataset-column-size] */
const NUM_OF_COLUMNS = 0x08;
const COLUMN = 0x12;
/** Codes of 32 bits, one field for each or all in one. [tck-id-payloads-dataset-types-def] [tck-id-payloads-dataset-types-type] */
const TYPE = 0x18;
const PACKED_TYPES = 0x1a;
const ROW = 0x22;
const ELEMENT = 0x0a;
/** How many fields DataSet, Row and DataSetValue have. */
const KNOWN = 4;
const KNOWN_OF_ROW = 1;
const KNOWN_OF_CELL = 6;

type Cell = WireValue | undefined;

interface Open {
  numOfColumns: number | undefined;
  readonly columns: string[];
  readonly types: number[];
  readonly rows: (readonly Cell[])[];
}

/** Reads to `end`. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
export function readDataSet(reader: WireReader, end: number): WireDataSet {
  const open: Open = { numOfColumns: undefined, columns: [], types: [], rows: [] };
  while (reader.pos < end) readField(reader, reader.key(), open);
  reader.finish(end);
  return open;
}

function readField(reader: WireReader, key: number, open: Open): void {
  switch (key) {
    case NUM_OF_COLUMNS:
      open.numOfColumns = reader.counter();
      return;
    case COLUMN:
      reader.count();
      open.columns.push(reader.name());
      return;
    case TYPE:
      reader.count();
      open.types.push(reader.uint32());
      return;
    case PACKED_TYPES:
      readPackedTypes(reader, open.types);
      return;
    case ROW:
      open.rows.push(readRow(reader, reader.end()));
      return;
    default:
      reader.passOver(key, KNOWN);
  }
}

function readPackedTypes(reader: WireReader, types: number[]): void {
  const end = reader.end();
  while (reader.pos < end) {
    reader.count();
    types.push(reader.uint32());
  }
  reader.finish(end);
}

function readRow(reader: WireReader, end: number): readonly Cell[] {
  reader.count();
  const cells: Cell[] = [];
  while (reader.pos < end) {
    const key = reader.key();
    if (key === ELEMENT) cells.push(readCell(reader, reader.end()));
    else reader.passOver(key, KNOWN_OF_ROW);
  }
  reader.finish(end);
  return cells;
}

function readCell(reader: WireReader, end: number): Cell {
  reader.count();
  let cell: Cell;
  while (reader.pos < end) {
    const key = reader.key();
    const value = readBasic(reader, key, 1);
    if (value === undefined) reader.passOver(key, KNOWN_OF_CELL);
    else cell = value;
  }
  reader.finish(end);
  return cell;
}

/**
 * The table, every cell seen through the type of its column. A cell without a value is a null.
 * [tck-id-payloads-dataset-column-num-headers] [tck-id-payloads-dataset-types-num]
 * @throws {SparkplugError} VALUE_MISFIT with the path when counts, types or cells do not go together.
 */
export function dataSetValue(wire: WireDataSet): DataSet {
  const { columns, numOfColumns } = wire;
  const types = wire.types.map(columnType);
  if (types.length !== columns.length || numOfColumns !== columns.length) {
    const counts = `${numOfColumns} num_of_columns, ${columns.length} columns, ${types.length} types`;
    throw misfit(`the counts of a DataSet differ: ${counts}`, "dataset");
  }
  const rows = wire.rows.map((cells, index) => rowValue(cells, types, index));
  return { columns, types, rows };
}

function columnType(code: number, index: number): BasicDatatype {
  const type = basicDatatypeOf(code);
  if (type !== undefined) return type;
  throw misfit(`${code} is no datatype of a column`, `dataset.types[${index}]`);
}

function rowValue(
  cells: readonly Cell[],
  types: readonly BasicDatatype[],
  row: number,
): readonly BasicValue[] {
  const path = `dataset.rows[${row}]`;
  if (cells.length !== types.length) {
    throw misfit(`a row of ${cells.length} cells below ${types.length} columns`, path);
  }
  let index = 0;
  try {
    const values: BasicValue[] = [];
    for (const type of types) {
      values.push(basicThrough(cells[index], type));
      index += 1;
    }
    return values;
  } catch (error) {
    throw within(`${path}.elements[${index}]`, error);
  }
}

/**
 * [tck-id-payloads-dataset-column-size] [tck-id-payloads-dataset-types-def] [tck-id-payloads-dataset-types-type]
 * Types stand in every table, without rows too. [tck-id-payloads-dataset-parameter-type-req]
 * @throws {SparkplugError} VALUE_MISFIT when counts differ or a cell does not fit its column.
 */
export function writeDataSet(writer: WireWriter, { columns, types, rows }: DataSet): void {
  if (types.length !== columns.length) {
    throw misfit(`${columns.length} columns, ${types.length} types`, "dataset");
  }
  writer.uint64(NUM_OF_COLUMNS, columns.length);
  for (const column of columns) writer.text(COLUMN, column);
  for (const type of types) writer.uint32(TYPE, columnCode(type));
  rows.forEach((row, index) => {
    const begin = writer.begin(ROW);
    writeRow(writer, row, { types, index });
    writer.finish(begin);
  });
}

function columnCode(type: BasicDatatype): number {
  const code = datatypeCode(type);
  if (basicDatatypeOf(code) === undefined)
    throw misfit(`${type} is no type of a column`, "dataset");
  return code;
}

/** [tck-id-payloads-template-dataset-value] */
function writeRow(
  writer: WireWriter,
  row: readonly BasicValue[],
  { types, index }: { readonly types: readonly BasicDatatype[]; readonly index: number },
): void {
  const path = `dataset.rows[${index}]`;
  if (row.length !== types.length) {
    throw misfit(`a row of ${row.length} cells below ${types.length} columns`, path);
  }
  let column = 0;
  try {
    for (const type of types) {
      const begin = writer.begin(ELEMENT);
      writeBasic(writer, 1, datatypeRow(type), row[column] ?? null);
      writer.finish(begin);
      column += 1;
    }
  } catch (error) {
    throw within(`${path}.elements[${column}]`, error);
  }
}
