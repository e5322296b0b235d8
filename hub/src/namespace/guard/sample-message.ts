/** Payloads for trying a topic: what a client could say there. Nobody ever gets them. */
import {
  BD_SEQ,
  deathMessage,
  encodePayload,
  readTopic,
  REBIRTH,
  stateMessage,
  type MetricToSend,
  type SparkplugTopic,
} from "@unshub/sparkplug";

/** `sparkplug`: as the standard wants it on this topic; `json`: an object in JSON; `empty`: nothing. */
export type Sample = "sparkplug" | "json" | "empty";

const BD_SEQ_OF_SAMPLES = 0;

/** `now`: milliseconds since 1970 UTC. */
export function samplePayload(topic: string, kind: Sample, now: number): Uint8Array {
  if (kind === "empty") return new Uint8Array();
  const reading = readTopic(topic);
  if (kind === "json" || reading.kind !== "sparkplug") return new TextEncoder().encode("{}");
  return sampleOf(reading.topic, now);
}

function sampleOf(topic: SparkplugTopic, now: number): Uint8Array {
  if (topic.kind === "state")
    return stateMessage(topic.hostId, { online: true, timestamp: now }).payload;
  switch (topic.type) {
    case "NBIRTH":
      return encodePayload({ timestamp: now, seq: 0, metrics: birthMetrics(now) });
    case "NDEATH":
      return deathMessage(topic, BD_SEQ_OF_SAMPLES).payload;
    case "NCMD":
    case "DCMD":
      return encodePayload({ timestamp: now, metrics: [] });
    case "DBIRTH":
    case "NDATA":
    case "DDATA":
    case "DDEATH":
      return encodePayload({ timestamp: now, seq: 1, metrics: [] });
  }
}

function birthMetrics(timestamp: number): readonly MetricToSend[] {
  const told = { timestamp, tellDatatype: true } as const;
  return [
    { ...told, name: BD_SEQ, datatype: "Int64", value: BD_SEQ_OF_SAMPLES },
    { ...told, name: REBIRTH, datatype: "Boolean", value: false },
  ];
}
