/** The keys that say which values are wanted, how often, and how they are shown: groups, tags, browse rules. */
import { limitProblems, LIMIT_SCHEMA, section } from "@unshub/adapter";
import { z } from "zod";
import type { GroupConfig } from "../data-config.ts";
import { deviceName, duration, metricName, nodeAddress, nodePlace, range } from "./parts.ts";

const LEAST_QUEUE = 10;
const LARGEST_QUEUE = 10_000;
const queue = z.int().min(1).max(LARGEST_QUEUE);

/** One group; `sampling` of 0 is as fast as the server can. */
export const groupSchema = section({
  interval: duration(10),
  sampling: duration(0).optional(),
  queue: queue.optional(),
  mode: z.enum(["subscribe", "poll"]).default("subscribe"),
  deadbandIn: z.enum(["auto", "server", "local"]).default("auto"),
  registeredNodes: z.boolean().default(false),
}).transform(({ interval, sampling = interval / 2, ...given }): GroupConfig => {
  const perInterval = sampling > 0 ? Math.ceil(interval / sampling) : 1;
  return {
    intervalMs: interval,
    samplingMs: sampling,
    queue: given.queue ?? Math.min(LARGEST_QUEUE, Math.max(LEAST_QUEUE, perInterval)),
    mode: given.mode,
    deadbandIn: given.deadbandIn,
    registeredNodes: given.registeredNodes,
  };
});

const ruleKeys = {
  publish: z.enum(["onChange", "always", "onChangeOrInterval"]).default("onChange"),
  deadband: z.number().min(0).optional(),
  deadbandPercent: z.number().min(0).max(100).optional(),
  of: z.enum(["range", "value"]).optional(),
  euRange: range.optional(),
  minInterval: duration(0).optional(),
  maxInterval: duration(100).optional(),
};

const valueKeys = {
  enum: z.enum(["number", "text"]).default("number"),
  structures: z.enum(["folder", "template", "json"]).default("folder"),
  matrices: z.enum(["flat", "dataSet"]).default("flat"),
  allowNan: z.boolean().default(false),
  onBad: z.enum(["null", "keepLast"]).default("null"),
  maxBytes: z.int().min(1).max(67_108_864).default(65_536),
};

/** One tag of the configuration, or of a table. */
export const tagSchema = section({
  name: metricName,
  node: nodePlace,
  indexRange: z
    .string()
    .regex(/^\d{1,9}(:\d{1,9})?$/, "is e.g. 3 or 0:7")
    .optional(),
  group: z.string(),
  device: deviceName.optional(),
  access: z.enum(["r", "rw", "w"]).default("r"),
  sampling: duration(0).optional(),
  queue: queue.optional(),
  unit: z.string().optional(),
  description: z.string().optional(),
  ...LIMIT_SCHEMA,
  ...ruleKeys,
  ...valueKeys,
  writeRange: range.optional(),
  round: z.boolean().default(false),
  verify: z.enum(["readBack", "none"]).default("readBack"),
  verifyAfter: duration(0).default(50),
  verifyTimeout: duration(0).default(2_000),
  idempotent: z.boolean().default(false),
  writeGroup: z.string().optional(),
})
  .refine((given) => given.writeRange === undefined || given.access !== "r", {
    path: ["writeRange"],
    message: "has no effect without access: rw",
  })
  .superRefine((given, context) => {
    for (const { path, message } of limitProblems(given)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  });
export type TagInput = z.output<typeof tagSchema>;

const MOST_GLOBS = 100;
const globs = z.array(z.string().min(1).max(1_000)).max(MOST_GLOBS);

/** One place on the server where tags are looked for. */
export const browseSchema = section({
  root: nodePlace,
  include: globs.default(["**"]),
  exclude: globs.default([]),
  depth: z.int().min(1).max(100).default(12),
  maxNodes: z.int().min(1).max(1_000_000).default(20_000),
  name: z.enum(["browsePath", "displayPath", "nodeId"]).default("browsePath"),
  template: z
    .string()
    .refine((text) => text.includes("{path}"), "must contain {path}")
    .default("{path}"),
  properties: z.boolean().default(false),
  refs: z.union([z.literal("hierarchical"), nodeAddress]).default("hierarchical"),
  group: z.string(),
  access: z.enum(["asServer", "r"]).default("asServer"),
  device: deviceName.optional(),
  ...ruleKeys,
  ...valueKeys,
});
export type BrowseInput = z.output<typeof browseSchema>;

/** Events to be told. */
export const eventSchema = section({
  notifier: z.union([z.literal("server"), nodeAddress]).default("server"),
  minSeverity: z.int().min(1).max(1_000).default(1),
  types: z.array(nodeAddress).max(100).default([]),
  sources: globs.default([]),
  acknowledge: z.boolean().default(false),
  device: deviceName.optional(),
});

/** A method that commands may call. */
export const methodSchema = section({
  name: metricName,
  object: nodeAddress,
  method: nodeAddress,
  device: deviceName.optional(),
  timeout: duration(100).default(10_000),
});
