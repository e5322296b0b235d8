/**
 * Values and properties as JSON, for those who do not speak Sparkplug: integers are exact, times are RFC 3339 in UTC, bytes are
 * base64, NaN and the infinities are null; arrays, DataSets and Templates are whole.
 */
import {
  isArrayValue,
  isDataSet,
  isTemplate,
  type DataSet,
  type Datatype,
  type MetricValue,
  type PropertyDatatype,
  type PropertySetValue,
  type PropertyToSend,
  type Template,
} from "@unshub/sparkplug";

declare global {
  /** Node has it; the compiler does not know it yet. */
  interface JSON {
    /** Stands in JSON as this text. */
    rawJSON(text: string): object;
  }
}

type Named = Datatype | PropertyDatatype;

/** What `JSON.stringify` makes the value of. `datatype`: left out when it is none of Sparkplug's. */
export function valueJson(value: MetricValue, datatype?: Named): unknown {
  if (typeof value === "bigint") return exact(value);
  if (typeof value === "number") return numberJson(value, datatype);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return base64(value);
  if (isArrayValue(value)) {
    const item = datatype === "DateTimeArray" ? "DateTime" : undefined;
    return Array.from<MetricValue, unknown>(value, (one) => valueJson(one, item));
  }
  if (isDataSet(value)) return tableJson(value);
  return isTemplate(value) ? templateJson(value) : null;
}

/** NaN and the infinities have no form in JSON. */
function numberJson(value: number, datatype: Named | undefined): number | string | null {
  if (datatype === "DateTime") return timeText(value) ?? value;
  return Number.isFinite(value) ? value : null;
}

function tableJson({ columns, types, rows }: DataSet): object {
  return {
    columns,
    types,
    rows: rows.map((row) => row.map((cell, at) => valueJson(cell, types[at]))),
  };
}

function templateJson({
  isDefinition,
  templateRef,
  version,
  metrics,
  parameters,
}: Template): object {
  return {
    isDefinition,
    templateRef,
    version,
    metrics: metrics.map(({ name, datatype, value, timestamp, properties = [] }) => ({
      name,
      datatype,
      value: valueJson(value, datatype),
      timestamp: timestamp === undefined ? undefined : timeText(timestamp),
      properties: properties.length === 0 ? undefined : propertiesJson(properties),
    })),
    parameters: parameters.map(({ name, datatype, value }) => ({
      name,
      datatype,
      value: valueJson(value, datatype),
    })),
  };
}

/** Any text may be a key, `__proto__` too: `fromEntries` makes it one like any other. */
export function propertiesJson(properties: readonly PropertyToSend[]): object {
  return Object.fromEntries(
    properties.map(({ key, datatype, value }) => [key, propertyJson(value, datatype)]),
  );
}

function propertyJson(value: PropertySetValue, datatype: PropertyDatatype): unknown {
  if (!isNested(value)) return valueJson(value, datatype);
  if (datatype === "PropertySet") return propertiesJson(value.filter(isProperty));
  return value.map((part) => (isProperty(part) ? null : propertiesJson(part)));
}

type Nested = Extract<PropertySetValue, readonly unknown[]>;

function isNested(value: PropertySetValue): value is Nested {
  return Array.isArray(value);
}

function isProperty(part: PropertyToSend | readonly PropertyToSend[]): part is PropertyToSend {
  return "key" in part;
}

/** An integer beyond 2^53, as it is. */
function exact(value: bigint): object {
  return JSON.rawJSON(value.toString());
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** The last millisecond that a date can be. */
const LAST_DATE = 8.64e15;

/** RFC 3339 in UTC; `undefined` when it lies beyond all dates. */
export function timeText(milliseconds: number): string | undefined {
  return milliseconds <= LAST_DATE ? new Date(milliseconds).toISOString() : undefined;
}
