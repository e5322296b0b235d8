/** One MQTT connection of a sink: it is made once; when it is lost the sink makes another. */
import mqtt, { type IClientOptions, type IConnackPacket, type MqttClient } from "mqtt";
import { Refused } from "../target.ts";

export interface MqttConnection {
  readonly client: MqttClient;
  /** QoS 1 messages that may be on their way. */
  readonly window: number;
}

/** More gain nothing, and some servers say no limit though they have one. */
const MOST_UNDERWAY = 200;

/** @throws when the server cannot be reached or refuses. */
export async function connectMqtt(url: string, options: IClientOptions): Promise<MqttConnection> {
  const client = mqtt.connect(url, {
    reconnectPeriod: 0,
    clean: true,
    protocolVersion: 5,
    ...options,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IConnackPacket>();
  client.once("connect", resolve);
  client.on("error", reject); // stays: an error that nobody hears would end the hub
  client.once("close", () => reject(new Error(`${new URL(url).host} closed the connection`)));
  try {
    const { properties } = await promise;
    return { client, window: Math.min(properties?.receiveMaximum ?? MOST_UNDERWAY, MOST_UNDERWAY) };
  } catch (error) {
    await client.endAsync(true);
    throw error;
  }
}

export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly userProperties?: Readonly<Record<string, string>>;
}

/** Reason codes with which a server says that it will never take this message. */
const TOPIC_INVALID = 0x90;
const PACKET_TOO_LARGE = 0x95;
const PAYLOAD_INVALID = 0x99;
const REFUSALS: ReadonlySet<unknown> = new Set([TOPIC_INVALID, PACKET_TOO_LARGE, PAYLOAD_INVALID]);

/** Publishes in order with QoS 1; resolves when the server acknowledged all. @throws {Refused} when one will never be taken. */
export async function publishAll(
  { client, window }: MqttConnection,
  messages: Iterable<Outgoing>,
  signal: AbortSignal,
): Promise<void> {
  if (!client.connected) throw new Error("the connection was lost");
  const lost = lostOf(client, signal);
  const underway: Promise<unknown>[] = [];
  try {
    for (const message of messages) {
      if (underway.length >= window) await Promise.race([underway.shift(), lost.promise]);
      underway.push(publish(client, message));
    }
    await Promise.race([Promise.all(underway), lost.promise]);
  } catch (error) {
    throw judged(error);
  } finally {
    lost.end();
  }
}

function publish(client: MqttClient, message: Outgoing): Promise<unknown> {
  const { topic, payload, retain, userProperties } = message;
  const sent = client.publishAsync(topic, payload, {
    qos: 1,
    retain,
    ...(userProperties !== undefined && {
      properties: { contentType: "application/json", userProperties: { ...userProperties } },
    }),
  });
  sent.catch(() => undefined); // it is awaited in turn, or the connection is lost
  return sent;
}

function judged(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isRefused = REFUSALS.has(code) && error instanceof Error;
  return isRefused ? new Refused(error.message, { cause: error }) : error;
}

/** MQTT.js keeps what is not acknowledged for the next connection; here the sink does. */
function lostOf(client: MqttClient, signal: AbortSignal): { promise: Promise<never>; end(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const lost = (): void => reject(new Error("the connection was lost"));
  client.once("close", lost);
  signal.addEventListener("abort", lost, { once: true });
  promise.catch(() => undefined); // nobody may be waiting any more
  return {
    promise,
    end: () => {
      client.off("close", lost);
      signal.removeEventListener("abort", lost);
    },
  };
}
