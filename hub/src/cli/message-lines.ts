/** From MQTT messages to lines: decodes Sparkplug and keeps the names behind the aliases. */
import {
  CERTIFICATES,
  datatypeOf,
  decodePayload,
  metricValue,
  readTopic,
  SparkplugError,
  summaryOf,
  TemplateTypes,
  type Metric,
  type Datatype,
  type MetricValue,
  type Payload,
  type SparkplugTopic,
} from "@unshub/sparkplug";
import { DECODING } from "../tree/index.ts";

import { printable } from "./printable.ts";
import { shortNumber } from "./shown-value.ts";

export interface MessageLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly topic: string;
  readonly seq?: number | undefined;
  readonly metrics?: readonly MetricLine[];
  /** Of messages that are not Sparkplug's, or could not be decoded. */
  readonly text?: string;
  readonly problem?: string;
}

export interface MetricLine {
  readonly name: string;
  readonly value: string | number | boolean | null;
}

interface Born {
  readonly name: string;
  readonly datatype: number;
}

type NodeOrDevice = Exclude<SparkplugTopic, { kind: "state" }>;

export class MessageLines {
  /** By `group/edge node`: alias and name → as born. */
  readonly #births = new Map<string, Map<number | bigint | string, Born>>();
  /** By `group/edge node`. */
  readonly #templates = new Map<string, TemplateTypes>();

  /** The line of a message; `undefined` for certificates nobody asked for. */
  read(topic: string, payload: Uint8Array, certificatesWanted: boolean): MessageLine | undefined {
    const isCertificate = topic.startsWith(`${CERTIFICATES}/`);
    const reading = readTopic(isCertificate ? topic.slice(CERTIFICATES.length + 1) : topic);
    const head = { time: new Date().toISOString(), topic };
    if (reading.kind !== "sparkplug" || reading.topic.kind === "state") {
      return { ...head, text: asPrintable(payload) };
    }
    const source = reading.topic;
    try {
      const decoded = decodePayload(payload, DECODING);
      this.#learn(source, decoded);
      if (isCertificate && !certificatesWanted) return undefined;
      const metrics = decoded.metrics.map((metric) => this.#metricLine(source, metric));
      return { ...head, seq: decoded.seq, metrics };
    } catch (error) {
      if (!(error instanceof SparkplugError)) throw error;
      return { ...head, problem: error.message };
    }
  }

  /** `14:02:11.120 spBv1.0/Plant1/DDATA/gw/press  seq 7  Motor/Speed=1200  …` */
  asText(line: MessageLine): string {
    const clock = line.time.slice(11, 23);
    const seq = line.seq === undefined ? "" : `  seq ${line.seq}`;
    const metrics = (line.metrics ?? []).map(
      ({ name, value }) =>
        `  ${name}=${typeof value === "number" ? shortNumber(value) : JSON.stringify(value)}`,
    );
    const text = line.text === undefined ? "" : `  ${line.text}`;
    const problem = line.problem === undefined ? "" : `  ! ${line.problem}`;
    return printable(`${clock} ${line.topic}${seq}${metrics.join("")}${text}${problem}`);
  }

  #learn(source: NodeOrDevice, payload: Payload): void {
    if (source.type !== "NBIRTH" && source.type !== "DBIRTH") return;
    const births = this.#birthsOf(source);
    this.#templatesOf(source).learn(payload);
    for (const { name, alias, datatype } of payload.metrics) {
      if (name === undefined || datatype === undefined) continue;
      if (alias !== undefined) births.set(alias, { name, datatype });
      births.set(placeOf(source, name), { name, datatype });
    }
  }

  #metricLine(source: NodeOrDevice, metric: Metric): MetricLine {
    const key = metric.name === undefined ? metric.alias : placeOf(source, metric.name);
    const born = this.#birthsOf(source).get(key ?? "");
    const name = metric.name ?? born?.name ?? `alias ${metric.alias}`;
    const datatype = metric.datatype ?? born?.datatype;
    return { name, value: valueOf(metric, datatype, this.#templatesOf(source)) };
  }

  #templatesOf({ groupId, edgeNodeId }: NodeOrDevice): TemplateTypes {
    const key = `${groupId}/${edgeNodeId}`;
    const known = this.#templates.get(key);
    if (known !== undefined) return known;
    const templates = new TemplateTypes();
    this.#templates.set(key, templates);
    return templates;
  }

  #birthsOf({ groupId, edgeNodeId }: NodeOrDevice): Map<number | bigint | string, Born> {
    const key = `${groupId}/${edgeNodeId}`;
    const known = this.#births.get(key);
    if (known !== undefined) return known;
    const births = new Map<number | bigint | string, Born>();
    this.#births.set(key, births);
    return births;
  }
}

/** A metric's name within its edge node; no id contains a slash, so the first one ends the device. */
function placeOf(topic: NodeOrDevice, name: string): string {
  return topic.kind === "device" ? `${topic.deviceId}/${name}` : `/${name}`;
}

/** Through its datatype when that is known, else as it stands on the wire. */
function valueOf(
  metric: Metric,
  datatypeCode: number | undefined,
  templates: TemplateTypes,
): MetricLine["value"] {
  if (metric.isNull || metric.value === undefined) return null;
  const datatype = datatypeOf(datatypeCode ?? 0);
  if (datatype !== undefined) {
    return jsonValue(metricValue(metric, datatype, templates), datatype);
  }
  const { field, raw } = metric.value;
  return typeof raw === "object" ? field : jsonValue(raw);
}

function jsonValue(value: MetricValue, datatype?: Datatype): MetricLine["value"] {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "object" && value !== null) return summaryOf(value, datatype);
  return value;
}

const MAX_TEXT = 500;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Text as text, without control characters; anything else as hex. */
function asPrintable(payload: Uint8Array): string {
  try {
    const text = JSON.stringify(UTF8.decode(payload.subarray(0, MAX_TEXT * 4))).slice(1, -1);
    return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text.replaceAll('\\"', '"');
  } catch {
    return `0x${Buffer.from(payload.subarray(0, 64)).toString("hex")} (${payload.length} bytes)`;
  }
}
