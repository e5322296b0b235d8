/** Whether a server has read what was sent: it answers PINGREQ after what came before it. */
import type { MqttClient, Packet } from "mqtt";

/** PINGREQs of a connection that are not answered yet: MQTT.js sends some of its own. */
const unanswered = new WeakMap<MqttClient, number>();

/** From its beginning, so that no answer is taken for that of another question. */
export function countPings(client: MqttClient): void {
  const count = (more: number): void => {
    unanswered.set(client, Math.max(0, (unanswered.get(client) ?? 0) + more));
  };
  client.on("packetsend", ({ cmd }) => cmd === "pingreq" && count(1));
  client.on("packetreceive", ({ cmd }) => cmd === "pingresp" && count(-1));
}

/**
 * Resolves when it answers, on a connection whose pings are counted.
 * @throws when the connection is lost, nothing comes in time, or nobody wants to know any more.
 */
export async function answers(
  client: MqttClient,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted(); // it would not say so again
  if (!client.connected) throw new Error("the connection was lost");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let before = unanswered.get(client) ?? 0;
  const heard = ({ cmd }: Packet): void => {
    if (cmd !== "pingresp") return;
    if (before === 0) resolve();
    before -= 1;
  };
  const lost = (): void => reject(new Error("the connection was lost"));
  const late = (): void => reject(new Error(`no answer within ${timeoutMs / 1000} s`));
  client.on("packetreceive", heard);
  client.once("close", lost);
  limit.addEventListener("abort", late, { once: true });
  client.sendPing();
  try {
    await promise;
  } finally {
    client.off("packetreceive", heard);
    client.off("close", lost);
    limit.removeEventListener("abort", late);
  }
}
