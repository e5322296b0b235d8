/** An MQTT client that keeps what it hears, and waits for what a test wants to hear. */
import mqtt, { type IPublishPacket } from "mqtt";
import type { Ending } from "./hub.ts";

interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly packet: IPublishPacket;
}

export interface MqttListener {
  readonly got: Heard[];
  /** Resolves once what was heard is as wanted. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

const nobody = (): void => undefined;

export async function mqttListener(t: Ending, url: string, filter: string): Promise<MqttListener> {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50 });
  const got: Heard[] = [];
  let look = nobody;
  client.on("message", (topic, payload, packet) => {
    got.push({ topic, text: payload.toString(), packet });
    look();
  });
  client.on("error", () => undefined);
  t.after(() => client.end(true));
  await client.subscribeAsync(filter, { qos: 1 });
  const until: MqttListener["until"] = (holds) =>
    new Promise((resolve) => {
      look = () => {
        if (holds()) resolve();
      };
      look();
    });
  return { got, until };
}
