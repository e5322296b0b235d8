/** A hub with plain topics, an edge node of ours and clients that read them, all on real sockets. */
import {
  mqttJs,
  type BornMetric,
  type EdgeNodeSession,
  type MetricValue,
  type TemplateDefinition,
} from "@unshub/sparkplug";
import mqtt, { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { startTestHub, tempDir, type Ending, type TestHub } from "./hub.ts";
import { liveEdge } from "./live-edge.ts";
import { Inbox } from "./mqtt-inbox.ts";

/** Where the press of `plainEdge` stands by the usual rule. */
export const PRESS = "acme/dallas/line1/press";

/** What a reader was told. */
export interface Heard {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly contentType: string | undefined;
  readonly isText: boolean | undefined;
  readonly user: Readonly<Record<string, unknown>>;
  readonly correlation: string | undefined;
}

export class JsonReader {
  readonly heard = new Inbox<Heard>();
  readonly client: MqttClient;

  private constructor(client: MqttClient) {
    this.client = client;
    client.on("message", (topic, payload, { qos, retain, properties }) =>
      this.heard.push({
        topic,
        text: payload.toString(),
        qos,
        retain,
        contentType: properties?.contentType,
        isText: properties?.payloadFormatIndicator,
        user: { ...properties?.userProperties },
        correlation: properties?.correlationData?.toString(),
      }),
    );
  }

  static async open(
    t: Ending,
    port: number,
    filter: string | undefined,
    options: IClientOptions = {},
  ): Promise<JsonReader> {
    const url = `mqtt://127.0.0.1:${port}`;
    const usual: IClientOptions = { protocolVersion: 5, reconnectPeriod: 0 };
    const client = mqtt.connect(url, { ...usual, ...options, manualConnect: true });
    const reader = new JsonReader(client); // hears what a session that lived on has waiting
    t.after(() => client.endAsync(true));
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.connect();
    });
    if (filter !== undefined) await client.subscribeAsync(filter, { qos: 1 });
    return reader;
  }

  /** The next message on a topic; those on others before it are passed over. */
  next(topic: string): Promise<Heard> {
    return this.heard.find((heard) => heard.topic === topic);
  }

  /** The next JSON on a topic. */
  async json(topic: string): Promise<unknown> {
    return JSON.parse((await this.next(topic)).text);
  }
}

/** As `born` of an edge node wants it. */
export function born(name: string, value: MetricValue, more: Partial<BornMetric> = {}): BornMetric {
  return { ...reading(name, value), datatype: "Int32", writable: false, ...more };
}

/** The time of all readings of these plants. */
export const READ_AT = 1_700_000_000_123;

export function reading(name: string, value: MetricValue, timestamp: number = READ_AT) {
  return { name, value, quality: "good", timestamp } as const;
}

/** What somebody asked an edge node to write; `deviceId` is left out for its own metrics. */
export interface Asked {
  readonly deviceId?: string;
  readonly metric: string;
  readonly value: MetricValue;
}

export interface PlainEdge {
  readonly edge: EdgeNodeSession;
  /** Writes that came; they are carried out. */
  readonly asked: Inbox<Asked>;
}

/** An edge node with one device; `own`: its own metrics. */
export function plainEdge(t: Ending, port: number, parts: EdgeParts = {}): PlainEdge {
  const { own = [], device = "press", metrics = PRESS_METRICS } = parts;
  const { group = "acme:dallas", edgeNode = "line1", templates, mute, login = {} } = parts;
  const asked = new Inbox<Asked>();
  const edge: EdgeNodeSession = liveEdge(`mqtt://127.0.0.1:${port}`, {
    groupId: group,
    edgeNodeId: edgeNode,
    clientId: parts.clientId ?? edgeNode,
    connector: mqttJs<Buffer>({
      connect: (url, options) => mqtt.connect(url, { ...options, ...login }),
    }),
    metrics: own,
    templates,
    onWrite: ({ deviceId, metric, value }) => {
      if (deviceId !== mute) edge.node.changed(deviceId, [reading(metric, value)]);
      asked.push({ deviceId, metric, value });
    },
    onNodeWrite: ({ metric, value }) => {
      edge.node.changed(undefined, [reading(metric, value)]);
      asked.push({ metric, value });
    },
  });
  edge.node.born(device, metrics);
  edge.start();
  t.after(() => edge.stop());
  return { edge, asked };
}

interface EdgeParts {
  readonly own?: readonly BornMetric[];
  readonly device?: string;
  readonly metrics?: readonly BornMetric[];
  readonly group?: string;
  readonly edgeNode?: string;
  /** A device that says nothing to what it is told. */
  readonly mute?: string;
  readonly clientId?: string;
  /** By what it comes in. */
  readonly login?: { readonly username: string; readonly password: string };
  readonly templates?: readonly TemplateDefinition[];
}

const PRESS_METRICS: readonly BornMetric[] = [
  born("Hydraulics/Pressure", 101.5, { datatype: "Double", unit: "bar" }),
  born("Setpoint", 25, { writable: true, range: [0, 350] }),
  born("Running", true, { datatype: "Boolean" }),
];

export interface JsonPlant extends PlainEdge {
  readonly hub: TestHub;
  readonly port: number;
}

/** The hub, and the edge node with its press born there. `projection`: YAML of the section. */
export async function startJsonPlant(
  t: Ending,
  projection: string | undefined,
  more: EdgeParts & { readonly placement?: string; readonly dataDir?: string } = {},
): Promise<JsonPlant> {
  const { placement = "", dataDir = tempDir(t) } = more;
  const hub = await startJsonHub(t, dataDir, `${placement}${projectionText(projection)}`);
  const settled = projection === undefined ? undefined : await tellingTo(hub.mqttPort);
  const plain = plainEdge(t, hub.mqttPort, more);
  const { group = "acme:dallas", device = "press" } = more;
  const row = `${encodeURIComponent(group)}/line1/${device}`;
  await hub.until(() => hub.hub.tree.online(hub.hub.tree.find(row) ?? -1) === true);
  await settled?.();
  return { ...plain, hub, port: hub.mqttPort };
}

/** Subscribes; then resolves when the birth of a device has been told: who subscribes later hears of changes only. */
async function tellingTo(port: number): Promise<() => Promise<void>> {
  const ends: (() => unknown)[] = [];
  const reader = await JsonReader.open({ after: (end) => ends.push(end) }, port, "#");
  return async () => {
    await reader.heard.find(({ topic, retain }) => topic.endsWith("/_model") && !retain);
    await reader.client.publishAsync("settled", "", { qos: 1 });
    await reader.next("settled"); // what was told together with the model has come before it
    for (const end of ends) await end();
  };
}

function projectionText(projection: string | undefined): string {
  return projection === undefined ? "" : `  projection: ${projection}\n`;
}

/** A hub with this section `uns:`, its YAML two spaces in. */
export async function startJsonHub(t: Ending, dataDir: string, uns: string): Promise<TestHub> {
  const options = { dataDir, guardTimes: { rebirthMs: 0, sweepMs: 20 } };
  return await startTestHub(t, "", { ...options, more: `uns:\n${uns || "  {}\n"}` });
}

/** Publishes as somebody; answers what the PUBACK says. */
export async function saidBy(
  client: MqttClient,
  topic: string,
  text: string,
  options: { readonly retain?: boolean } = {},
): Promise<number> {
  try {
    await client.publishAsync(topic, text, { qos: 1, retain: options.retain === true });
    return 0;
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "number")
      return error.code;
    throw error;
  }
}

/** A client of MQTT 5 that subscribes to nothing. */
export async function writer(t: Ending, port: number): Promise<MqttClient> {
  const options = { protocolVersion: 5, reconnectPeriod: 0 } as const;
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, options);
  t.after(() => client.endAsync(true));
  return client;
}
