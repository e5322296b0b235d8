/** Readings as the adapter reports them: what a device said of its tags, or why there is nothing to say. */
import type { BornMetric, MetricReading } from "@unshub/sparkplug";
import type { Decoded } from "./types/decode-tag.ts";
import type { Tag } from "./tag.ts";

/** What was decoded, as a reading. `at`: milliseconds since 1970 UTC, when the reply was here. */
export function readingOf(tag: Tag, decoded: Decoded, at: number): MetricReading {
  if (decoded.kind === "bad") return badReading(tag, decoded.reason, at);
  return { name: tag.name, value: decoded.value, quality: "good", timestamp: at };
}

/** No value, and a short stable word that says why. */
export function badReading(tag: Tag, reason: string, at: number): MetricReading {
  return { name: tag.name, value: null, quality: "bad", timestamp: at, reason };
}

/** The tag as a birth announces it. */
export function bornMetric(tag: Tag, reading: MetricReading): BornMetric {
  const { datatype, writable, unit, description, writeRange } = tag;
  return {
    ...reading,
    datatype,
    writable,
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(writeRange === undefined ? {} : { range: writeRange }),
  };
}
