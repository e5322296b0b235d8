/**
 * From bytes to a payload of objects. Reads protobuf's fields in any order, passes over what it does not know, and
 * answers every broken input with a `SparkplugError` that says at which byte and in which metric it stopped.
 * Two lighter ways are `scanPayload` and `visitPayload`.
 */
import { checkPayload } from "./check.ts";
import { COMPRESSED, INSIDE, inflated, nestedEnvelope, type DecodeOptions } from "./compressed.ts";
import type { Metric, Payload } from "./payload.ts";
import { PayloadScan, scanField, scanWith } from "./scan.ts";
import { MetricCursor } from "./visit-view.ts";
import { DEFAULT_LIMITS, limitsWith } from "./wire-limits.ts";
import { metricFrom } from "./wire-metric.ts";
import { WireReader } from "./wire-reader.ts";

/** Inside this room: hosts and edge nodes take each metric on its own. */
const KEPT: DecodeOptions = { misfits: "keep" };

/**
 * The payload in `bytes`; of a compressed envelope the one inside. What the front door shows is `decodePayload`.
 * @throws {SparkplugError} PAYLOAD_MALFORMED with offset and path when the bytes are no Sparkplug payload,
 * PAYLOAD_TOO_LARGE beyond a limit, PAYLOAD_COMPRESSED when there is nothing to inflate it with.
 */
export function decodeLenient(bytes: Uint8Array, options: DecodeOptions = KEPT): Payload {
  const payload = decodeOne(bytes, options);
  if (payload.uuid !== COMPRESSED) return payload;
  const { inside, timestamp, seq } = opened(payload, options);
  const inner = decodeOne(inside, options, INSIDE);
  if (inner.uuid === COMPRESSED) throw nestedEnvelope();
  return { ...inner, timestamp: inner.timestamp ?? timestamp, seq: inner.seq ?? seq };
}

const REFUSED: DecodeOptions = { misfits: "refuse" };

/**
 * The payload in `bytes`, as objects; of a compressed envelope the one inside. What it says of itself holds: values fit
 * the datatypes that stand beside them, tables and templates are whole. `misfits: "keep"` leaves that to `metricValue`.
 * @throws {SparkplugError} always with offset and path: PAYLOAD_MALFORMED when the bytes are no Sparkplug payload,
 * VALUE_MISFIT when a value does not fit, PAYLOAD_TOO_LARGE beyond a limit, PAYLOAD_COMPRESSED when there is nothing to
 * inflate it with.
 */
export function decodePayload(bytes: Uint8Array, options: DecodeOptions = REFUSED): Payload {
  const { misfits = "refuse" } = options;
  return decodeLenient(bytes, misfits === options.misfits ? options : { ...options, misfits });
}

/** A compressed payload, inflated but not decoded, and what its envelope says of it. */
export interface OpenEnvelope {
  readonly inside: Uint8Array;
  readonly timestamp: number | undefined;
  readonly seq: number | undefined;
}

/** @throws {SparkplugError} PAYLOAD_COMPRESSED, PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
export function openEnvelope(bytes: Uint8Array, options: DecodeOptions): OpenEnvelope {
  return opened(decodeOne(bytes, options), options);
}

function opened({ body, metrics, timestamp, seq }: Payload, options: DecodeOptions): OpenEnvelope {
  return { inside: inflated(body, metrics, options), timestamp, seq };
}

/** Used for every message: decoding calls nobody who could decode meanwhile. */
const SCAN = new PayloadScan();
const NO_BYTES = new Uint8Array(0);
const READER = new WireReader(NO_BYTES, DEFAULT_LIMITS);
const FIELDS = new MetricCursor(READER);

function decodeOne(bytes: Uint8Array, options: DecodeOptions, prefix = ""): Payload {
  try {
    READER.open(bytes, limitsWith(options.limits), prefix);
    scanWith(READER, SCAN);
    const payload = payloadFrom(READER, bytes);
    if (options.misfits === "refuse") checkPayload(payload, bytes, prefix);
    return payload;
  } finally {
    READER.bytes = NO_BYTES;
    SCAN.open(NO_BYTES);
  }
}

function payloadFrom(reader: WireReader, bytes: Uint8Array): Payload {
  const { timestamp, seq, uuidStart, uuidEnd, bodyStart, bodyEnd } = SCAN;
  return {
    timestamp,
    seq,
    metrics: readMetrics(reader),
    uuid: uuidStart === 0 ? undefined : reader.textAt(uuidStart, uuidEnd),
    body: bodyStart === 0 ? undefined : new Uint8Array(bytes.subarray(bodyStart, bodyEnd)),
  };
}

/** Every metric of the payload that was scanned, in its order. */
function readMetrics(reader: WireReader): readonly Metric[] {
  const { bytes } = reader;
  const metrics: Metric[] = [];
  reader.count(SCAN.metricCount);
  let pos = 0;
  while (pos < bytes.length) {
    const start = scanField(reader, pos, SCAN);
    ({ pos } = reader);
    if (start === 0) continue;
    FIELDS.read(reader, start, pos);
    metrics.push(metricFrom(reader, FIELDS));
  }
  return metrics;
}
