/** What a command writes: metrics by name, or by the alias that its birth gave, with the values of before and after. */
import { decodePayload, deviceTopic, nodeTopic, readTopic } from "@unshub/sparkplug";
import type { PublishedMessage } from "./broker/index.ts";
import type { CommandedMetric } from "./identity/index.ts";
import type { MetricInfo, NodeSessions, UnsTree } from "./tree/index.ts";

const MOST_LETTERS = 200;

/** `undefined`: the payload cannot be read, so nobody can carry it out. An alias that nobody knows is named as such. */
export function commandedMetrics(
  { tree, sessions }: { readonly tree: UnsTree; readonly sessions: NodeSessions },
  { topic, payload }: PublishedMessage,
): readonly CommandedMetric[] | undefined {
  const reading = readTopic(topic);
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return undefined;
  const { topic: place } = reading;
  const deviceId = place.kind === "device" ? place.deviceId : undefined;
  try {
    return decodePayload(payload).metrics.map((metric) => {
      const born = sessions.born(place, deviceId, metric);
      const before = born && tree.metric(born.id)?.value;
      return {
        name: metric.name ?? born?.name ?? `alias ${metric.alias}`,
        value: shortText(metric.value),
        before: before === undefined ? undefined : shortText(before),
      };
    });
  } catch {
    return undefined; // the guard says what is wrong with it
  }
}

/** The topic on which a metric is commanded. */
export function commandTopic(metric: MetricInfo): string {
  const { groupId, edgeNodeId, deviceId } = metric;
  return deviceId === undefined
    ? nodeTopic("NCMD", groupId, edgeNodeId)
    : deviceTopic("DCMD", metric, deviceId);
}

/** For the audit trail. */
function shortText(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    return value instanceof Uint8Array ? `${value.length} bytes` : "a structure";
  }
  const text = String(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
