/**
 * PropertySets: what is known of a metric besides its value, as two lists of keys and values that go in step.
 * Sets nest in sets and in lists of sets. [tck-id-payloads-propertyset-keys-array-size]
 * [tck-id-payloads-propertyset-values-array-size]
 */
import { datatypeRow, propertyDatatypeOf } from "./datatype.ts";
import type { PropertySetValue, PropertyToSend } from "./metric.ts";
import type { Properties, Property, WireValue } from "./payload.ts";
import { readBasic, writeBasic } from "./wire-basic.ts";
import { Kept } from "./wire-kept.ts";
import type { WireReader } from "./wire-reader.ts";
import { misfit, within } from "./wire-misfit.ts";
import type { WireWriter } from "./wire-writer.ts";

const KEY = 0x0a;
const VALUE = 0x12;
const TYPE = 0x08;
const IS_NULL = 0x10;
const SET = 0x4a;
const SETS = 0x52;
const SET_OF_LIST = 0x0a;
/** The number of `int_value` in a PropertyValue. */
const FIRST_VALUE = 3;
/** How many fields PropertySet, PropertyValue and PropertySetList have. */
const KNOWN = 2;
const KNOWN_OF_VALUE = 11;
const KNOWN_OF_LIST = 1;

export const NO_PROPERTIES: Properties = new Map();
const NO_PROPERTY: Property = { type: undefined, isNull: true, value: undefined };

/** What a flat set counts for: itself, each key, each value. */
const itemsOf = (size: number): number => 1 + 2 * size;

/** Sets of metrics: units and limits are the same in every birth, and often in those of neighbours. Only flat ones. */
const SETS_OF_METRICS = new Kept<Properties>(160);

/**
 * The set of a metric, in `bytes[start]` to `bytes[end]`; the same object as in an earlier message when it is the same
 * set. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE
 */
export function propertiesAt(reader: WireReader, start: number, end: number): Properties {
  const { bytes } = reader;
  const known = SETS_OF_METRICS.find(bytes, start, end);
  if (known !== undefined) return counted(reader.to(start), known);
  const before = reader.items;
  const properties = readProperties(reader.to(start), end);
  const isPlain = reader.items - before === itemsOf(properties.size);
  return isPlain ? SETS_OF_METRICS.keep(properties, bytes, start, end) : properties;
}

/** What is kept counts and nests as if it had been read, so that limits do not depend on what came before. */
function counted(reader: WireReader, properties: Properties): Properties {
  reader.enter();
  reader.leave();
  reader.count(itemsOf(properties.size));
  return properties;
}

/** Reads to `end`. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
function readProperties(reader: WireReader, end: number): Properties {
  const { at } = reader;
  reader.enter();
  reader.count();
  const keys: string[] = [];
  const values: Property[] = [];
  while (reader.pos < end) {
    const key = reader.key();
    if (key === KEY) {
      reader.count();
      keys.push(reader.name());
    } else if (key === VALUE) values.push(readProperty(reader, reader.end()));
    else reader.passOver(key, KNOWN);
  }
  reader.finish(end);
  reader.leave();
  if (keys.length !== values.length) {
    reader.at = at;
    reader.malformed(`${keys.length} property keys, ${values.length} values`);
  }
  const properties = new Map<string, Property>();
  for (let index = 0; index < keys.length; index += 1) {
    properties.set(keys[index] ?? "", values[index] ?? NO_PROPERTY);
  }
  return properties;
}

function readProperty(reader: WireReader, end: number): Property {
  reader.count();
  let type: number | undefined;
  let isNull = false;
  let value: WireValue | undefined;
  while (reader.pos < end) {
    const key = reader.key();
    if (key === TYPE) type = reader.uint32();
    else if (key === IS_NULL) isNull = reader.bool();
    else value = readValue(reader, key) ?? value;
  }
  reader.finish(end);
  return { type, isNull, value };
}

function readValue(reader: WireReader, key: number): WireValue | undefined {
  if (key === SET) return { field: "propertyset", raw: readProperties(reader, reader.end()) };
  if (key === SETS) return { field: "propertysets", raw: readList(reader, reader.end()) };
  const value = readBasic(reader, key, FIRST_VALUE);
  if (value !== undefined) return value;
  if (key === ((KNOWN_OF_VALUE << 3) | 2)) return { field: "extension", raw: reader.copy() };
  reader.passOver(key, KNOWN_OF_VALUE);
  return undefined;
}

function readList(reader: WireReader, end: number): readonly Properties[] {
  const sets: Properties[] = [];
  while (reader.pos < end) {
    const key = reader.key();
    if (key === SET_OF_LIST) sets.push(readProperties(reader, reader.end()));
    else reader.passOver(key, KNOWN_OF_LIST);
  }
  reader.finish(end);
  return sets;
}

/** @throws {SparkplugError} VALUE_MISFIT with the path of the property whose value does not fit. */
export function writeProperties(writer: WireWriter, properties: readonly PropertyToSend[]): void {
  writer.enter();
  for (const { key } of properties) writer.text(KEY, key);
  for (const property of properties) {
    const begin = writer.begin(VALUE);
    try {
      writeProperty(writer, property);
    } catch (error) {
      throw within(`properties[${JSON.stringify(property.key)}]`, error);
    }
    writer.finish(begin);
  }
  writer.leave();
}

/** Its type is always told. [tck-id-payloads-metric-propertyvalue-type-req] */
function writeProperty(writer: WireWriter, { datatype, value }: PropertyToSend): void {
  const row = datatypeRow(datatype);
  if (propertyDatatypeOf(row.code) === undefined) {
    throw misfit(`${datatype} is no type of a property`);
  }
  // [tck-id-payloads-metric-propertyvalue-type-req] [tck-id-payloads-metric-propertyvalue-type-type]
  writer.uint32(TYPE, row.code);
  if (value === null) return writer.bool(IS_NULL, true);
  if (row.field === "propertyset") return writeSet(writer, SET, value);
  if (row.field === "propertysets") return writeSets(writer, value);
  if (typeof value === "object") throw misfit(`${datatype} takes one value, not a set`);
  return writeBasic(writer, FIRST_VALUE, row, value);
}

function writeSet(writer: WireWriter, key: number, value: PropertySetValue): void {
  if (!isSet(value)) throw misfit("PropertySet takes a list of properties");
  const begin = writer.begin(key);
  writeProperties(writer, value);
  writer.finish(begin);
}

function writeSets(writer: WireWriter, value: PropertySetValue): void {
  if (!isList(value)) throw misfit("PropertySetList takes a list of lists of properties");
  const begin = writer.begin(SETS);
  for (const set of value) writeSet(writer, SET_OF_LIST, set);
  writer.finish(begin);
}

function isSet(value: PropertySetValue): value is readonly PropertyToSend[] {
  return Array.isArray(value) && value.every((each: unknown) => !Array.isArray(each));
}

function isList(value: PropertySetValue): value is readonly (readonly PropertyToSend[])[] {
  return Array.isArray(value) && value.every((each: unknown) => Array.isArray(each));
}
