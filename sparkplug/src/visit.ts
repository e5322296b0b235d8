/**
 * Metrics one after the other, without making objects of them: for whoever keeps values in columns of their own.
 * One view is moved from metric to metric; what is asked of it is decoded then, what nobody asks for is not.
 */
import { INSIDE, nestedEnvelope, type DecodeOptions } from "./compressed.ts";
import { openEnvelope } from "./decode.ts";
import { isCompressed, PayloadScan, scanField, scanWith } from "./scan.ts";
import { MetricCursor, type MetricView } from "./visit-view.ts";
import { DEFAULT_LIMITS, limitsWith } from "./wire-limits.ts";
import { WireReader } from "./wire-reader.ts";

/** What stands around the metrics, whatever their order on the wire. Of use only until `PayloadVisitor.head` returns. */
export interface PayloadHead {
  /** Milliseconds since 1970 UTC. */
  readonly timestamp: number | undefined;
  readonly seq: number | undefined;
  readonly metricCount: number;
}

/** Who looks at a payload. */
export interface PayloadVisitor {
  /** Called first. `false`: no metric is wanted. */
  head?(head: PayloadHead): boolean | undefined | void;
  /** Called for each metric in its order. The view is of use only until this returns. */
  metric(view: MetricView): void;
}

/** How `visitPayload` looks. */
export interface VisitOptions extends DecodeOptions {
  /**
   * When the bytes are found to be broken. `each`, when nothing is said: just before a metric is shown, or as a part of
   * it is asked for; others were shown by then. `all first`: before anything is shown, so that nobody does half of what
   * a payload says. Data takes nearly twice as long.
   */
  readonly check?: "each" | "all first";
}

/** Everything one visit needs, kept for the next one. */
interface Eyes {
  readonly reader: WireReader;
  readonly scan: PayloadScan;
  readonly view: MetricCursor;
}

/** Number and wire type of a metric in a payload; not imported, because V8 fetches and checks that each time. */
const METRIC = 0x12;

/** Taken while in use, so that a visitor may itself visit another payload. */
let idle: Eyes | undefined;
const NO_BYTES = new Uint8Array(0);
const NO_OPTIONS: VisitOptions = {};

/**
 * Shows `visitor` the head and then every metric, of a compressed envelope those inside. The frame of the payload is
 * checked before anything is shown, each metric just before it is; an error may come when some were shown already, unless
 * `options.check` says otherwise. Whether values fit their datatypes shows as they are asked for, in both cases.
 * @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE, PAYLOAD_COMPRESSED as `decodePayload` does.
 */
export function visitPayload(
  bytes: Uint8Array,
  visitor: PayloadVisitor,
  options: VisitOptions = NO_OPTIONS,
): void {
  const eyes = idle ?? openEyes();
  idle = undefined;
  try {
    eyes.reader.open(bytes, limitsWith(options.limits));
    scanWith(eyes.reader, eyes.scan);
    if (isCompressed(bytes, eyes.scan)) visitInside(bytes, eyes, { visitor, options });
    else visitMetrics(eyes, visitor, options);
  } finally {
    eyes.reader.bytes = NO_BYTES;
    idle = eyes;
  }
}

function openEyes(): Eyes {
  const reader = new WireReader(NO_BYTES, DEFAULT_LIMITS);
  return { reader, scan: new PayloadScan(), view: new MetricCursor(reader) };
}

/** Reads everything once, for nobody. @throws {SparkplugError} PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
function proveMetrics({ reader, scan, view }: Eyes): void {
  let pos = 0;
  while (pos < reader.bytes.length) {
    const start = scanField(reader, pos, scan);
    ({ pos } = reader);
    if (start === 0) continue;
    view.read(reader, start, pos);
    view.prove();
  }
  reader.items = 0;
}

function visitMetrics(eyes: Eyes, visitor: PayloadVisitor, options: VisitOptions): void {
  const { reader, scan, view } = eyes;
  if (options.check === "all first") proveMetrics(eyes);
  if (visitor.head?.(scan) === false) return;
  const { bytes } = reader;
  reader.count(scan.metricCount);
  let pos = 0;
  while (pos < bytes.length) {
    const size = bytes[pos + 1] ?? 0x80;
    let start = pos + 2;
    if (bytes[pos] === METRIC && size < 0x80) pos = start + size;
    else {
      start = scanField(reader, pos, scan);
      ({ pos } = reader);
      if (start === 0) continue;
    }
    view.read(reader, start, pos);
    visitor.metric(view);
  }
}

/** Opens the envelope and shows what is inside. */
function visitInside(
  bytes: Uint8Array,
  eyes: Eyes,
  { visitor, options }: { readonly visitor: PayloadVisitor; readonly options: VisitOptions },
): void {
  const { reader, scan } = eyes;
  const envelope = openEnvelope(bytes, options);
  reader.open(envelope.inside, limitsWith(options.limits), INSIDE);
  scanWith(reader, scan);
  if (isCompressed(envelope.inside, scan)) throw nestedEnvelope();
  if (scan.timestampMs < 0) scan.timestampMs = envelope.timestamp ?? -1;
  scan.seq ??= envelope.seq;
  visitMetrics(eyes, visitor, options);
}
