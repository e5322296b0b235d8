/** Metrics and Templates from the wire, as objects. One file, because each holds the other. */
import { readDataSet } from "./dataset.ts";
import { readMetaData } from "./metadata.ts";
import type { Metric, WireParameter, WireTemplate, WireValue } from "./payload.ts";
import { NO_PROPERTIES, propertiesAt } from "./properties.ts";
import { readBasic } from "./wire-basic.ts";
import * as fields from "./wire-fields.ts";
import type { QuickFields } from "./wire-quick.ts";
import type { WireReader } from "./wire-reader.ts";

/** How many fields Template and Parameter have. */
const KNOWN_OF_TEMPLATE = 5;
const KNOWN_OF_PARAMETER = 9;

/**
 * The metric whose fields are in `found`, whole. `found` is used again for metrics inside it, so everything is taken
 * out of it before the value is read. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE
 */
export function metricFrom(reader: WireReader, found: QuickFields): Metric {
  const { nameStart, nameEnd, alias, timestampMs, datatypeCode, start, end } = found;
  const { isHistorical, isTransient, isNull, metadataStart, propertiesStart } = found;
  const name = nameStart === 0 ? undefined : reader.nameAt(nameStart, nameEnd);
  const timestamp = timestampMs < 0 ? undefined : timestampMs;
  const datatype = datatypeCode < 0 ? undefined : datatypeCode;
  const metadata =
    metadataStart === 0 ? undefined : readMetaData(reader.to(metadataStart), found.metadataEnd);
  const properties =
    propertiesStart === 0
      ? NO_PROPERTIES
      : propertiesAt(reader, propertiesStart, found.propertiesEnd);
  const value = wireValue(reader, found);
  reader.pos = end;
  return {
    name,
    alias,
    timestamp,
    datatype,
    isHistorical,
    isTransient,
    isNull,
    metadata,
    properties,
    value,
    offset: start,
  };
}

/** The value among the fields; reads what is longer than a number. */
export function wireValue(reader: WireReader, found: QuickFields): WireValue | undefined {
  switch (found.valueField) {
    case 0:
      return undefined;
    case fields.INT:
      return { field: "int", raw: found.valueNumber >>> 0 };
    case fields.LONG:
      return { field: "long", raw: found.valueBig ?? found.valueNumber };
    case fields.FLOAT:
      return { field: "float", raw: found.valueNumber };
    case fields.DOUBLE:
      return { field: "double", raw: found.valueNumber };
    case fields.BOOLEAN:
      return { field: "boolean", raw: found.valueNumber !== 0 };
    default:
      return longValue(reader, found);
  }
}

function longValue(reader: WireReader, found: QuickFields): WireValue {
  const { valueField, valueStart, valueEnd } = found;
  switch (valueField) {
    case fields.STRING:
      return { field: "string", raw: reader.textAt(valueStart, valueEnd) };
    case fields.DATASET:
      return { field: "dataset", raw: readDataSet(reader.to(valueStart), valueEnd) };
    case fields.TEMPLATE:
      return { field: "template", raw: readTemplate(reader.to(valueStart), valueEnd, found) };
    default: {
      const raw = new Uint8Array(reader.bytes.subarray(valueStart, valueEnd));
      return { field: valueField === fields.EXTENSION ? "extension" : "bytes", raw };
    }
  }
}

interface OpenTemplate {
  version: string | undefined;
  readonly metrics: Metric[];
  readonly parameters: WireParameter[];
  templateRef: string | undefined;
  isDefinition: boolean | undefined;
}

function readTemplate(reader: WireReader, end: number, found: QuickFields): WireTemplate {
  reader.enter();
  const open: OpenTemplate = {
    version: undefined,
    metrics: [],
    parameters: [],
    templateRef: undefined,
    isDefinition: undefined,
  };
  while (reader.pos < end) {
    const key = reader.key();
    if (key === 0x12) open.metrics.push(readMember(reader, found));
    else if (key === 0x1a) open.parameters.push(readParameter(reader, reader.end()));
    else readTemplateField(reader, key, open);
  }
  reader.finish(end);
  reader.leave();
  return open;
}

function readMember(reader: WireReader, found: QuickFields): Metric {
  reader.count();
  const end = reader.end();
  found.read(reader, reader.pos, end);
  return metricFrom(reader, found);
}

function readTemplateField(reader: WireReader, key: number, open: OpenTemplate): void {
  switch (key) {
    case 0x0a:
      open.version = reader.text();
      return;
    case 0x22:
      open.templateRef = reader.name();
      return;
    case 0x28:
      open.isDefinition = reader.bool();
      return;
    default:
      reader.passOver(key, KNOWN_OF_TEMPLATE);
  }
}

function readParameter(reader: WireReader, end: number): WireParameter {
  reader.count();
  let name: string | undefined;
  let type: number | undefined;
  let value: WireValue | undefined;
  while (reader.pos < end) {
    const key = reader.key();
    if (key === 0x0a) name = reader.name();
    else if (key === 0x10) type = reader.uint32();
    else value = readParameterValue(reader, key) ?? value;
  }
  reader.finish(end);
  return { name, type, value };
}

function readParameterValue(reader: WireReader, key: number): WireValue | undefined {
  const value = readBasic(reader, key, 3);
  if (value !== undefined) return value;
  if (key === ((KNOWN_OF_PARAMETER << 3) | 2)) return { field: "extension", raw: reader.copy() };
  reader.passOver(key, KNOWN_OF_PARAMETER);
  return undefined;
}
