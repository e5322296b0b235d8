/**
 * The section `sinks:` of `unshub.yaml`: where values go besides. A door of its own, since the configuration is read
 * before anything of the room is loaded.
 */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { beginning, everySink, identifier, login, secret, text, url } from "./sink-keys.ts";

const storage = { ...everySink, begin: beginning("oldest") };
const stream = { ...everySink, begin: beginning("now") };

const lineProtocol = section({
  ...storage,
  type: z.literal("line-protocol"),
  url: url("http://influx.plant:8086", "http:", "https:"),
  /** Of the interface that is written to: `v1` is what VictoriaMetrics and QuestDB have too. */
  api: z.enum(["v1", "v2", "v3"]).default("v1"),
  measurement: text.default("uns_value"),
  /** A line for each value, or for all that a device says at one time. */
  row: z.enum(["metric", "device"]).default("metric"),
  /** v1 and v3. */
  database: text.optional(),
  /** v1. */
  retentionPolicy: text.optional(),
  ...login,
  /** v2. */
  org: text.optional(),
  bucket: text.optional(),
  token: secret.optional(),
  gzip: z.boolean().default(true),
}).superRefine((sink, context) => {
  for (const [key, message] of lineFaults(sink)) {
    context.addIssue({ code: "custom", path: [key], message });
  }
});

/** What one interface needs and another does not know. */
function lineFaults(sink: {
  readonly api: "v1" | "v2" | "v3";
  readonly database?: string | undefined;
  readonly org?: string | undefined;
  readonly bucket?: string | undefined;
  readonly user?: string | undefined;
}): readonly (readonly [key: string, message: string])[] {
  if (sink.api === "v2") {
    const missing = (["org", "bucket"] as const).filter((key) => sink[key] === undefined);
    const misplaced = (["database", "user"] as const).filter((key) => sink[key] !== undefined);
    return [
      ...missing.map((key) => [key, "is missing; api v2 needs org and bucket"] as const),
      ...misplaced.map((key) => [key, "is of api v1; v2 has org, bucket and token"] as const),
    ];
  }
  const misplaced = (["org", "bucket"] as const).filter((key) => sink[key] !== undefined);
  const needs = sink.api === "v3" && sink.database === undefined;
  return [
    ...misplaced.map((key) => [key, `is of api v2; ${sink.api} has database`] as const),
    ...(needs ? [["database", "is missing; api v3 needs it"] as const] : []),
  ];
}

const postgresql = section({
  ...storage,
  type: z.literal("postgresql"),
  url: url("postgres://db.plant:5432/plant", "postgres:", "postgresql:"),
  ...login,
  /** The server shows a certificate that this machine trusts. */
  tls: z.boolean().default(false),
  /** Where the tables are made. */
  schema: identifier.default("public"),
});

const clickhouse = section({
  ...storage,
  type: z.literal("clickhouse"),
  url: url("http://clickhouse.plant:8123", "http:", "https:"),
  ...login,
  database: identifier.default("default"),
  table: identifier.default("uns_value"),
});

/** What stands before every topic; nothing, or levels. */
const prefix = z
  .string()
  .regex(/^[^+#\0]*$/, "holds + or #, which no topic has")
  .default("");
const mqttUrl = url("mqtt://broker.plant:1883", "mqtt:", "mqtts:", "ws:", "wss:");

const mqtt = section({
  ...stream,
  type: z.literal("mqtt"),
  url: mqttUrl,
  ...login,
  clientId: text.max(200).optional(),
  /** 3: MQTT 3.1.1, which has no user properties. */
  version: z.union([z.literal(3), z.literal(5)]).default(5),
  prefix,
  retain: z.boolean().default(true),
});

/** Another MQTT server, which gets `spBv1.0` as it is said here. Always MQTT 5: births say which hubs they came through. */
const sparkplug = section({
  ...stream,
  type: z.literal("sparkplug"),
  url: mqttUrl,
  ...login,
  /** Of the connection that stands for all; that of an edge node has its name behind. */
  clientId: text.max(200).optional(),
}).omit({ deadLetters: true });

const thingsboard = section({
  ...storage,
  type: z.literal("thingsboard"),
  url: mqttUrl,
  /** Of a device that is a gateway. */
  token: secret,
  /** What ThingsBoard asks is written as this user or token of the hub may; left out: nothing is. */
  rpc: section({
    as: z.string().regex(/^(user|token):./, "write user:NAME or token:NAME"),
  }).optional(),
});

const nats = section({
  ...storage,
  type: z.literal("nats"),
  url: url("nats://nats.plant:4222", "nats:", "tls:"),
  ...login,
  token: secret.optional(),
  /** Made when it is not there. */
  stream: z
    .string()
    .regex(/^[\w-]+$/, "use letters, digits, dash and underscore")
    .default("UNS"),
  subject: z
    .string()
    .regex(/^[\w-]+(\.[\w-]+)*$/, "use words with dots between them, e.g. plant1.uns")
    .default("uns"),
});

const kafkaTopic = z
  .string()
  .regex(/^[\w.-]{1,249}$/, "use letters, digits, dot, dash and underscore");

const kafka = section({
  ...storage,
  type: z.literal("kafka"),
  brokers: z
    .array(z.string().regex(/^[^\s:]+:\d{1,5}$/, "write host:port"))
    .min(1, "name at least one"),
  topic: kafkaTopic.default("uns"),
  /** Gets the last value of each path; make it with `cleanup.policy=compact`. */
  lastTopic: kafkaTopic.optional(),
  ...login,
  mechanism: z.enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]).default("PLAIN"),
  tls: z.boolean().default(false),
});

const mongodb = section({
  ...storage,
  type: z.literal("mongodb"),
  url: url("mongodb://mongo.plant:27017", "mongodb:", "mongodb+srv:"),
  ...login,
  database: identifier.default("uns"),
  collection: identifier.default("uns_value"),
});

const sink = z.discriminatedUnion("type", [
  lineProtocol,
  postgresql,
  clickhouse,
  mqtt,
  sparkplug,
  thingsboard,
  nats,
  kafka,
  mongodb,
]);

export const sinksSection = z.array(sink).max(32).default([]);

/** One entry of `sinks:`. Times are milliseconds. */
export type SinkConfig = z.output<typeof sink>;
/** Those that carry values; the others carry messages. */
export type RecordSinkConfig = Exclude<SinkConfig, { readonly type: "sparkplug" }>;
/** Of one type of target. */
export type SinkOf<Type extends SinkConfig["type"]> = Extract<SinkConfig, { readonly type: Type }>;
