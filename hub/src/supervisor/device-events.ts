/** What happens at devices and is no value, as JSON on topics of the hub. Nothing is retained: what still holds is in metrics. */
import type { DeviceEvent, WriteResult } from "@unshub/adapter";

/** `$UNS/events/{group}/{edge node}/{device}`; for the hub alone to publish. */
const EVENTS = "$UNS/events";

/** A message for the MQTT server. */
export interface EventMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0;
  readonly retain: false;
}

export interface DevicePlace {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string;
}

/** What the device itself told. */
export function toldEvent(place: DevicePlace, event: DeviceEvent): EventMessage {
  return messageOf(place, { kind: "event", ...event });
}

/** What became of a command to one metric: Sparkplug has no answer for it. */
export function writeEvent(
  place: DevicePlace,
  { metric, result }: { readonly metric: string; readonly result: WriteResult },
): EventMessage {
  const { outcome, because, at } = result;
  return messageOf(place, { kind: "write", metric, outcome, because, at });
}

function messageOf({ groupId, edgeNodeId, deviceId }: DevicePlace, body: object): EventMessage {
  return {
    topic: `${EVENTS}/${groupId}/${edgeNodeId}/${deviceId}`,
    payload: Buffer.from(JSON.stringify(body)),
    qos: 0,
    retain: false,
  };
}
