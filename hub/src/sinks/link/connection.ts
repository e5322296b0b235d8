/** Connections of a link: one that stands for the whole link, and hears which hosts are there; one for each edge node. */
import type { NodeId } from "@unshub/sparkplug";
import type { IClientOptions, MqttClient } from "mqtt";
import type { SinkOf } from "../config/index.ts";
import { connectMqtt } from "../targets/mqtt-client.ts";
import { answers, countPings } from "./answers.ts";
import { judged } from "./not-wanted.ts";

export class FarServer {
  /** The ids of hosts that are known there: hubs among them. */
  readonly hosts = new Set<string>();
  readonly #config: SinkOf<"sparkplug">;
  readonly #base: string;
  #control: MqttClient | undefined;

  constructor(config: SinkOf<"sparkplug">, hubId: string) {
    this.#config = config;
    this.#base = config.clientId ?? `unshub-${hubId}-${config.name}`;
  }

  /** Resolves when it is known who is there. @throws when it cannot be reached or refuses. */
  async open(signal: AbortSignal): Promise<void> {
    const client = await this.#connect(this.#base, {});
    this.#control = client;
    this.hosts.clear();
    client.on("message", (topic) => this.hosts.add(topic.slice(topic.lastIndexOf("/") + 1)));
    await client.subscribeAsync("spBv1.0/STATE/+", { qos: 1 });
    await this.check(signal);
  }

  /** @throws when it does not answer. */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#control === undefined) throw new Error("the connection was lost");
    await answers(this.#control, this.#config.timeout, signal);
  }

  get isConnected(): boolean {
    return this.#control?.connected === true;
  }

  /** @throws {NotWanted} when the other side refuses this edge node. */
  async connectNode({ groupId, edgeNodeId }: NodeId, options: IClientOptions): Promise<MqttClient> {
    try {
      return await this.#connect(`${this.#base}:${groupId}/${edgeNodeId}`, options);
    } catch (error) {
      throw judged(error);
    }
  }

  async close(): Promise<void> {
    const control = this.#control;
    this.#control = undefined;
    await control?.endAsync(true);
  }

  async #connect(clientId: string, options: IClientOptions): Promise<MqttClient> {
    const { url, user, password, timeout } = this.#config;
    const { client } = await connectMqtt(url, {
      clientId,
      ...(user !== undefined && { username: user }),
      ...(password !== undefined && { password: password.read() }),
      connectTimeout: timeout,
      ...options,
    });
    countPings(client);
    return client;
  }
}
