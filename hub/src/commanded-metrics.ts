/** Which metrics a command names: by name, or by the alias that its birth gave. */
import { decodePayload, readTopic } from "@unshub/sparkplug";
import type { PublishedMessage } from "./broker/index.ts";
import type { NodeSessions } from "./tree/index.ts";

/** `undefined`: the payload cannot be read, so nobody can carry it out. An alias that nobody knows is named as such. */
export function commandedMetrics(
  sessions: NodeSessions,
  { topic, payload }: PublishedMessage,
): readonly string[] | undefined {
  const reading = readTopic(topic);
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
  const { topic: place } = reading;
  const deviceId = place.kind === "device" ? place.deviceId : undefined;
  try {
    return decodePayload(payload).metrics.map(
      (metric) =>
        metric.name ?? sessions.born(place, deviceId, metric)?.name ?? `alias ${metric.alias}`,
    );
  } catch {
    return undefined; // the guard says what is wrong with it
  }
}
