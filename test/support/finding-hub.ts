/** What a hub found, as programs ask for it. */
import { setTimeout as pause } from "node:timers/promises";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { z } from "zod";
import type { Visit } from "./http-hub.ts";
import type { Ending } from "./hub.ts";
import { dbirth, nbirth, speed } from "./sparkplug-messages.ts";

const said = z.object({ by: z.string(), at: z.number() });
export const foundSchema = z.object({
  code: z.string(),
  clientId: z.string(),
  subject: z.string(),
  topic: z.string(),
  because: z.string(),
  count: z.number(),
  state: z.enum(["open", "acknowledged", "resolved"]),
  acknowledged: said.extend({ note: z.string().nullable() }).nullable(),
  muted: said.extend({ until: z.number() }).nullable(),
  resolved: z.object({ at: z.number(), because: z.string() }).nullable(),
  ends: z.string().nullable(),
});
export type Found = z.output<typeof foundSchema>;
const answerSchema = z.object({ findings: z.array(foundSchema) });

export async function findingsOf(visit: Pick<Visit, "json">): Promise<readonly Found[]> {
  return answerSchema.parse(await visit.json("GET", "/api/v1/findings")).findings;
}

/** The finding of this code, once there is one that fits. */
export async function untilFound(
  visit: Pick<Visit, "json">,
  code: string,
  fits: (found: Found) => boolean = () => true,
): Promise<Found> {
  for (;;) {
    const found = (await findingsOf(visit)).find((one) => one.code === code && fits(one));
    if (found !== undefined) return found;
    await pause(20);
  }
}

/** Edge node `g/e` is born and skips a number of its sequence; by default as client `press-4`. */
export async function skipSeq(
  t: Ending,
  mqttPort: number,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    clientId: "press-4",
    ...options,
  });
  t.after(() => client.endAsync(true));
  for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 9)]) {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  }
  return client;
}
