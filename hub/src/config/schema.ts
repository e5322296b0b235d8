/**
 * The shape of `unshub.yaml`. What stands inside an entry of `adapters:` belongs to the adapter; here only its
 * name, protocol and place in Sparkplug are known.
 */
import { section } from "@unshub/adapter";
import { idFault } from "@unshub/sparkplug";
import { z } from "zod";
import { RULE_CODES } from "./rule-codes.ts";

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
const wsListener = section({
  host,
  port: port.default(8083),
  origins: z.array(z.string()).default([]),
}).optional();

/** `port: 0` lets the system choose one. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

const level = z.enum(["off", "observe", "warn", "reject"]);

/** T10, publishing under `$sparkplug/`, is not for choice. */
const ruleCode = z.enum(RULE_CODES).exclude(["T10"]);

export const hubSchema = section({
  hub: section({
    id: sparkplugId("host").default("unshub"),
    dataDir: z.string().min(1).default("./data"),
  }).prefault({}),
  listeners: section({ mqtt: listener(1883), ws: wsListener, http: listener(8080) }).prefault({}),
  identity: section({
    anonymous: z.enum(["read", "full"]).default("full"),
    insecure: z.boolean().default(false),
  }).prefault({}),
  namespace: section({
    sparkplug: section({
      profile: z.enum(["observe", "strict"]).default("observe"),
      rules: z.partialRecord(ruleCode, level).default({}),
    }).prefault({}),
    otherTopics: z.enum(["allow", "reject"]).default("allow"),
  }).prefault({}),
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
      }),
    )
    .default([]),
});

/** How the topics of `spBv1.0` are watched. */
export type NamespaceConfig = z.output<typeof hubSchema>["namespace"];
export type RuleLevel = z.output<typeof level>;

/** One entry of `adapters:`; `settings` is what the adapter itself made of the rest. */
export interface AdapterEntry {
  readonly name: string;
  readonly protocol: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** As written, for the adapter's own thread to parse again. */
  readonly input: unknown;
}

/** The configuration of one hub, checked. */
export interface HubConfig {
  readonly hub: { readonly id: string; readonly dataDir: string };
  readonly listeners: {
    readonly mqtt: Listener | undefined;
    readonly ws: (Listener & { readonly origins: readonly string[] }) | undefined;
    readonly http: Listener | undefined;
  };
  readonly identity: { readonly anonymous: "read" | "full"; readonly insecure: boolean };
  readonly namespace: NamespaceConfig;
  readonly adapters: readonly AdapterEntry[];
}
