/** An `adapters:` entry with `protocol: opcua`: what may stand in it, what is assumed when it is left out. */
import type { ConfigProblem } from "@unshub/adapter";
import { ConfigError, durationMs, parseWith, section } from "@unshub/adapter";
import { idFault } from "@unshub/sparkplug";
import { z } from "zod";
import type { NodeAddress } from "./node-id.ts";
import { parseNodeAddress } from "./node-id.ts";

/** How often the values of a group arrive. */
export interface GroupConfig {
  /** How often the server sends what it has, in ms. */
  readonly intervalMs: number;
  /** How often the server looks at a value, in ms. */
  readonly samplingMs: number;
  /** How many changes of one value the server keeps until it may send them. */
  readonly queue: number;
}

/** One metric and the node behind it. Its datatype comes from the server. */
export interface TagConfig {
  readonly name: string;
  readonly node: NodeAddress;
  readonly group: string;
  /** `r` reads, `rw` reads and writes, `w` only writes. */
  readonly access: "r" | "rw" | "w";
  /** Smallest and largest number a command may give, both inclusive. */
  readonly writeRange?: readonly [min: number, max: number] | undefined;
  readonly unit?: string | undefined;
  readonly description?: string | undefined;
}

/** One server, all of its tags below one Sparkplug device. */
export interface OpcUaConfig {
  /** `opc.tcp://host:port/path`, used as it is written. */
  readonly endpoint: string;
  /** Left out: anonymous. */
  readonly identity?: { readonly user: string; readonly password: string } | undefined;
  readonly device: string;
  /** No command is carried out, whatever a tag's `access` says. */
  readonly readOnly: boolean;
  /** How long the link may be down before the device counts as dead, in ms. */
  readonly offlineGraceMs: number;
  /** After how long without a word the server forgets the session, in ms. */
  readonly sessionTimeoutMs: number;
  readonly groups: ReadonlyMap<string, GroupConfig>;
  readonly tags: readonly TagConfig[];
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
}).transform(({ interval, sampling = interval / 2, queue }): GroupConfig => {
  const perInterval = sampling > 0 ? Math.ceil(interval / sampling) : 1;
  return {
    intervalMs: interval,
    samplingMs: sampling,
    queue: queue ?? Math.max(LEAST_QUEUE, perInterval),
  };
});

const writeRange = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, "the first number is the smaller one");

const tag = section({
  name: z.string().min(1),
  node: nodeAddress,
  group: z.string(),
  access: z.enum(["r", "rw", "w"]).default("r"),
  writeRange: writeRange.optional(),
  unit: z.string().optional(),
  description: z.string().optional(),
}).refine((given) => given.writeRange === undefined || given.access !== "r", {
  path: ["writeRange"],
  message: "has no effect without access: rw",
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
  readOnly: z.boolean().default(true),
  offlineGrace: durationMs.default(2_000),
  sessionTimeout: durationMs.default(60_000),
  groups: z.record(z.string(), group),
  tags: z.array(tag).min(1),
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
  const { identity, groups } = parsed;
  return {
    endpoint: parsed.endpoint,
    identity: typeof identity === "object" ? identity : undefined,
    device: parsed.device,
    readOnly: parsed.readOnly,
    offlineGraceMs: parsed.offlineGrace,
    sessionTimeoutMs: parsed.sessionTimeout,
    groups: new Map(Object.entries(groups)),
    tags: parsed.tags,
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
