/**
 * The section `uns:` of `unshub.yaml`: where devices stand in the plant, and which of their metrics are plain topics.
 */
import { durationMs, section } from "@unshub/adapter";
import { z } from "zod";
import { pathFilter } from "../../path-filter.ts";
import { placeFault } from "./names.ts";
import { isExact } from "./pattern.ts";
import { templateFault } from "./template.ts";

const pattern = z.string().min(1).max(1000).optional();
const delimiter = z.string().min(1).max(10).default(":");
/** Whom a rule places: devices, edge nodes with metrics of their own, or both. */
const places = z.enum(["devices", "nodes", "all"]).default("devices");
const match = { group: pattern, node: pattern, device: pattern, places };

const groupRule = section({ method: z.literal("group"), delimiter, ...match });
const deviceRule = section({
  method: z.literal("device"),
  delimiter,
  group: pattern,
  node: pattern,
  device: pattern,
});
const levelsRule = section({
  method: z.literal("levels"),
  enterprise: z.string().superRefine((path, context) => {
    const fault = placeFault(path);
    if (fault !== undefined) context.addIssue(`"${path}" ${fault}`);
  }),
  ...match,
});
const mapRule = section({
  method: z.literal("map"),
  path: z.string().superRefine((path, context) => {
    const fault = templateFault(path);
    if (fault !== undefined) context.addIssue(`"${path}" ${fault}`);
  }),
  delimiter,
  ...match,
}).superRefine((rule, context) => {
  const fault = spreadFault(rule);
  if (fault !== undefined) context.addIssue({ code: "custom", path: ["path"], message: fault });
});

/** What every device has to itself must be in the path, or all of them would stand at one place. */
function spreadFault(rule: {
  readonly path: string;
  readonly places: z.output<typeof places>;
  readonly group?: string | undefined;
  readonly node?: string | undefined;
  readonly device?: string | undefined;
}): string | undefined {
  const keys = rule.places === "nodes" ? (["node"] as const) : (["device"] as const);
  const missing = keys.find((key) => !isExact(rule[key]) && !rule.path.includes(`{${key}`));
  if (missing === undefined) return undefined;
  return `would be the place of more than one: name one ${missing}, or use {${missing}} in the path`;
}

const rule = z.discriminatedUnion("method", [groupRule, deviceRule, levelsRule, mapRule]);

export type PlacementRule = z.output<typeof rule>;

const DEFAULT_PLACEMENT: readonly PlacementRule[] = [
  { method: "group", delimiter: ":", places: "devices" },
];

const placement = z
  .array(rule)
  .min(1, "name at least one rule, or leave it out")
  .superRefine((rules, context) => {
    const first = rules.findIndex(takesAll);
    if (first < 0 || first === rules.length - 1) return;
    const message = `is never reached: rule ${first + 1} takes every device`;
    context.addIssue({ code: "custom", path: [first + 1], message });
  })
  .default([...DEFAULT_PLACEMENT]);

function takesAll({ method, group, node, device, ...rest }: PlacementRule): boolean {
  if (method === "device" || method === "map") return false; // do not fit all that they match
  if ("places" in rest && rest.places !== "all") return false;
  return [group, node, device].every((text) => text === undefined || /^\*+$/.test(text));
}

const projection = section({
  /** Which paths are topics too. */
  topics: z.array(pathFilter).min(1).default(["#"]),
  format: z.enum(["vqt", "vqt+meta", "raw", "device", "umh"]).default("vqt"),
  /** Stands before every path. */
  root: z
    .string()
    .superRefine((path, context) => {
      const fault = path === "" ? undefined : placeFault(path);
      if (fault !== undefined) context.addIssue(`"${path}" ${fault}`);
    })
    .default(""),
  qos: z.union([z.literal(0), z.literal(1)]).default(1),
  retain: z.boolean().default(true),
  /** When a device dies: each metric is told again as uncertain, or `_state` alone. */
  onDeath: z.enum(["each", "state"]).default("each"),
  /** Changes of a metric within this time are told as one. */
  deadband: durationMs.refine((ms) => ms <= 3_600_000, "must be at most 1h").default(0),
  /** Whether a metric can be written by publishing on `…/set`. */
  write: z.boolean().default(false),
  /** What clients may publish below a projected root, beside the devices. */
  otherTopics: z.enum(["reject", "allow"]).default("reject"),
}).superRefine(({ format, root }, context) => {
  if (format !== "umh" || root === "") return;
  const message = "format umh has its own: umh/v1";
  context.addIssue({ code: "custom", path: ["root"], message });
});

export const unsSection = section({
  /** What the levels of a path are, from the first one on. */
  levels: z
    .array(z.string().min(1))
    .max(32)
    .default(["Enterprise", "Site", "Area", "Line", "Cell"]),
  placement,
  /** Left out: there are no plain topics. */
  projection: projection.optional(),
});

export type UnsConfig = z.output<typeof unsSection>;
export type ProjectionConfig = z.output<typeof projection>;
