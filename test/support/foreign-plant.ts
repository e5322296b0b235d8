/** Who else is at the broker of a test: an edge node of ours, and a client that can say anything. */
import type { EdgeNodeSession, MetricValue, WriteCommand } from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";
import type { Ending } from "./hub.ts";
import { liveEdge } from "./live-edge.ts";
import { Inbox } from "./mqtt-inbox.ts";

/** What somebody published. */
export interface Said {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** A client of MQTT.js that hears what it subscribed to and says what it is told to. */
export class Stranger {
  readonly heard = new Inbox<Said>();
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, { qos, retain }) =>
      this.heard.push({ topic, payload, text: payload.toString(), qos, retain }),
    );
  }

  static async open(t: Ending, url: string, ...filters: readonly string[]): Promise<Stranger> {
    const stranger = new Stranger(await connectAsync(url, { reconnectPeriod: 0 }));
    t.after(() => stranger.client.endAsync(true));
    if (filters.length > 0) await stranger.client.subscribeAsync([...filters], { qos: 1 });
    return stranger;
  }

  async say({ topic, payload, qos, retain }: PublishedMessage): Promise<void> {
    await this.client.publishAsync(topic, Buffer.from(payload), { qos, retain });
  }

  async sayText(topic: string, text: string): Promise<void> {
    await this.client.publishAsync(topic, text, { qos: 1, retain: true });
  }
}

function speed(value: MetricValue) {
  return { name: "Speed", value, quality: "good", timestamp: Date.now() } as const;
}

/** Edge node `Plant1/gw` with device `press` and its metric `Speed`, which takes what is written. */
export function edgeNode(t: Ending, url: string): EdgeNodeSession {
  const edge: EdgeNodeSession = liveEdge(url, {
    onWrite: ({ deviceId, value }: WriteCommand) => edge.node.changed(deviceId, [speed(value)]),
  });
  edge.node.born("press", [{ ...speed(1200), datatype: "Int32", writable: true }]);
  edge.start();
  t.after(() => edge.stop());
  return edge;
}
