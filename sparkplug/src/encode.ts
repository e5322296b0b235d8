/**
 * From values to bytes, in one pass and one buffer. Presence matters in proto2: `seq` 0, `false` and `""` are written
 * out. Every value is checked against its datatype; what does not fit is never sent.
 */
import type { Datatype } from "./datatype.ts";
import { writeMetric } from "./encode-metric.ts";
import { SparkplugError } from "./errors.ts";
import { isDataSet, isTemplate } from "./metric.ts";
import type { MetaData, MetricValue, PropertyToSend } from "./metric.ts";
import { shapeFault } from "./wire-fit.ts";
import { misfit } from "./wire-misfit.ts";
import { WireWriter } from "./wire-writer.ts";

export type { PropertyToSend } from "./metric.ts";

/** A metric to send. */
export interface MetricToSend {
  /** Always in births; left out of data when there is an alias. [tck-id-payloads-alias-data-cmd-requirement] */
  readonly name?: string | undefined;
  readonly alias?: number | bigint | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  readonly datatype: Datatype;
  /**
   * Whether the datatype stands in the message, its own and those of template members: always in births.
   * [tck-id-payloads-metric-datatype-req]
   */
  readonly tellDatatype: boolean;
  readonly value: MetricValue;
  readonly isHistorical?: boolean;
  readonly isTransient?: boolean;
  readonly metadata?: MetaData | undefined;
  readonly properties?: readonly PropertyToSend[];
}

/** A message to send. */
export interface PayloadToSend {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp?: number | undefined;
  /** 0 to 255; left out of NDEATH and commands. [tck-id-payloads-ndeath-seq] [tck-id-payloads-ncmd-seq] */
  readonly seq?: number | undefined;
  readonly metrics: readonly MetricToSend[];
  /** For private encodings. */
  readonly uuid?: string | undefined;
  readonly body?: Uint8Array | undefined;
}

/** Used for every message: encoding calls nobody who could encode meanwhile. */
const WRITER = new WireWriter();

/**
 * The bytes of a message. Small ones share a piece of memory with those before and after, as Node's Buffers do: whoever
 * hands the `ArrayBuffer` itself to somebody, or transfers it to a thread, copies first (`bytes.slice()`).
 * @throws {SparkplugError} VALUE_MISFIT with the path when something does not fit, whatever it is.
 */
export function encodePayload(payload: PayloadToSend): Uint8Array {
  const writer = WRITER;
  writer.open();
  let part: keyof PayloadToSend | number = "timestamp";
  try {
    writer.optionalUint64(0x08, payload.timestamp);
    part = 0;
    for (const metric of payload.metrics) {
      const begin = writer.begin(0x12);
      writeMetric(writer, metric, metric.tellDatatype);
      writer.finish(begin);
      part += 1;
    }
    part = "seq";
    writer.optionalUint64(0x18, payload.seq);
    part = "uuid";
    writer.optionalText(0x22, payload.uuid);
    part = "body";
    writeBody(writer, payload.body);
  } catch (error) {
    throw told(error, payload, part);
  }
  return writer.take();
}

function writeBody(writer: WireWriter, body: Uint8Array | undefined): void {
  if (body === undefined) return;
  if (!(body instanceof Uint8Array)) throw misfit("takes bytes");
  writer.bytes(0x2a, body);
}

/**
 * The error with the place and the name of the metric it is about. What else callers without types run into, a null or
 * a list that is none, is told in the same way.
 */
function told(error: unknown, payload: PayloadToSend, part: string | number): SparkplugError {
  const ours = asMisfit(error);
  const inner = ours.place.path;
  const outer = typeof part === "number" ? `metrics[${part}]` : part;
  const path = inner === undefined ? outer : `${outer}.${inner}`;
  const whose = typeof part === "number" ? `${path} "${nameOf(payload, part)}"` : path;
  return new SparkplugError(ours.code, `${whose}: ${ours.message}`, {
    cause: error,
    place: { path },
  });
}

/** Callers without types may hand in anything; what we trip over then is a misfit like any other. */
function asMisfit(error: unknown): SparkplugError {
  if (error instanceof SparkplugError) return error;
  return misfit(`no payload: ${error instanceof Error ? error.message : "it cannot be read"}`);
}

function nameOf(payload: Partial<PayloadToSend>, index: number): string {
  const metric: Partial<MetricToSend> | null | undefined = payload.metrics?.[index];
  const label: unknown = metric?.name ?? metric?.alias;
  return typeof label === "string" || typeof label === "number" ? String(label) : "";
}

/**
 * Why `value` cannot be sent as `datatype`, as a sentence; `undefined` when it can. `null` always can.
 */
export function valueFault(datatype: Datatype, value: MetricValue): string | undefined {
  try {
    const fault = shapeFault(datatype, value);
    if (fault !== undefined || !(isDataSet(value) || isTemplate(value))) return fault;
    encodePayload({ metrics: [{ datatype, value, tellDatatype: true }] });
    return undefined;
  } catch (error) {
    return asMisfit(error).message;
  }
}
