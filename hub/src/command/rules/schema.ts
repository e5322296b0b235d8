/**
 * The section `commands:` of `unshub.yaml`: which metrics may be commanded, and within what. Nothing may that no rule
 * opens; the first rule that names a metric decides.
 */
import { durationMs, section } from "@unshub/adapter";
import { z } from "zod";
import { patternFault } from "./pattern.ts";

const pattern = z.string().superRefine((text, context) => {
  const fault = patternFault(text);
  if (fault !== undefined) context.addIssue(`"${text}" ${fault}`);
});
const scalar = z.union([z.number(), z.boolean(), z.string()]);

/** `{ metric: Plant1/gw/press/Running, is: false, because: the press must stand }` */
const interlock = section({
  /** The path of a metric in the tree. */
  metric: z.string().min(1),
  is: scalar.optional(),
  not: scalar.optional(),
  above: z.number().optional(),
  below: z.number().optional(),
  because: z.string().min(1).optional(),
}).superRefine(({ is, not, above, below }, context) => {
  const isEmpty = [is, not, above, below].every((part) => part === undefined);
  if (isEmpty) context.addIssue("says nothing of the metric; add is, not, above or below");
});

const duration = durationMs.refine(
  (ms) => ms >= 10 && ms <= 86_400_000,
  "must be between 10ms and 1d",
);

const rule = section({
  metrics: z.union([pattern.transform((one) => [one]), z.array(pattern).min(1)]),
  allow: z.boolean().default(true),
  min: z.number().optional(),
  max: z.number().optional(),
  /** Values lie on `min` (or 0) plus a multiple of it. */
  step: z.number().positive().optional(),
  /** These and no others. */
  values: z.array(scalar).min(1).optional(),
  /** How far from the present value at once. */
  maxChange: z.number().positive().optional(),
  /** The least time between two commands to one metric. */
  every: duration.optional(),
  interlocks: z.array(interlock).default([]),
  /** Somebody else must say yes before it is sent. */
  secondPerson: z.boolean().default(false),
  /** The page lets the name be typed first. */
  guarded: z.boolean().default(false),
  /** How long the value may take to come back. */
  confirmWithin: duration.optional(),
  /** How far the value that comes back may differ. */
  tolerance: z.number().min(0).optional(),
}).superRefine(({ min, max }, context) => {
  if (min === undefined || max === undefined || min <= max) return;
  context.addIssue({ code: "custom", path: ["max"], message: `must not be below min (${min})` });
});

const DEFAULT_CONFIRM_MS = 5000;
const DEFAULT_APPROVE_MS = 600_000;

export const commandsSection = section({
  /** What holds where no rule does. */
  default: z.enum(["block", "allow"]).default("block"),
  confirmWithin: duration.default(DEFAULT_CONFIRM_MS),
  /** How long a second person has. */
  approveWithin: duration.default(DEFAULT_APPROVE_MS),
  rules: z.array(rule).default([]),
});

export type CommandsConfig = Readonly<z.output<typeof commandsSection>>;
export type CommandRule = CommandsConfig["rules"][number];
export type Interlock = CommandRule["interlocks"][number];
