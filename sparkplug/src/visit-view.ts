/**
 * One metric in the bytes of its message, decoded as far as somebody asks. The same object is moved from metric to
 * metric, and no other kind of object reads metrics, the full decoder neither: that keeps the compiled code short.
 */
import { datatypeRow, type Datatype, type DatatypeRow } from "./datatype.ts";
import type { MetricValue } from "./metric.ts";
import type { Metric, Properties, WireValue } from "./payload.ts";
import { NO_PROPERTIES, propertiesAt } from "./properties.ts";
import type { TemplateTypes } from "./template.ts";
import { metricFrom, wireValue } from "./wire-metric.ts";
import { QuickFields } from "./wire-quick.ts";
import type { WireReader } from "./wire-reader.ts";
import { valueAt } from "./wire-value.ts";

/** One metric, seen in the bytes of its message. Only valid inside `PayloadVisitor.metric`. */
export interface MetricView {
  readonly name: string | undefined;
  readonly alias: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  /** The same, with what to take when it was left out; makes no object, which counts for a million metrics. */
  timestampOr(otherwise: number): number;
  /** Code of its datatype; usually left out of data. */
  readonly datatype: number | undefined;
  readonly isHistorical: boolean;
  readonly isTransient: boolean;
  readonly isNull: boolean;
  /** Whether it has properties at all, which most data has not. */
  readonly hasProperties: boolean;
  readonly properties: Properties;
  /**
   * As `metricValue`: seen through the metric's own datatype or that of its birth.
   * @throws {SparkplugError} VALUE_MISFIT when field and datatype do not go together.
   */
  value(datatype: Datatype, types?: TemplateTypes): MetricValue;
  /** Whether `number` is the value, seen through `datatype`. For who keeps numbers in columns: makes no object at all. */
  isNumber(datatype: Datatype): boolean;
  /** Likewise: whether `number` is a truth value: false when it is 0, else true. */
  isTruth(datatype: Datatype): boolean;
  /** The value when `isNumber` or `isTruth` says so, and only then. */
  readonly number: number;
  /** The whole metric as an object that may be kept. @throws {SparkplugError} PAYLOAD_MALFORMED */
  metric(): Metric;
}

/** The view, and what moves it. */
export class MetricCursor extends QuickFields implements MetricView {
  readonly #reader: WireReader;

  constructor(reader: WireReader) {
    super();
    this.#reader = reader;
  }

  get name(): string | undefined {
    const { nameStart, nameEnd } = this;
    return nameStart === 0 ? undefined : this.#reader.nameAt(nameStart, nameEnd);
  }

  get timestamp(): number | undefined {
    return this.timestampMs < 0 ? undefined : this.timestampMs;
  }

  timestampOr(otherwise: number): number {
    return this.timestampMs < 0 ? otherwise : this.timestampMs;
  }

  get datatype(): number | undefined {
    return this.datatypeCode < 0 ? undefined : this.datatypeCode;
  }

  get hasProperties(): boolean {
    return this.propertiesStart !== 0;
  }

  get properties(): Properties {
    if (this.propertiesStart === 0) return NO_PROPERTIES;
    this.#reader.surface();
    return propertiesAt(this.#reader, this.propertiesStart, this.propertiesEnd);
  }

  value(datatype: Datatype, types?: TemplateTypes): MetricValue {
    return this.plain === datatype ? this.valueNumber : this.#otherValue(datatype, types);
  }

  isNumber(datatype: Datatype): boolean {
    return this.plain === datatype || this.#isWhole(datatype);
  }

  isTruth(datatype: Datatype): boolean {
    return this.valueField === BOOLEAN && datatype === "Boolean" && !this.isNull;
  }

  get number(): number {
    return this.valueNumber;
  }

  metric(): Metric {
    const { start, end } = this;
    this.#reader.surface();
    try {
      return metricFrom(this.#reader, this);
    } finally {
      this.#restore(start, end);
    }
  }

  /** Reads what may yet turn out to be broken. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
  prove(): void {
    if (this.more || this.valueField > STRING) void this.metric();
    else if (this.valueField === STRING) this.#reader.textAt(this.valueStart, this.valueEnd);
    void this.name;
  }

  /** What is not a number as it stands. */
  #otherValue(datatype: Datatype, types: TemplateTypes | undefined): MetricValue {
    if (this.isNull || this.valueField === 0) return null;
    if (this.valueField === BOOLEAN && datatype === "Boolean") return this.valueNumber !== 0;
    if (this.valueField === STRING && datatype === "String") {
      return this.#reader.textAt(this.valueStart, this.valueEnd);
    }
    return this.#isWhole(datatype) ? this.valueNumber : this.#anyValue(datatype, types);
  }

  /** An integer that needs no second look at its sign. */
  #isWhole(datatype: Datatype): boolean {
    const isInt = this.valueField === INT;
    if ((!isInt && this.valueField !== LONG) || this.isNull) return false;
    if (!isInt) return this.valueBig === undefined && isLong(datatype);
    const row = shortInteger(datatype);
    return row !== undefined && this.valueNumber >= row.min && this.valueNumber <= row.max;
  }

  #anyValue(datatype: Datatype, types: TemplateTypes | undefined): MetricValue {
    const value = this.#wireValue();
    return value === undefined ? null : valueAt(value, datatype, { offset: this.start, types });
  }

  #wireValue(): WireValue | undefined {
    const { start, end } = this;
    this.#reader.surface();
    try {
      return wireValue(this.#reader, this);
    } finally {
      this.#restore(start, end);
    }
  }

  /** Reading a template used the fields for its members, and left off in one of them when it is broken. */
  #restore(start: number, end: number): void {
    if (this.start !== start) this.read(this.#reader, start, end);
  }
}

/** Numbers of value fields; not imported, because V8 fetches and checks what is of another module each time. */
const INT = 10;
const LONG = 11;
const BOOLEAN = 14;
const STRING = 15;

function isLong(datatype: Datatype): boolean {
  return datatype === "Int64" || datatype === "UInt64" || datatype === "DateTime";
}

const [INT8, INT16, UINT8, UINT16, UINT32] = (
  ["Int8", "Int16", "UInt8", "UInt16", "UInt32"] as const
).map(datatypeRow);

/** Comparing names is twice as fast as asking a `Map`. Int32 needs no look. */
function shortInteger(datatype: Datatype): DatatypeRow | undefined {
  if (datatype === "Int16") return INT16;
  if (datatype === "UInt16") return UINT16;
  if (datatype === "UInt8") return UINT8;
  if (datatype === "UInt32") return UINT32;
  return datatype === "Int8" ? INT8 : undefined;
}
