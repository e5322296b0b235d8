/** Opens the compressed envelopes that some Sparkplug edge nodes send. */
import { gunzipSync, inflateSync } from "node:zlib";
import type { DecodeOptions } from "@unshub/sparkplug";

/** How the hub decodes payloads. A body that would inflate beyond the limit is refused before it does. */
export const DECODING: DecodeOptions = {
  inflate: (algorithm, body, maxOutputLength) =>
    algorithm === "GZIP"
      ? gunzipSync(body, { maxOutputLength })
      : inflateSync(body, { maxOutputLength }),
};
