/** What a metric can be worth, and what an edge node says of one: value, quality, time, and how it was born. */
import type { BasicDatatype, Datatype, PropertyDatatype } from "./datatype.ts";

/** One number, truth value, text or run of bytes. 64-bit integers are `number` while that is exact, else `bigint`. */
export type ScalarValue = number | bigint | boolean | string | Uint8Array;

/** The value of an array datatype. It has no nulls. */
export type ArrayValue = readonly (number | bigint)[] | readonly boolean[] | readonly string[];

/** A cell of a DataSet, or the value of a template parameter; `null` when nothing was set. */
export type BasicValue = number | bigint | boolean | string | null;

/** A table. Each row has one cell per column, in their order. [tck-id-payloads-dataset-column-num-headers] */
export interface DataSet {
  readonly columns: readonly string[];
  /** One per column. [tck-id-payloads-dataset-types-num] */
  readonly types: readonly BasicDatatype[];
  readonly rows: readonly (readonly BasicValue[])[];
}

/** A structured value: the definition of a template, or an instance of one. */
export interface Template {
  /** Always on the wire, false too. [tck-id-payloads-template-is-definition] */
  readonly isDefinition: boolean;
  /** Of instances: the name of the definition's metric. [tck-id-payloads-template-instance-ref] */
  readonly templateRef?: string | undefined;
  readonly version?: string | undefined;
  /** All members in births; in data any of them. [tck-id-payloads-template-instance-members-data] */
  readonly metrics: readonly TemplateMember[];
  readonly parameters: readonly TemplateParameter[];
}

/** One member of a template: a metric inside a metric. */
export interface TemplateMember {
  readonly name?: string | undefined;
  readonly alias?: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  readonly datatype: Datatype;
  readonly value: MetricValue;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly metadata?: MetaData | undefined;
  readonly properties?: readonly PropertyToSend[];
}

/** What a definition leaves open and an instance fills in. [tck-id-payloads-template-parameter-name-required] */
export interface TemplateParameter {
  readonly name: string;
  readonly datatype: BasicDatatype;
  /** `null` when no value stands on the wire; the definition's default holds then. */
  readonly value: BasicValue;
}

/** A property; `null` sends `is_null`. A PropertySet is a list of properties, a PropertySetList a list of these. */
export interface PropertyToSend {
  readonly key: string;
  readonly datatype: PropertyDatatype;
  readonly value: PropertySetValue;
}

/** The value of a property, nested ones too. */
export type PropertySetValue =
  | BasicValue
  | readonly PropertyToSend[]
  | readonly (readonly PropertyToSend[])[];

/** Describes a value, mostly of Bytes and File. All fields are optional and none changes how the value is read. */
export interface MetaData {
  readonly isMultiPart?: boolean | undefined;
  readonly contentType?: string | undefined;
  /** Bytes of the whole. */
  readonly size?: number | bigint | undefined;
  /** Number of this part. */
  readonly seq?: number | bigint | undefined;
  readonly fileName?: string | undefined;
  readonly fileType?: string | undefined;
  readonly md5?: string | undefined;
  readonly description?: string | undefined;
}

/** A value as Sparkplug carries it. DateTime is a number: milliseconds since 1970 UTC. */
export type MetricValue = ScalarValue | ArrayValue | DataSet | Template | null;

/** Whether `value` is of an array datatype. */
export function isArrayValue(value: MetricValue): value is ArrayValue {
  return Array.isArray(value);
}

/** Whether `value` is a DataSet. */
export function isDataSet(value: MetricValue): value is DataSet {
  return typeof value === "object" && value !== null && "columns" in value;
}

/** Whether `value` is a Template, definition or instance. */
export function isTemplate(value: MetricValue): value is Template {
  return typeof value === "object" && value !== null && "isDefinition" in value;
}

/** On the wire 192, 0 and 500; left out when good. [tck-id-payloads-propertyset-quality-value-value] */
export type Quality = "good" | "bad" | "stale";

/** What one metric was worth at one moment. */
export interface MetricReading {
  /** As born, e.g. `"Line1/Temperature"`. */
  readonly name: string;
  /** `null` when the device answered but has no value. */
  readonly value: MetricValue;
  readonly quality: Quality;
  /** Milliseconds since 1970 UTC, taken when the device answered, not when we publish. */
  readonly timestamp: number;
  /** A short stable word that says why the quality is not good, e.g. `modbus_exception_2`. */
  readonly reason?: string;
  /** The number that the device gave as the reason; property `Code`. */
  readonly code?: number | undefined;
  /** Since when the quality is what it is, in milliseconds since 1970 UTC; property `Since`. */
  readonly since?: number | undefined;
  /** The quality is bad and the value the last good one, to be sent all the same; a bad value is null otherwise. */
  readonly isKept?: boolean | undefined;
  /** Values before it were lost in the device, whose queue was too short; property `Overflow`. */
  readonly isOverflow?: boolean | undefined;
}

/** A reading as a birth certificate announces it: with its datatype, and whether commands may change it. */
export interface BornMetric extends MetricReading {
  readonly datatype: Datatype;
  readonly writable: boolean;
  /** Engineering unit, e.g. `"°C"`; becomes the property `engUnit`. */
  readonly unit?: string;
  readonly description?: string;
  /** Lowest and highest value that makes sense, for a writable metric what may be written; properties `engLow`, `engHigh`. */
  readonly range?: readonly [low: number, high: number];
}
