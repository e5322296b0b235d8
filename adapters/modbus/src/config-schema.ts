/**
 * What may stand in one Modbus entry of the configuration. The schema is the documentation; defaults stand in it,
 * unknown keys are refused, and every problem is found in one go.
 */
import { durationMs, section } from "@unshub/adapter";
import { z } from "zod";
import { GENERAL_BYTE_ORDERS, LONG_BYTE_ORDERS } from "./types/byte-order.ts";
import {
  blockProblem,
  deviceNameProblem,
  duplicateNames,
  metricNameProblem,
  tagProblems,
  unknownGroups,
  type RuleProblem,
} from "./config-rules.ts";
import { LIMITS } from "./pdu.ts";

const DAY_MS = 86_400_000;

const RAW_TYPE_NAMES = [
  "bool",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
  "string",
] as const;

/** Timers end at 24.8 days and a request needs about a millisecond. */
const duration = (leastMs: number): z.ZodType<number, string> =>
  durationMs.refine((ms) => ms >= leastMs && ms <= DAY_MS, `must be ${leastMs}ms to 24h`);

const named = (problemOf: (name: string) => string | undefined): z.ZodType<string, string> =>
  z.string().superRefine((name, context) => {
    const problem = problemOf(name);
    if (problem !== undefined) context.addIssue(problem);
  });

const range = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, "the first number must not be larger than the second");

const linkSchema = section({
  framing: z.literal("tcp").default("tcp").describe("MBAP over TCP"),
  host: z.string().min(1).describe("name or address of the device or gateway"),
  port: z.int().min(1).max(65_535).default(502),
  timeout: duration(10).default(1000).describe("how long a request may take"),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe("how often an unanswered read is asked again"),
});

const defaultsSchema = section({
  byteOrder: z.enum(GENERAL_BYTE_ORDERS).default("ABCD"),
  maxBlock: z
    .int()
    .min(1)
    .max(LIMITS.readRegisters)
    .default(120)
    .describe("registers in one request"),
  maxGap: z
    .int()
    .min(0)
    .max(LIMITS.readRegisters)
    .default(24)
    .describe("registers read for nothing"),
});

const tagSchema = section({
  name: named(metricNameProblem).describe("metric name, parts separated by /"),
  // A bare 40101 in YAML is a number.
  at: z.preprocess((at) => (Number.isInteger(at) ? String(at) : at), z.string()),
  type: z.enum(RAW_TYPE_NAMES).optional().describe("may be left out where the address is a bit"),
  group: z.string(),
  access: z.enum(["r", "rw", "w"]).default("r"),
  byteOrder: z.enum([...GENERAL_BYTE_ORDERS, ...LONG_BYTE_ORDERS]).optional(),
  scale: z
    .number()
    .refine((scale) => scale !== 0, "must not be 0")
    .default(1)
    .describe("value = raw × scale + offset"),
  offset: z.number().default(0),
  validRange: range.optional().describe("a value outside is bad"),
  writeRange: range.optional().describe("a write outside is refused"),
  unit: z.string().optional(),
  description: z.string().optional(),
}).superRefine((tag, context) => addProblems(context, tagProblems(tag)), {
  when: unlessWrong(
    "at",
    "type",
    "access",
    "byteOrder",
    "scale",
    "offset",
    "validRange",
    "writeRange",
  ),
});
/** A tag as written, defaults filled in. */
export type TagInput = z.output<typeof tagSchema>;

const groupSchema = section({ interval: duration(10) });

const deviceSchema = section({
  name: named(deviceNameProblem).describe("Sparkplug device id"),
  unit: z.int().min(0).max(255).describe("unit id"),
  readOnly: z.boolean().default(true).describe("true: every write is refused"),
  offlineAfter: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe("unanswered polls until the device is dead"),
  groups: z.record(z.string(), groupSchema),
  tags: z.array(tagSchema).min(1, "a device needs at least one tag"),
})
  .superRefine(
    ({ tags, groups }, context) => {
      addProblems(context, [...duplicateNames(tags), ...unknownGroups(tags, groups)], ["tags"]);
    },
    { when: unlessWrong() },
  )
  .refine(({ tags }) => tags.some((tag) => tag.access !== "w"), {
    path: ["tags"],
    message: "at least one tag must be readable, or nobody knows whether the device lives",
  });
/** A device as written, defaults filled in. */
export type DeviceInput = z.output<typeof deviceSchema>;

/** One Modbus entry as written; the hub has taken `name`, `protocol`, `group` and `edgeNode` off. */
export const modbusSchema = section({
  link: linkSchema,
  defaults: defaultsSchema.prefault({}),
  devices: z.array(deviceSchema).min(1, "needs at least one device"),
})
  .superRefine(
    ({ devices }, context) => addProblems(context, duplicateNames(devices), ["devices"]),
    {
      when: unlessWrong(),
    },
  )
  .superRefine(({ devices, defaults }, context) => {
    for (const [device, { tags }] of devices.entries()) {
      for (const [index, tag] of tags.entries()) {
        const message = blockProblem(tag, defaults.maxBlock);
        if (message !== undefined) {
          context.addIssue({
            code: "custom",
            path: ["devices", device, "tags", index, "at"],
            message,
          });
        }
      }
    }
  });

/**
 * Lets a rule run although other fields are wrong, so that all problems are shown at once: only the fields it reads
 * must be right. (zod leaves out all rules of an object with any problem.)
 */
function unlessWrong(...fields: readonly string[]): (payload: z.core.ParsePayload) => boolean {
  return ({ issues }) =>
    issues.every(({ path, code }) => {
      const [field] = path ?? [];
      return field === undefined ? code === "unrecognized_keys" : !fields.includes(String(field));
    });
}

function addProblems(
  context: z.core.$RefinementCtx,
  problems: readonly RuleProblem[],
  below: readonly string[] = [],
): void {
  for (const { path, message } of problems) {
    context.addIssue({ code: "custom", path: [...below, ...path], message });
  }
}
