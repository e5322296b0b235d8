/** A hub with sinks, and an edge node that tells it values of every kind. */
import { setTimeout as pause } from "node:timers/promises";
import { encodePayload, type MetricToSend } from "@unshub/sparkplug";
import mqtt, { type MqttClient } from "mqtt";
import { startTestHub, type Ending, type HubTestOptions, type TestHub } from "./hub.ts";

/** A row of the log, as `/api/history/log` gives it. */
export interface LogRow {
  readonly offset: number;
  readonly path: string;
  readonly time: number;
  readonly value: unknown;
  readonly quality: string;
}

interface ShownSink {
  readonly name: string;
  readonly status: string;
  readonly error?: string;
  readonly position: number;
  readonly rowsWritten: number;
  readonly missedRows: number;
  readonly deadLetters: number;
  readonly errors: number;
}

export interface SinkHub extends TestHub {
  readonly url: string;
  readonly ask: (path: string, init?: RequestInit) => Promise<ReturnType<typeof JSON.parse>>;
  /** Everything in the order of arrival, from an offset on. */
  readonly rows: (from?: number) => Promise<readonly LogRow[]>;
  readonly sink: (name: string) => Promise<ShownSink>;
  /** Resolves when the sink is as wanted. */
  readonly untilSink: (name: string, holds: (sink: ShownSink) => boolean) => Promise<ShownSink>;
  /** Resolves with all rows when the sink has written them. */
  readonly untilWritten: (name: string) => Promise<readonly LogRow[]>;
}

/** `sinks`: the YAML below `sinks:`, one flow mapping a line. */
export async function startSinkHub(
  t: Ending,
  sinks: readonly string[],
  options: HubTestOptions = {},
): Promise<SinkHub> {
  const more = `${options.more ?? ""}\nsinks:\n${sinks.map((sink) => `  - ${sink}`).join("\n")}\n`;
  const hub = await startTestHub(t, "", { ...options, more });
  return { ...hub, ...asking(hub.httpPort) };
}

/** What is asked of a hub over HTTP, wherever it runs. */
export function asking(
  httpPort: number,
): Pick<SinkHub, "url" | "ask" | "rows" | "sink" | "untilSink" | "untilWritten"> {
  const url = `http://127.0.0.1:${httpPort}`;
  const ask: SinkHub["ask"] = async (path, init) =>
    JSON.parse(await (await fetch(`${url}${path}`, init)).text());
  const rows = async (from = 0): Promise<readonly LogRow[]> => {
    const found: LogRow[] = [];
    for (let offset = from; ;) {
      const page = await ask(`/api/history/log?offset=${offset}&limit=10000`);
      found.push(...page.entries);
      if (page.next >= page.head) return found;
      offset = page.next;
    }
  };
  const sink = async (name: string): Promise<ShownSink> => {
    const { sinks } = await ask("/api/v1/sinks");
    return sinks.find((one: ShownSink) => one.name === name);
  };
  const untilSink: SinkHub["untilSink"] = async (name, holds) => {
    for (;;) {
      const now = await sink(name);
      if (holds(now)) return now;
      await pause(20);
    }
  };
  const untilWritten = async (name: string): Promise<readonly LogRow[]> => {
    const all = await rows();
    const end = (all.at(-1)?.offset ?? -1) + 1;
    await untilSink(name, ({ status, position }) => status === "up" && position >= end);
    return all;
  };
  return { url, ask, rows, sink, untilSink, untilWritten };
}

/** What a row is to a target. */
export function keysOf(rows: readonly Pick<LogRow, "path" | "time">[]): ReadonlySet<string> {
  return new Set(rows.map(({ path, time }) => `${path} ${time}`));
}

/** The keys that a target must have of these rows; devices stand in the plant as in the tree. */
export function wantedKeys(rows: readonly LogRow[]): ReadonlySet<string> {
  const values = rows.filter(({ path }) => !path.endsWith("/bdSeq"));
  return keysOf(values.map(({ path, time }) => ({ path: decodeURIComponent(path), time })));
}

export interface EdgeNodeClient {
  readonly client: MqttClient;
  /** NBIRTH and DBIRTH; times are milliseconds since 1970 UTC. */
  readonly born: (time: number, metrics: readonly MetricToSend[]) => Promise<void>;
  /** One DDATA. */
  readonly data: (time: number, metrics: readonly MetricToSend[]) => Promise<void>;
}

/** Edge node `gw` of group `Plant1` with device `press`. Each message is through the broker when the next one is said. */
export async function edgeNodeClient(t: Ending, mqttPort: number): Promise<EdgeNodeClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { reconnectPeriod: 0 });
  client.on("error", () => undefined);
  t.after(() => client.end(true));
  let seq = 0;
  const say = async (topic: string, timestamp: number, metrics: readonly MetricToSend[]) => {
    const payload = encodePayload({ timestamp, seq, metrics });
    seq = (seq + 1) % 256;
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
  return {
    client,
    born: async (time, metrics) => {
      seq = 0;
      const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
      await say("spBv1.0/Plant1/NBIRTH/gw", time, [bdSeq]);
      await say("spBv1.0/Plant1/DBIRTH/gw/press", time, metrics);
    },
    data: async (time, metrics) => await say("spBv1.0/Plant1/DDATA/gw/press", time, metrics),
  };
}

export function metric(
  name: string,
  datatype: MetricToSend["datatype"],
  value: MetricToSend["value"],
  time: number,
): MetricToSend {
  return { name, datatype, tellDatatype: true, value, timestamp: time };
}

/** One metric of each kind of value that targets have to tell apart. */
export function everyKind(time: number): readonly MetricToSend[] {
  const unit = { key: "engUnit", datatype: "String", value: "bar" } as const;
  return [
    { ...metric("Hydraulics/Pressure", "Double", 101.5, time), properties: [unit] },
    metric("Parts", "Int32", -42, time),
    metric("Total", "Int64", -9_007_199_254_740_993n, time),
    metric("Huge", "UInt64", 2n ** 64n - 1n, time),
    metric("Running", "Boolean", true, time),
    metric("Text, with = and blanks", "String", 'say "hi" \\ to\nÄrger ✓', time),
    metric("Since", "DateTime", 1_700_000_000_123, time),
    metric("Raw", "Bytes", Uint8Array.of(1, 2, 255), time),
    metric("Curve", "Int32Array", [1, -2, 3], time),
    metric("NotANumber", "Double", Number.NaN, time),
    metric("Nothing", "Int32", null, time),
  ];
}
