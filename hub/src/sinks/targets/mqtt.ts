/**
 * Another MQTT server: each value as JSON on the path of its metric, QoS 1, retained. The position in the log is the queue;
 * a batch counts when all of it is acknowledged.
 */
import type { SinkOf } from "../config/index.ts";
import { valuePayload } from "../payload.ts";
import type { SinkRecord } from "../record.ts";
import type { Target } from "../target.ts";
import { connectMqtt, publishAll, type MqttConnection, type Outgoing } from "./mqtt-client.ts";

type Config = SinkOf<"mqtt">;

export async function openMqtt(config: Config, hubId: string): Promise<Target> {
  const connection = await connectMqtt(config.url, {
    clientId: config.clientId ?? `unshub-${hubId}-${config.name}`,
    ...(config.user !== undefined && { username: config.user }),
    ...(config.password !== undefined && { password: config.password.read() }),
    connectTimeout: config.timeout,
  });
  return new MqttTarget(connection, config);
}

class MqttTarget implements Target {
  readonly #connection: MqttConnection;
  readonly #config: Config;

  constructor(connection: MqttConnection, config: Config) {
    this.#connection = connection;
    this.#config = config;
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { prefix, retain } = this.#config;
    const messages = records.map((record) => plainMessage(record, prefix, retain));
    await publishAll(this.#connection, messages, signal);
  }

  async close(): Promise<void> {
    await this.#connection.client.endAsync(true);
  }
}

/** Values of the past are not retained: they are not the last ones. */
function plainMessage(record: SinkRecord, prefix: string, retain: boolean): Outgoing {
  const { subject, datatype, isHistorical } = record;
  const { path, unit, groupId, edgeNodeId, deviceId } = subject;
  const start = prefix === "" ? "" : `${prefix.replace(/\/$/, "")}/`;
  const source = ["spBv1.0", groupId, edgeNodeId, deviceId].filter((part) => part !== "").join("/");
  return {
    topic: `${start}${path}`,
    payload: valuePayload(record),
    retain: retain && !isHistorical,
    userProperties: {
      ...(datatype !== undefined && { datatype }),
      ...(unit !== undefined && { unit }),
      source,
    },
  };
}
