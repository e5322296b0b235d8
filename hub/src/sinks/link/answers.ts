/** Whether a server has read what was sent: it answers PINGREQ after what came before it. */
import type { MqttClient, Packet } from "mqtt";

/** Resolves when it answers. @throws when the connection is lost, or nothing comes in time. */
export async function answers(
  client: MqttClient,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (!client.connected) throw new Error("the connection was lost");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const heard = ({ cmd }: Packet): void => {
    if (cmd === "pingresp") resolve();
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
