/** A Sparkplug payload as it stands on the wire: what was sent and what was left out. */
import type { MetaData } from "./metric.ts";

/** A value as read from the wire, not yet seen through a datatype: integers are unsigned, as protobuf sends them. */
export type WireValue =
  | { readonly field: "int" | "long"; readonly raw: number | bigint }
  | { readonly field: "float" | "double"; readonly raw: number }
  | { readonly field: "boolean"; readonly raw: boolean }
  | { readonly field: "string"; readonly raw: string }
  | { readonly field: "bytes" | "extension"; readonly raw: Uint8Array }
  | { readonly field: "dataset"; readonly raw: WireDataSet }
  | { readonly field: "template"; readonly raw: WireTemplate }
  | { readonly field: "propertyset"; readonly raw: Properties }
  | { readonly field: "propertysets"; readonly raw: readonly Properties[] };

/** The field of the protobuf `oneof` that was set. Extensions are kept as their bytes. */
export type WireField = WireValue["field"];

/** A PropertySet. A `Map`, because any text may be a key; of two equal keys the last one holds. */
export type Properties = ReadonlyMap<string, Property>;

/** One entry of a PropertySet. */
export interface Property {
  /** Code of its datatype, `undefined` when it was left out. */
  readonly type: number | undefined;
  readonly isNull: boolean;
  readonly value: WireValue | undefined;
}

/** A DataSet as it was sent; whether it is one shows when its value is read. */
export interface WireDataSet {
  readonly numOfColumns: number | undefined;
  readonly columns: readonly string[];
  /** Codes of datatypes. */
  readonly types: readonly number[];
  /** `undefined`: a cell without a value, which is a null. */
  readonly rows: readonly (readonly (WireValue | undefined)[])[];
}

/** A Template as it was sent. */
export interface WireTemplate {
  readonly version: string | undefined;
  readonly metrics: readonly Metric[];
  readonly parameters: readonly WireParameter[];
  readonly templateRef: string | undefined;
  readonly isDefinition: boolean | undefined;
}

/** A template parameter as it was sent. */
export interface WireParameter {
  readonly name: string | undefined;
  /** Code of its datatype. */
  readonly type: number | undefined;
  readonly value: WireValue | undefined;
}

/** One metric as it stands in a message. */
export interface Metric {
  readonly name: string | undefined;
  readonly alias: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  /** Code of its datatype; required in births, usually left out of data. */
  readonly datatype: number | undefined;
  /** A past value: record it, never let it overwrite the live one. */
  readonly isHistorical: boolean;
  /** To be shown, not to be kept in the history. */
  readonly isTransient: boolean;
  readonly isNull: boolean;
  readonly metadata: MetaData | undefined;
  readonly properties: Properties;
  readonly value: WireValue | undefined;
  /** The byte of the payload at which it begins. */
  readonly offset: number;
}

/** One message. */
export interface Payload {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  readonly seq: number | undefined;
  readonly metrics: readonly Metric[];
  readonly uuid: string | undefined;
  readonly body: Uint8Array | undefined;
}

export { propertyValue } from "./property-value.ts";
export { metricValue } from "./wire-value.ts";
