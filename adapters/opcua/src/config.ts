/** An `adapters:` entry with `protocol: opcua`: what may stand in it, what is assumed when it is left out. */
import type { ConfigProblem, PublishRule } from "@unshub/adapter";
import { ConfigError, durationMs, parseWith, section } from "@unshub/adapter";
import { idFault } from "@unshub/sparkplug";
import { z } from "zod";
import type { DataConfig, GroupConfig, TagConfig } from "./data-config.ts";
import type { NodeAddress } from "./node-id.ts";
import { parseNodeAddress } from "./node-id.ts";

/** One server. */
export interface OpcUaConfig extends DataConfig {
  /** `opc.tcp://host:port/path`, used as it is written. */
  readonly endpoint: string;
  /** One, or the members of a redundant set, the preferred one first. */
  readonly endpoints: readonly string[];
  /** How long the preferred server of a set must be well before the hub goes back to it, in ms. */
  readonly handBackMs: number;
  /** Left out: anonymous. */
  readonly identity?: { readonly user: string; readonly password: string } | undefined;
  /** The device of whatever names none itself. */
  readonly device: string;
  /** After how long without a word the server forgets the session, in ms. */
  readonly sessionTimeoutMs: number;
}

const LEAST_QUEUE = 10;
const ENDPOINT = /^opc\.tcp:\/\/(\[[0-9a-f:]+\]|[^\s/:[\]]+)(:\d{1,5})?(\/\S*)?$/i;

const deviceName = z.string().superRefine((name, context) => {
  const fault = idFault("device", name);
  if (fault !== undefined) context.addIssue(fault.because);
});

const nodeAddress = z.string().transform((text, context): NodeAddress => {
  const parsed = parseNodeAddress(text);
  if ("address" in parsed) return parsed.address;
  context.addIssue(parsed.fault);
  return z.NEVER;
});

const group = section({
  interval: durationMs,
  sampling: durationMs.optional(),
  queue: z.int().min(1).max(10_000).optional(),
  mode: z.enum(["subscribe", "poll"]).default("subscribe"),
  deadbandIn: z.enum(["auto", "server", "local"]).default("auto"),
  registeredNodes: z.boolean().default(false),
}).transform(({ interval, sampling = interval / 2, queue, ...rest }): GroupConfig => {
  const perInterval = sampling > 0 ? Math.ceil(interval / sampling) : 1;
  return {
    intervalMs: interval,
    samplingMs: sampling,
    queue: queue ?? Math.max(LEAST_QUEUE, perInterval),
    ...rest,
  };
});

const range = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, "the first number is the smaller one");

const tag = section({
  name: z.string().min(1),
  node: nodeAddress,
  indexRange: z
    .string()
    .regex(/^\d{1,9}(:\d{1,9})?$/, "is e.g. 3 or 0:7")
    .optional(),
  group: z.string(),
  access: z.enum(["r", "rw", "w"]).default("r"),
  sampling: durationMs.optional(),
  queue: z.int().min(1).max(10_000).optional(),
  unit: z.string().optional(),
  description: z.string().optional(),
  publish: z.enum(["onChange", "always", "onChangeOrInterval"]).default("onChange"),
  deadband: z.number().min(0).optional(),
  deadbandPercent: z.number().min(0).max(100).optional(),
  of: z.enum(["range", "value"]).optional(),
  euRange: range.optional(),
  minInterval: durationMs.optional(),
  maxInterval: durationMs.optional(),
  enum: z.enum(["number", "text"]).default("number"),
  structures: z.enum(["folder", "template", "json"]).default("folder"),
  allowNan: z.boolean().default(false),
  onBad: z.enum(["null", "keepLast"]).default("null"),
  maxBytes: z.int().min(1).max(67_108_864).default(65_536),
  writeRange: range.optional(),
  round: z.boolean().default(false),
  verify: z.enum(["readBack", "none"]).default("readBack"),
  verifyAfter: durationMs.default(50),
  verifyTimeout: durationMs.default(2_000),
  idempotent: z.boolean().default(false),
  writeGroup: z.string().optional(),
}).refine((given) => given.writeRange === undefined || given.access !== "r", {
  path: ["writeRange"],
  message: "has no effect without access: rw",
});

const event = section({
  notifier: z.union([z.literal("server"), nodeAddress]).default("server"),
  minSeverity: z.int().min(1).max(1_000).default(1),
  types: z.array(nodeAddress).max(100).default([]),
  sources: z.array(z.string().min(1)).max(100).default([]),
  acknowledge: z.boolean().default(false),
});

const method = section({
  name: z.string().min(1),
  object: nodeAddress,
  method: nodeAddress,
  timeout: durationMs.default(10_000),
});

const security = z.union([
  z.enum(["none", "auto"]),
  section({ policy: z.string(), mode: z.enum(["Sign", "SignAndEncrypt"]) }),
]);

const entry = section({
  endpoint: z.string().regex(ENDPOINT, "write it like opc.tcp://10.0.1.50:4840"),
  security,
  allowNone: z.boolean().default(false),
  identity: z
    .union([z.literal("anonymous"), section({ user: z.string(), password: z.string() })])
    .optional(),
  allowPlainPassword: z.boolean().default(false),
  device: deviceName,
  endpoints: z.array(z.string().regex(ENDPOINT)).min(1).optional(),
  handBack: durationMs.default(60_000),
  readOnly: z.boolean().default(true),
  maxCommandAge: durationMs.default(30_000),
  offlineGrace: durationMs.default(10_000),
  sessionTimeout: durationMs.default(60_000),
  timestamp: z.enum(["source", "server", "received"]).default("source"),
  maxSourceSkew: durationMs.default(60_000),
  historicalAfter: durationMs.default(5_000),
  historyBackfill: z.boolean().default(false),
  maxBackfill: z.int().min(1).max(1_000_000).default(10_000),
  uncertainAs: z.enum(["stale", "good", "bad"]).default("stale"),
  rebirthHoldoff: durationMs.default(60_000),
  groups: z.record(z.string(), group),
  tags: z.array(tag).default([]),
  events: z.array(event).max(100).default([]),
  methods: z.array(method).max(1_000).default([]),
});

/**
 * Checks the entry; `name`, `protocol`, `group` and `edgeNode` are no longer in it.
 * @throws {ConfigError} with every problem.
 */
export function parseConfig(input: unknown): OpcUaConfig {
  const between = problemsBetween(input);
  let parsed: z.output<typeof entry>;
  try {
    parsed = parseWith(entry, input);
  } catch (cause) {
    if (cause instanceof ConfigError) throw new ConfigError([...cause.problems, ...between]);
    throw cause;
  }
  if (between.length > 0) throw new ConfigError(between);
  const { identity, groups, device } = parsed;
  return {
    endpoint: parsed.endpoint,
    endpoints: parsed.endpoints ?? [parsed.endpoint],
    handBackMs: parsed.handBack,
    identity: typeof identity === "object" ? identity : undefined,
    device,
    readOnly: parsed.readOnly,
    maxCommandAgeMs: parsed.maxCommandAge,
    offlineGraceMs: parsed.offlineGrace,
    sessionTimeoutMs: parsed.sessionTimeout,
    timestamp: parsed.timestamp,
    maxSourceSkewMs: parsed.maxSourceSkew,
    historicalAfterMs: parsed.historicalAfter,
    historyBackfill: parsed.historyBackfill,
    maxBackfill: parsed.maxBackfill,
    uncertainAs: parsed.uncertainAs,
    rebirthHoldoffMs: parsed.rebirthHoldoff,
    groups: new Map(Object.entries(groups)),
    tags: parsed.tags.map((each) => toTag(each, device)),
    events: parsed.events.map(({ notifier, ...rest }) => ({
      ...rest,
      notifier: notifier === "server" ? undefined : notifier,
      device,
    })),
    methods: parsed.methods.map(({ timeout, ...rest }) => ({
      ...rest,
      timeoutMs: timeout,
      device,
    })),
  };
}

function toTag(given: z.output<typeof tag>, device: string): TagConfig {
  const { name, node, indexRange, group: groupName, access, sampling, queue, unit } = given;
  return {
    name,
    device,
    node,
    group: groupName,
    access,
    rule: ruleOf(given),
    write: {
      round: given.round,
      verify: given.verify,
      verifyAfterMs: given.verifyAfter,
      verifyTimeoutMs: given.verifyTimeout,
      idempotent: given.idempotent,
      ...(given.writeRange !== undefined && { range: given.writeRange }),
      ...(given.writeGroup !== undefined && { writeGroup: given.writeGroup }),
    },
    values: {
      enum: given.enum,
      structures: given.structures,
      allowNan: given.allowNan,
      onBad: given.onBad,
      maxBytes: given.maxBytes,
    },
    ...(indexRange !== undefined && { indexRange }),
    ...(sampling !== undefined && { samplingMs: sampling }),
    ...(queue !== undefined && { queue }),
    ...(unit !== undefined && { unit }),
    ...(given.description !== undefined && { description: given.description }),
  };
}

function ruleOf(given: z.output<typeof tag>): PublishRule {
  const { publish, deadband, deadbandPercent, of, euRange, minInterval, maxInterval } = given;
  return {
    publish,
    ...(deadband !== undefined && { deadband }),
    ...(deadbandPercent !== undefined && { deadbandPercent }),
    ...(of !== undefined && { of }),
    ...(euRange !== undefined && { euRange }),
    ...(minInterval !== undefined && { minIntervalMs: minInterval }),
    ...(maxInterval !== undefined && { maxIntervalMs: maxInterval }),
  };
}

/**
 * What is only wrong when two keys are seen together. Works on the raw entry, because zod looks at one key at a time
 * and all problems are to be told at once.
 */
function problemsBetween(input: unknown): readonly ConfigProblem[] {
  if (!isRecord(input)) return [];
  return [...securityProblems(input), ...tagProblems(input)];
}

function* securityProblems(input: Readonly<Record<string, unknown>>): Generator<ConfigProblem> {
  const { security: asked, allowNone, identity, allowPlainPassword } = input;
  if (asked === "auto" || isRecord(asked)) {
    const message = "encrypted connections are not supported yet; write none, and allowNone: true";
    yield { path: ["security"], message };
  }
  if (asked === "none" && allowNone !== true) {
    const message =
      "none means that everyone in between can read and change values; write allowNone: true to accept that";
    yield { path: ["security"], message };
  }
  if (asked === "none" && isRecord(identity) && allowPlainPassword !== true) {
    const message =
      "without encryption the password travels readable; write allowPlainPassword: true to accept that";
    yield { path: ["identity", "password"], message };
  }
}

function* tagProblems(input: Readonly<Record<string, unknown>>): Generator<ConfigProblem> {
  const { groups, tags } = input;
  if (!Array.isArray(tags)) return;
  const known = isRecord(groups) ? Object.keys(groups) : undefined;
  const seen = new Map<unknown, number>();
  for (const [index, given] of tags.entries()) {
    if (!isRecord(given)) continue;
    const { name, group: asked } = given;
    if (known !== undefined && typeof asked === "string" && !known.includes(asked)) {
      const message = `there is no group "${asked}"; groups: ${known.join(", ")}`;
      yield { path: ["tags", index, "group"], message };
    }
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else if (typeof name === "string") {
      const message = `"${name}" is already the name of tags[${first}]`;
      yield { path: ["tags", index, "name"], message };
    }
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
