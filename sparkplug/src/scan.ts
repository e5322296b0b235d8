/**
 * The head of a payload without decoding a metric: time, `seq`, and where each metric stands. The cheapest look that
 * tells whether a message is in order; done on every message that passes the broker.
 */
import { COMPRESSED } from "./compressed.ts";
import { DEFAULT_LIMITS, limitsWith, type DecodeLimits } from "./wire-limits.ts";
import { recentTime, RECENT_TIME_FIELD } from "./wire-numbers.ts";
import { WireReader } from "./wire-reader.ts";

const TIMESTAMP = 0x08;
const METRIC = 0x12;
const SEQ = 0x18;
const UUID = 0x22;
const BODY = 0x2a;
/** How many fields a Payload has. */
const KNOWN = 5;

const NO_BYTES = new Uint8Array(0);
/** For what was measured already. */
const ANY_SIZE: DecodeLimits = { ...DEFAULT_LIMITS, maxBytes: Number.POSITIVE_INFINITY };

/** What a scan found. The same object may be handed in again, so that scanning makes no garbage. */
export class PayloadScan {
  /** Milliseconds since 1970 UTC; −1 when it was left out. A fraction from the start: it is kept without an object. */
  timestampMs = -0.5;
  /** 0 to 255 when in order; `undefined` when left out, as in deaths and commands. */
  seq: number | undefined = undefined;
  metricCount = 0;
  /** Where `uuid` and `body` stand; a start of 0 means that they were left out. */
  uuidStart = 0;
  uuidEnd = 0;
  bodyStart = 0;
  bodyEnd = 0;
  #bytes: Uint8Array = NO_BYTES;
  /** Two entries for each metric: the bytes from … to …. Found when somebody asks. */
  readonly #bounds: number[] = [];
  #isBounded = false;

  /** Milliseconds since 1970 UTC. */
  get timestamp(): number | undefined {
    return this.timestampMs < 0 ? undefined : this.timestampMs;
  }

  /** The first byte of metric `index`. */
  startOf(index: number): number {
    return this.#found()[2 * index] ?? 0;
  }

  /** The byte after metric `index`. */
  endOf(index: number): number {
    return this.#found()[2 * index + 1] ?? 0;
  }

  /** Begins anew. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#isBounded = false;
    this.seq = undefined;
    this.timestampMs = -1;
    this.metricCount = 0;
    this.uuidStart = 0;
    this.uuidEnd = 0;
    this.bodyStart = 0;
  }

  #found(): readonly number[] {
    if (!this.#isBounded) findMetrics(this.#bytes, this.#bounds);
    this.#isBounded = true;
    return this.#bounds;
  }
}

/**
 * Looks at the head of a payload and counts its metrics.
 * @param into what an earlier scan answered, to be used again.
 * @throws {SparkplugError} PAYLOAD_MALFORMED when a field of the payload itself is broken, PAYLOAD_TOO_LARGE beyond
 * the limits. What is inside metrics is not looked at.
 */
export function scanPayload(
  bytes: Uint8Array,
  into: PayloadScan = new PayloadScan(),
  limits?: Partial<DecodeLimits>,
): PayloadScan {
  const reader = idle ?? new WireReader(bytes, DEFAULT_LIMITS);
  reader.open(bytes, limitsWith(limits));
  scanWith(reader, into);
  idle = reader;
  return into;
}

/** Nothing is called while it is in use, so one is enough. */
let idle: WireReader | undefined;

/** As `scanPayload`, with a reader that has the bytes open. The loop keeps nothing: it runs for every message. */
export function scanWith(reader: WireReader, scan: PayloadScan): void {
  const { bytes } = reader;
  const { length } = bytes;
  scan.open(bytes);
  scan.timestampMs = bytes[0] === TIMESTAMP ? recentTime(bytes, 1) : -1;
  let pos = scan.timestampMs < 0 ? 0 : RECENT_TIME_FIELD;
  let count = 0;
  while (pos < length) {
    const size = bytes[pos + 1] ?? 0x80;
    if (bytes[pos] === METRIC && size < 0x80) {
      pos += 2 + size;
      count += 1;
    } else {
      count += scanField(reader, pos, scan) > 0 ? 1 : 0;
      ({ pos } = reader);
    }
  }
  if (pos > length) scanCarefully(reader, scan);
  scan.metricCount = count;
  if (count <= reader.limits.maxMetrics) return;
  reader.tooLarge(`${count} metrics, at most ${reader.limits.maxMetrics}`);
}

/** For a payload whose last metric goes on beyond it: finds that metric and says so. */
function scanCarefully(reader: WireReader, scan: PayloadScan): void {
  reader.pos = 0;
  while (reader.pos < reader.bytes.length) scanField(reader, reader.pos, scan);
}

/** Reads any field at `pos`. Of a metric it tells where it begins, of all others 0; both times the reader is past it. */
export function scanField(reader: WireReader, pos: number, scan: PayloadScan): number {
  reader.pos = pos;
  const key = reader.key();
  if (key !== METRIC) {
    scanHead(reader, key, scan);
    return 0;
  }
  const end = reader.end();
  const start = reader.pos;
  reader.pos = end;
  return start;
}

function scanHead(reader: WireReader, key: number, scan: PayloadScan): void {
  switch (key) {
    case TIMESTAMP:
      scan.timestampMs = reader.counter();
      return;
    case SEQ:
      scan.seq = reader.counter();
      return;
    case UUID:
      scan.uuidEnd = reader.end();
      scan.uuidStart = reader.pos;
      reader.pos = scan.uuidEnd;
      return;
    case BODY:
      scan.bodyEnd = reader.end();
      scan.bodyStart = reader.pos;
      reader.pos = scan.bodyEnd;
      return;
    default:
      reader.passOver(key, KNOWN);
  }
}

/** Where each metric stands in a payload that was scanned before. */
function findMetrics(bytes: Uint8Array, bounds: number[]): void {
  const reader = new WireReader(bytes, ANY_SIZE);
  const scan = new PayloadScan();
  bounds.length = 0;
  while (reader.pos < bytes.length) {
    const start = scanField(reader, reader.pos, scan);
    if (start > 0) bounds.push(start, reader.pos);
  }
}

/** Whether the payload is an envelope around a compressed one. */
export function isCompressed(bytes: Uint8Array, { uuidStart, uuidEnd }: PayloadScan): boolean {
  if (uuidEnd - uuidStart !== COMPRESSED.length) return false;
  for (let index = 0; index < COMPRESSED.length; index += 1) {
    if (bytes[uuidStart + index] !== COMPRESSED.charCodeAt(index)) return false;
  }
  return true;
}
