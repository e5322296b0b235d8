/** A hub, an edge node of a foreign gateway on MQTT.js, and the question why a value is stale. */
import assert from "node:assert/strict";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { generate } from "mqtt-packet";
import { startTestHub, type Ending, type HubTestOptions, type TestHub } from "./hub.ts";
import { publishPacket } from "./mqtt-raw-client.ts";

/** The answer of `/api/v1/explain`, as far as tests look at it. */
export interface Explained {
  readonly verdict: {
    readonly status: string;
    readonly hop?: string;
    readonly says: string;
    readonly todo?: string;
  };
  readonly hops: readonly {
    readonly hop: string;
    readonly status: string;
    readonly says: string;
    readonly evidence: readonly (readonly [name: string, value: string])[];
  }[];
}

export const SPEED = "g/e/d/Speed";

export class ExplainPlant {
  readonly hub: TestHub;
  readonly #ending: Ending;
  #seq = 0;

  constructor(hub: TestHub, ending: Ending) {
    this.hub = hub;
    this.#ending = ending;
  }

  static async open(t: Ending, adapters = "", options: HubTestOptions = {}): Promise<ExplainPlant> {
    return new ExplainPlant(await startTestHub(t, adapters, options), t);
  }

  /** Connects the gateway of edge node `g/e`; its Will is NDEATH. `will: undefined`: none. */
  async gateway(options: IClientOptions = {}): Promise<MqttClient> {
    const client = await connectAsync(`mqtt://127.0.0.1:${this.hub.mqttPort}`, {
      reconnectPeriod: 0,
      clientId: "gw",
      will: { topic: "spBv1.0/g/NDEATH/e", payload: payloadOf([BD_SEQ]), qos: 1, retain: false },
      ...options,
    });
    client.on("error", () => undefined); // what a test does to it
    this.#ending.after(() => client.endAsync(true));
    return client;
  }

  /** NBIRTH of `g/e`, and DBIRTH of `d` with these metrics. */
  async bear(client: MqttClient, metrics: readonly MetricToSend[] = [speed(1200)]): Promise<void> {
    this.#seq = 0;
    await this.say(client, "NBIRTH/e", [BD_SEQ, REBIRTH]);
    await this.say(client, "DBIRTH/e/d", metrics);
  }

  /** `skip`: how many messages are lost before. Comes with QoS 1, so the hub has it when this resolves. */
  async say(
    client: MqttClient,
    what: string,
    metrics: readonly MetricToSend[],
    { skip = 0, restart = false } = {},
  ): Promise<void> {
    const seq = restart ? 0 : (this.#seq + skip) % 256;
    this.#seq = seq + 1;
    await client.publishAsync(`spBv1.0/g/${what}`, payloadOf(metrics, seq), { qos: 1 });
  }

  async explain(path = SPEED): Promise<Explained> {
    const explained: Explained = JSON.parse(await this.ask(path));
    assert.ok(Array.isArray(explained.hops), JSON.stringify(explained));
    return explained;
  }

  /** The answer as it is. */
  async ask(path: string): Promise<string> {
    const url = `http://127.0.0.1:${this.hub.httpPort}/api/v1/explain?path=${encodeURIComponent(path)}`;
    return await (await fetch(url)).text();
  }

  /** Asks again and again until the verdict is about this hop; `between`: what is done meanwhile. */
  async until(
    hop: string,
    path = SPEED,
    between: () => Promise<void> = async () => undefined,
  ): Promise<Explained> {
    for (;;) {
      await between();
      const explained = await this.explain(path);
      if (explained.verdict.hop === hop) return explained;
    }
  }

  payload(metrics: readonly MetricToSend[]): Buffer {
    return payloadOf(metrics);
  }

  /** PUBLISH packets with the births of `g/e` and its device, for a client of bytes. */
  birthPackets(): Buffer {
    const births = [
      ["spBv1.0/g/NBIRTH/e", payloadOf([BD_SEQ, REBIRTH], 0)],
      ["spBv1.0/g/DBIRTH/e/d", payloadOf([speed(1200)], 1)],
    ] as const;
    return Buffer.concat(births.map(([topic, bytes]) => generate(publishPacket(topic, bytes))));
  }

  /** Until a metric has this quality. */
  async becomes(quality: string, path = SPEED): Promise<void> {
    const { tree } = this.hub.hub;
    await this.hub.until(() => tree.metric(tree.find(path) ?? -1)?.quality === quality);
  }
}

export const BD_SEQ: MetricToSend = {
  name: "bdSeq",
  datatype: "Int64",
  tellDatatype: true,
  value: 0,
};
const REBIRTH: MetricToSend = {
  name: "Node Control/Rebirth",
  datatype: "Boolean",
  tellDatatype: true,
  value: false,
};

/** The metric `Speed`, alias 1, as births name it. */
export function speed(value: number, more: Partial<MetricToSend> = {}): MetricToSend {
  const timestamp = Date.now();
  return {
    name: "Speed",
    alias: 1,
    datatype: "Int32",
    tellDatatype: true,
    value,
    timestamp,
    ...more,
  };
}

function payloadOf(metrics: readonly MetricToSend[], seq?: number): Buffer {
  return Buffer.from(encodePayload({ timestamp: Date.now(), seq, metrics }));
}

/** Asserts where it is broken, and what is said and advised there. */
export function assertVerdict(
  { verdict, hops }: Explained,
  expected: { readonly status: string; readonly hop: string | undefined; readonly says: RegExp },
): void {
  assert.equal(verdict.hop, expected.hop, JSON.stringify(verdict));
  assert.equal(verdict.status, expected.status);
  assert.ok(expected.says.test(verdict.says), `${verdict.says} does not match ${expected.says}`);
  if (expected.hop !== undefined) assert.ok((verdict.todo ?? "").length > 20, "says what to do");
  assert.deepEqual(
    hops.map(({ hop }) => hop),
    ["PLC", "adapter", "edge session", "seq/alias", "guard", "broker", "reader"],
  );
}

/** The state of one hop. */
export function statusOf({ hops }: Explained, name: string): string | undefined {
  return hops.find(({ hop }) => hop === name)?.status;
}

/** A figure of one hop. */
export function figure({ hops }: Explained, name: string, of: string): string | undefined {
  return hops.find(({ hop }) => hop === name)?.evidence.find(([key]) => key === of)?.[1];
}
