/**
 * A live certificate as JSON, for those who do not speak Sparkplug: what the Sparkplug form says, in the six qualities of
 * the tree. Integers are exact, times are RFC 3339 in UTC, bytes are base64; DataSets and Templates are whole.
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
import { metricName, type UnsTree } from "../../tree/index.ts";
import { announcedProperties, seqOf } from "./live-payload.ts";
import type { LiveCertificate } from "./live-topics.ts";

declare global {
  /** Node has it; the compiler does not know it yet. */
  interface JSON {
    /** Stands in JSON as this text. */
    rawJSON(text: string): object;
  }
}

/** `now`: milliseconds since 1970 UTC. */
export function liveJson(tree: UnsTree, certificate: LiveCertificate, now: number): string {
  const { session, deviceId, member } = certificate;
  return JSON.stringify({
    group: session.groupId,
    edgeNode: session.edgeNodeId,
    device: deviceId,
    online: member.state === "online",
    state: member.state,
    timestamp: time(now),
    seq: seqOf(certificate),
    bdSeq: deviceId === undefined ? session.bdSeq : undefined,
    metrics: Array.from(member.ids, (id) => metricJson(tree, member.rowId, id)),
  });
}

function metricJson(tree: UnsTree, memberRow: number, id: number): object {
  const { definitions, values } = tree;
  const datatype = definitions.datatype(id);
  const alias = definitions.alias(id);
  const properties = announcedProperties(tree.propertiesOf(id));
  const value = values.value(id);
  return {
    name: metricName(tree, memberRow, id),
    alias: typeof alias === "bigint" ? exact(alias) : alias,
    datatype: datatype ?? definitions.datatypeCode(id),
    value: valueJson(value, datatype),
    timestamp: time(values.timestamp(id)),
    ...qualityOf(tree, id, value),
    properties: properties.length === 0 ? undefined : propertiesJson(properties),
  };
}

/** What JSON has no form for is no value, and says so. */
function qualityOf(
  { values }: UnsTree,
  id: number,
  value: MetricValue,
): { readonly quality: string; readonly reason: string | undefined } {
  const quality = values.quality(id);
  const reason = values.reason(id);
  if (typeof value !== "number" || Number.isFinite(value)) return { quality, reason };
  return { quality: "bad", reason: reason ?? `JSON has no ${value}` };
}

type Named = Datatype | PropertyDatatype;

/** `datatype`: left out when it is none of Sparkplug's. */
function valueJson(value: MetricValue, datatype?: Named): unknown {
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
  if (datatype === "DateTime") return time(value) ?? value;
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
      timestamp: timestamp === undefined ? undefined : time(timestamp),
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
function propertiesJson(properties: readonly PropertyToSend[]): object {
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

/** `undefined` when it lies beyond all dates. */
function time(milliseconds: number): string | undefined {
  return milliseconds <= LAST_DATE ? new Date(milliseconds).toISOString() : undefined;
}
