/** A value as JSON for brokers: the same three keys as on the plain topics of the hub. */
import { timeText } from "../tree/index.ts";
import type { Content, SinkRecord } from "./record.ts";

/** The qualities of i3X. */
type JsonQuality = "Good" | "Uncertain" | "Bad" | "GoodNoData";

/** `{"value":101.5,"timestamp":"2026-11-23T05:40:00.123Z","quality":"Good"}` */
export function valuePayload(record: SinkRecord): string {
  const { time } = record;
  const quality = jsonQuality(record);
  const value = quality === "Bad" ? "null" : contentText(record.content);
  return `{"value":${value},"timestamp":${JSON.stringify(timeText(time) ?? null)},"quality":"${quality}"}`;
}

/** A bad value is none; an old one is kept and uncertain. */
function jsonQuality({ quality, content }: SinkRecord): JsonQuality {
  if (quality === "none") return "GoodNoData";
  if (quality === "bad" || content.kind === "none") return "Bad";
  return quality === "good" ? "Good" : "Uncertain";
}

/** As it stands in JSON; integers are exact. */
export function contentText(content: Content): string {
  if (content.kind === "none") return "null";
  return content.kind === "text" ? JSON.stringify(content.value) : String(content.value);
}
