/** An edge node with one device that takes what it is told, and says so. */
import type { BornMetric, EdgeNodeSession, MetricValue } from "@unshub/sparkplug";
import type { Ending } from "./hub.ts";
import { liveEdge } from "./live-edge.ts";

export interface ObedientNode {
  /** What it was told, in order. */
  readonly taken: (readonly [metric: string, value: MetricValue])[];
  /** Says a new value. */
  readonly say: (metric: string, value: MetricValue) => void;
}

export interface ObedientNodeOptions {
  readonly mqttPort: number;
  readonly edgeNodeId: string;
  readonly deviceId: string;
  readonly metrics: readonly Pick<BornMetric, "name" | "value" | "datatype" | "unit">[];
}

/** In group `Plant1`; it ends with the test. */
export function obedientNode(t: Ending, options: ObedientNodeOptions): ObedientNode {
  const { mqttPort, edgeNodeId, deviceId, metrics } = options;
  const taken: ObedientNode["taken"] = [];
  const say: ObedientNode["say"] = (name, value) =>
    session.node.changed(deviceId, [{ name, value, quality: "good", timestamp: Date.now() }]);
  const session: EdgeNodeSession = liveEdge(`mqtt://127.0.0.1:${mqttPort}`, {
    random: () => 0.5,
    edgeNodeId,
    clientId: edgeNodeId,
    onWrite: ({ metric, value }) => {
      taken.push([metric, value]);
      say(metric, value);
    },
  });
  const born = { quality: "good", timestamp: Date.now(), writable: true } as const;
  session.node.born(
    deviceId,
    metrics.map((metric) => ({ ...born, ...metric })),
  );
  session.start();
  t.after(() => session.stop());
  return { taken, say };
}
