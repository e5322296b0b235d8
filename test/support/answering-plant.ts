/** Edge node `g/e` with device `d` over MQTT, which answers commands to `Motor/Speed` as a test wants. */
import { decodePayload, metricValue } from "@unshub/sparkplug";
import { connectAsync } from "mqtt";
import type { Ending } from "./hub.ts";
import { dbirth, nbirth, ndeath, speed } from "./sparkplug-messages.ts";

/** What the device says after it was told a value: a value, nothing, or nothing more for ever. */
export type Answer = (asked: number) => number | "silence" | "death";

export interface AnsweringPlant {
  /** How many commands came. */
  readonly commands: number;
}

/** `isListening: false`: it is not subscribed to its commands. It goes with the test. */
export async function startAnsweringPlant(
  t: Ending,
  mqttPort: number,
  { answer, isListening = true }: { readonly answer: Answer; readonly isListening?: boolean },
): Promise<AnsweringPlant> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  t.after(() => client.endAsync(true));
  const plant = { commands: 0 };
  let seq = 1;
  const say = async ({ topic, payload }: ReturnType<typeof speed>): Promise<void> => {
    await client.publishAsync(topic, Buffer.from(payload));
  };
  client.on("message", (_topic, payload) => {
    plant.commands += 1;
    const [metric] = decodePayload(payload).metrics;
    if (metric === undefined) return;
    const said = answer(Number(metricValue(metric, "Int32")));
    if (said === "silence") return;
    seq += 1;
    void say(said === "death" ? ndeath() : speed(said, seq, { timestamp: Date.now() }));
  });
  if (isListening) await client.subscribeAsync("spBv1.0/g/DCMD/e/d", { qos: 1 });
  await say(nbirth());
  await say(dbirth());
  return plant;
}
