/** Somebody else's MQTT client that reads Sparkplug: keeps births, so that data by alias has names. */
import {
  datatypeOf,
  decodePayload,
  metricValue,
  type MetricValue,
  type Payload,
} from "@unshub/sparkplug";
import { connectAsync, type MqttClient } from "mqtt";
import { Bell } from "./bell.ts";

export interface SeenMessage {
  readonly topic: string;
  /** As `MQTT`: `NBIRTH`, `DDATA`, `STATE` … */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** By metric name; empty for STATE. */
  readonly values: ReadonlyMap<string, MetricValue>;
}

export class SparkplugWatch implements AsyncDisposable {
  readonly seen: SeenMessage[] = [];
  readonly client: MqttClient;
  readonly #names = new Map<string, { readonly name: string; readonly datatype: number }>();
  readonly #bell = new Bell();

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload) => this.#see(topic, payload));
  }

  static async open(
    url: string,
    protocolVersion: 4 | 5,
    filter = "spBv1.0/#",
  ): Promise<SparkplugWatch> {
    const client = await connectAsync(url, { protocolVersion, reconnectPeriod: 0 });
    const watch = new SparkplugWatch(client);
    await client.subscribeAsync(["$sparkplug/certificates/#", filter], { qos: 1 });
    return watch;
  }

  /** The first message for which `holds`, seen already or to come. */
  async until(holds: (message: SeenMessage) => boolean): Promise<SeenMessage> {
    return await this.#bell.find(() => this.seen.find(holds));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
  }

  #see(topic: string, bytes: Uint8Array): void {
    const certificate = topic.startsWith("$sparkplug/certificates/");
    const [, group, type = "", node] = topic.replace("$sparkplug/certificates/", "").split("/");
    const payload = group === "STATE" ? undefined : decodePayload(bytes);
    const values = payload === undefined ? new Map() : this.#values(`${group}/${node}`, payload);
    if (!certificate)
      this.seen.push({ topic, type: group === "STATE" ? "STATE" : type, bytes, values });
    this.#bell.ring();
  }

  #values(node: string, payload: Payload): ReadonlyMap<string, MetricValue> {
    return new Map(
      payload.metrics.map((metric): [string, MetricValue] => {
        const key = `${node}#${metric.alias}`;
        if (metric.name !== undefined && metric.datatype !== undefined) {
          this.#names.set(key, { name: metric.name, datatype: metric.datatype });
        }
        const born = this.#names.get(key);
        const datatype = datatypeOf(metric.datatype ?? born?.datatype ?? 0);
        const value = datatype === undefined ? null : metricValue(metric, datatype);
        return [metric.name ?? born?.name ?? key, value];
      }),
    );
  }
}
