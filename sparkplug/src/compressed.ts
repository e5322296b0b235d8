/**
 * The compressed envelope of Tahu and Ignition: `uuid` says so, `body` is another payload under GZIP or DEFLATE, and
 * a metric `algorithm` names which. It is not in the standard; we read it and never send it.
 */
import { SparkplugError } from "./errors.ts";
import type { Metric } from "./payload.ts";
import type { DecodeLimits } from "./wire-limits.ts";

/** The `uuid` of the envelope. */
export const COMPRESSED = "SPBV1.0_COMPRESSED";

/** Before the path of what is wrong inside; the byte is then one of what was inflated. */
export const INSIDE = "body";

/** How the inside of an envelope was compressed. */
export type CompressionAlgorithm = "GZIP" | "DEFLATE";

/**
 * Inflates `body`; `DEFLATE` is with zlib's header. Stops and throws when more than `maxBytes` would come out, and when
 * the bytes are broken. With Node: `zlib.gunzipSync` and `zlib.inflateSync`, `{ maxOutputLength: maxBytes }`.
 */
export type Inflate = (
  algorithm: CompressionAlgorithm,
  body: Uint8Array,
  maxBytes: number,
) => Uint8Array;

/** How payloads are decoded. */
export interface DecodeOptions {
  /** Without it a compressed envelope is an error that says so. */
  readonly inflate?: Inflate;
  /** Bytes that may come out of a compressed envelope; 16 MiB when left out. */
  readonly maxInflatedBytes?: number;
  readonly limits?: Partial<DecodeLimits>;
  /**
   * What `decodePayload` does about values that do not go with their datatype, tables and templates that contradict
   * themselves. `refuse`: it throws, which is what it does when nothing is said. `keep`: the payload holds them as they
   * were sent, and whoever reads such a value with `metricValue` gets the error.
   */
  readonly misfits?: "refuse" | "keep";
}

const MAX_INFLATED_BYTES = 16 * 1024 * 1024;

/** What is inside the envelope. @throws {SparkplugError} PAYLOAD_COMPRESSED, PAYLOAD_MALFORMED, PAYLOAD_TOO_LARGE */
export function inflated(
  body: Uint8Array | undefined,
  metrics: readonly Metric[],
  options: DecodeOptions,
): Uint8Array {
  const place = { path: "body" };
  const { inflate, maxInflatedBytes = MAX_INFLATED_BYTES } = options;
  if (inflate === undefined) {
    throw new SparkplugError("PAYLOAD_COMPRESSED", "the payload is compressed", { place });
  }
  if (body === undefined) {
    throw new SparkplugError("PAYLOAD_MALFORMED", "a compressed payload without body", { place });
  }
  const algorithm = algorithmOf(metrics);
  const bytes = inflatedWith(inflate, { algorithm, body, maxBytes: maxInflatedBytes });
  if (bytes.length <= maxInflatedBytes) return bytes;
  const message = `${bytes.length} bytes came out of a compressed payload, at most ${maxInflatedBytes}`;
  throw new SparkplugError("PAYLOAD_TOO_LARGE", message, { place });
}

function inflatedWith(
  inflate: Inflate,
  what: {
    readonly algorithm: CompressionAlgorithm;
    readonly body: Uint8Array;
    readonly maxBytes: number;
  },
): Uint8Array {
  const { algorithm, body, maxBytes } = what;
  try {
    return inflate(algorithm, body, maxBytes);
  } catch (cause) {
    const message = `a body that is no ${algorithm}, or more than ${maxBytes} bytes inflated`;
    throw new SparkplugError("PAYLOAD_MALFORMED", message, { cause, place: { path: "body" } });
  }
}

/** An envelope in an envelope is a bomb or a mistake. */
export function nestedEnvelope(): SparkplugError {
  const message = "a compressed payload in a compressed one";
  return new SparkplugError("PAYLOAD_MALFORMED", message, { place: { path: "uuid" } });
}

/** DEFLATE when nothing is said. */
function algorithmOf(metrics: readonly Metric[]): CompressionAlgorithm {
  const index = metrics.findIndex(({ name }) => name === "algorithm");
  const named = metrics[index]?.value?.raw;
  if (index < 0 || named === "DEFLATE") return "DEFLATE";
  if (named === "GZIP") return "GZIP";
  throw new SparkplugError("PAYLOAD_MALFORMED", "no compression algorithm we know", {
    place: { path: `metrics[${index}]` },
  });
}
