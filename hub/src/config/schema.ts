/**
 * The shape of `unshub.yaml`. What stands inside an entry of `adapters:` belongs to the adapter; here only its
 * name, protocol and place in Sparkplug are known.
 */
import { section } from "@unshub/adapter";
import { idFault } from "@unshub/sparkplug";
import { z } from "zod";
import { type HistoryConfig, historySection } from "./history-schema.ts";
import { type McpConfig, mcpSection } from "./mcp-schema.ts";
import { pathFilter } from "../path-filter.ts";
import { commandsSection, type CommandsConfig } from "../command/rules/index.ts";
import { sinksSection, type SinkConfig } from "../sinks/config/index.ts";
import { unsSection, type UnsConfig } from "../uns/placement/index.ts";
import { identitySection } from "./identity-schema.ts";
import type { IdentityConfig } from "./identity-schema.ts";
import { type MqttConfig, mqttSection } from "./mqtt-schema.ts";
import {
  type BlackBoxConfig,
  blackBoxSection,
  type ReplayConfig,
  replaySection,
} from "./replay-schema.ts";
import { size } from "./units.ts";
import { RULE_CODES } from "./rule-codes.ts";
import { duration } from "./units.ts";

/** Seen from the folder of the configuration. */
export const DEFAULT_DATA_DIR = "./data";

/** An id that can stand in a Sparkplug topic. */
const sparkplugId = (what: string): z.ZodString =>
  z.string().superRefine((id, context) => {
    const fault = idFault(what, id);
    if (fault !== undefined) context.addIssue(fault.because);
  });

const port = z.int().min(0).max(65_535);
const host = z.string().min(1).default("127.0.0.1");
const listener = (usual: number) => section({ host, port: port.default(usual) }).optional();
/** MQTT over WebSocket may be used by pages of the origins named here, e.g. `http://mes.plant:3000`. */
const origins = z.array(z.string()).default([]);
const wsListener = section({ host, port: port.default(8083), origins }).optional();
const pemFile = z.string().min(1);
const tlsFiles = {
  cert: pemFile,
  key: pemFile,
  /** Clients show a certificate signed by one of these. */
  clientCa: pemFile.optional(),
  /** `optional`: those without one come in, too, and log in otherwise. */
  clientCertificates: z.enum(["required", "optional"]).default("required"),
};
const mqttsListener = section({ host, port: port.default(8883), ...tlsFiles }).optional();
const wssListener = section({ host, port: port.default(8084), origins, ...tlsFiles }).optional();
/** By which it may be called, besides its addresses and the name of the machine, e.g. `hub.plant.example`. */
const names = z.array(z.string().min(1)).default([]);
const metricsListener = section({ host, port: port.default(9464), names }).optional();
const httpListener = section({
  host,
  port: port.default(8080),
  cert: pemFile.optional(),
  key: pemFile.optional(),
  clientCa: pemFile.optional(),
  clientCertificates: tlsFiles.clientCertificates,
  names,
})
  .superRefine(({ cert, key, clientCa }, context) => {
    const missing = cert === undefined ? "cert" : "key";
    if (cert === undefined && key === undefined && clientCa === undefined) return;
    if (cert !== undefined && key !== undefined) return;
    const message = `is missing; TLS needs cert and key`;
    context.addIssue({ code: "custom", path: [missing], message });
  })
  .optional();

/** Those of OPC UA that are not broken; `None` is no protection at all. */
const OPCUA_POLICIES = [
  "Aes256_Sha256_RsaPss",
  "Basic256Sha256",
  "Aes128_Sha256_RsaOaep",
  "None",
] as const;
const opcuaListener = section({
  host,
  port: port.default(4840),
  security: z
    .array(z.enum(OPCUA_POLICIES))
    .min(1, "name at least one policy")
    .default(OPCUA_POLICIES.filter((policy) => policy !== "None")),
  /** Whether clients may write; the rights of who writes come on top. */
  write: z.boolean().default(false),
  /** SHA-256 of client certificates that are trusted without a file. */
  trust: z
    .array(
      z
        .string()
        .regex(/^sha256:([0-9a-f]{2}:?){32}$/i, "is no fingerprint: sha256: and 64 hex digits")
        .transform((text) => text.slice("sha256:".length).replaceAll(":", "").toLowerCase()),
    )
    .default([]),
}).optional();

/** `port: 0` lets the system choose one. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

/** A listener for MQTT with TLS; the paths are absolute. */
interface TlsListener extends Listener {
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly clientCa?: string;
    readonly clientCertificates: "required" | "optional";
  };
}

/** One that looks at how it is called. */
export interface NamedListener extends Listener {
  readonly names: readonly string[];
}

/** The HTTP side; with `tls` it speaks HTTPS and nothing else. */
export interface HttpListener extends NamedListener {
  readonly tls: TlsListener["tls"] | undefined;
  /** Pages of these origins may use the API besides its own, without cookies: `cors.origins`. */
  readonly origins: readonly string[];
}

/** Pages of these origins may use it besides its own. */
interface WithOrigins {
  readonly origins: readonly string[];
}

/** The hub as an OPC UA server. */
interface OpcUaListener extends Listener {
  readonly security: readonly (typeof OPCUA_POLICIES)[number][];
  readonly write: boolean;
  /** SHA-256, 64 hex digits in lower case. */
  readonly trust: readonly string[];
}

/** Of a rule of the guard: what happens when somebody breaks it. */
export const RULE_LEVELS = ["off", "observe", "warn", "reject"] as const;
const level = z.enum(RULE_LEVELS);

/** T10, publishing under `$sparkplug/`, is not for choice. */
const ruleCode = z.enum(RULE_CODES).exclude(["T10"]);

export const hubSchema = section({
  hub: section({
    id: sparkplugId("host").default("unshub"),
    dataDir: z.string().min(1).default(DEFAULT_DATA_DIR),
  }).prefault({}),
  listeners: section({
    mqtt: listener(1883),
    mqtts: mqttsListener,
    ws: wsListener,
    wss: wssListener,
    psk: listener(8885),
    http: httpListener,
    metrics: metricsListener,
    opcua: opcuaListener,
  }).prefault({}),
  mqtt: mqttSection.prefault({}),
  identity: identitySection.prefault({}),
  namespace: section({
    sparkplug: section({
      profile: z.enum(["observe", "strict"]).default("observe"),
      rules: z.partialRecord(ruleCode, level).default({}),
      /** Left out: who is subscribed is told of births and deaths, not of values alone. */
      liveCertificates: section({ refresh: duration({ least: "1s", most: "1d" }) }).optional(),
      /** Left out: every request for rebirth passes. */
      rebirthShield: section({
        window: duration({ least: "100ms", most: "5m" }).default(5000),
      }).optional(),
      /** `server`: an NDEATH goes on with the time at which it is delivered. */
      ndeathTimestamp: z.enum(["sent", "server"]).optional(),
    }).prefault({}),
    otherTopics: z.enum(["allow", "reject"]).default("allow"),
  }).prefault({}),
  cors: section({ origins }).prefault({}),
  history: historySection.prefault({}),
  replay: replaySection.prefault({}),
  blackBox: blackBoxSection.prefault({}),
  commands: commandsSection.prefault({}),
  mcp: mcpSection.prefault({}),
  metrics: section({
    /** Edge nodes with labels of their own; the rest stand together. */
    maxNodes: z.int().min(0).max(20_000).default(2000),
    /** Values of the plant that stand there, by their paths. */
    values: z.array(pathFilter).max(1000).default([]),
  }).prefault({}),
  uns: unsSection.prefault({}),
  i3x: section({
    enabled: z.boolean().default(true),
    /** Objects in one answer; more are cut, and the answer says so. */
    maxObjects: z.int().min(1).max(2_000_000).default(100_000),
    /** A subscription that nobody asks for so long is given up. */
    subscriptionTtl: duration({ least: "1s", most: "1d" }).default(60_000),
  }).prefault({}),
  sinks: sinksSection,
  adapters: z
    .array(
      z.looseObject({
        name: z
          .string()
          .regex(
            /^[A-Za-z0-9][\w.-]*$/,
            "use letters, digits, dot, dash and underscore, a letter or digit first",
          ),
        protocol: z.string(),
        group: sparkplugId("group"),
        edgeNode: sparkplugId("edge node"),
        memoryLimit: size({ least: "64MiB", most: "16GiB" }).default(512 * 1024 ** 2),
        /** `false`: it stands in the file and nothing of it runs, until somebody starts it. */
        enabled: z.boolean().default(true),
        /** Who stopped it, beside `enabled: false`; written by the page and the command line. */
        stopped: section({
          by: z.string().min(1).max(200),
          at: z.iso.datetime({ offset: true }),
          because: z.string().min(1).max(500).optional(),
        }).optional(),
      }),
    )
    .default([]),
});

/** How the topics of `spBv1.0` are watched. */
export type NamespaceConfig = z.output<typeof hubSchema>["namespace"];
export type RuleLevel = z.output<typeof level>;

/** The plant over HTTP, below `/i3x/v1`. */
export interface I3xConfig {
  readonly enabled: boolean;
  readonly maxObjects: number;
  /** Milliseconds. */
  readonly subscriptionTtl: number;
}

/** One entry of `adapters:`; `settings` is what the adapter itself made of the rest. */
export interface AdapterEntry {
  readonly name: string;
  readonly protocol: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** What its thread may keep in memory. */
  readonly memoryLimitBytes: number;
  /** Of the configuration: files that the adapter's part names are seen from there. */
  readonly folder: string;
  /** As written, for the adapter's own thread to parse again. */
  readonly input: unknown;
  /** `undefined`: it runs. */
  readonly stopped: StoppedAdapter | undefined;
}

/** An adapter that somebody has stopped, and that stays so when the hub starts again. */
export interface StoppedAdapter {
  /** `undefined`: the file does not say who it was. */
  readonly by: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly at: number | undefined;
  readonly because: string | undefined;
}

/** The configuration of one hub, checked. */
export interface HubConfig {
  readonly hub: { readonly id: string; readonly dataDir: string };
  readonly listeners: {
    readonly mqtt: Listener | undefined;
    readonly mqtts: TlsListener | undefined;
    readonly ws: (Listener & WithOrigins) | undefined;
    readonly wss: (TlsListener & WithOrigins) | undefined;
    readonly psk: Listener | undefined;
    readonly http: HttpListener | undefined;
    readonly metrics: NamedListener | undefined;
    readonly opcua: OpcUaListener | undefined;
  };
  readonly mqtt: MqttConfig;
  readonly identity: IdentityConfig;
  readonly namespace: NamespaceConfig;
  readonly history: HistoryConfig;
  readonly replay: ReplayConfig;
  readonly blackBox: BlackBoxConfig;
  readonly uns: UnsConfig;
  readonly commands: CommandsConfig;
  readonly mcp: McpConfig;
  readonly metrics: { readonly maxNodes: number; readonly values: readonly string[] };
  readonly i3x: I3xConfig;
  readonly sinks: readonly SinkConfig[];
  readonly adapters: readonly AdapterEntry[];
}
