/** An MQTT client that keeps what it hears. */
import mqtt from "mqtt";
import type { Ending } from "./hub.ts";

/** Everything on `filter`, as it comes. */
export async function listen(
  t: Ending,
  port: number,
  filter: string,
): Promise<{
  readonly heard: { readonly topic: string; readonly payload: Buffer }[];
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly client: mqtt.MqttClient;
}> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  t.after(() => client.endAsync(true));
  const heard: { topic: string; payload: Buffer }[] = [];
  let wake: (() => void) | undefined;
  client.on("message", (topic, payload) => {
    heard.push({ topic, payload });
    wake?.();
  });
  await client.subscribeAsync(filter);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      // oxlint-disable-next-line no-await-in-loop -- one message after the other
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { heard, until, client };
}
