/** An edge node of our own library at a real MQTT server. */
import { clockOf, EdgeNodeSession, mqttJs, type EdgeNodeSessionOptions } from "@unshub/sparkplug";
import mqtt from "mqtt";

/** `Plant1/gw`, which takes no writes, unless `more` says otherwise. Not started. */
export function liveEdge(
  server: string,
  more: Partial<EdgeNodeSessionOptions> = {},
): EdgeNodeSession {
  return new EdgeNodeSession({
    groupId: "Plant1",
    edgeNodeId: "gw",
    clientId: "gw",
    servers: [server],
    connector: mqttJs(mqtt),
    clock: clockOf(globalThis),
    random: Math.random,
    lastBdSeq: undefined,
    saveBdSeq: () => undefined,
    onRefused: () => undefined,
    onWrite: () => undefined,
    ...more,
  });
}
