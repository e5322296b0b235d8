/** How the hub decodes payloads, the compressed envelopes of some Sparkplug edge nodes, too. */
import { gunzipSync, inflateSync } from "node:zlib";
import { decodePayload, SparkplugError, type Payload, type VisitOptions } from "@unshub/sparkplug";

/**
 * A body that would inflate beyond the limit is refused before it does. A value that does not fit is kept as it came:
 * its metric is bad then, and the others of the same birth are not. Broken bytes change nothing in the tree.
 */
export const DECODING: VisitOptions = {
  inflate: (algorithm, body, maxOutputLength) =>
    algorithm === "GZIP"
      ? gunzipSync(body, { maxOutputLength })
      : inflateSync(body, { maxOutputLength }),
  misfits: "keep",
  check: "all first",
};

/** Who reads data to its end before writing anything of it needs no look at all of it beforehand. */
export const DATA_DECODING: VisitOptions = { ...DECODING, check: "each" };

/** `undefined` when the bytes are broken. */
export function decoding(payload: Uint8Array): Payload | undefined {
  try {
    return decodePayload(payload, DECODING);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    return undefined;
  }
}
