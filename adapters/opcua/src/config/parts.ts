/** What the schemas of this room have in common. */
import { durationMs, OWN_PREFIXES } from "@unshub/adapter";
import { idFault } from "@unshub/sparkplug";
import { z } from "zod";
import type { NodePlace } from "../data-config.ts";
import { parseNodeAddress, type NodeAddress } from "../node-id.ts";
import { parseBrowsePath, type BrowsePath } from "./browse-path.ts";

const DAY_MS = 86_400_000;

/** Milliseconds of a duration; timers end at 24.8 days. */
export const duration = (leastMs: number): z.ZodType<number, string> =>
  durationMs.refine((ms) => ms >= leastMs && ms <= DAY_MS, `must be ${leastMs}ms to 24h`);

/** Smallest and largest, both inclusive. */
export const range = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, "the first number is the smaller one");

/** A name that a Sparkplug device may have. */
export const deviceName = z.string().superRefine((name, context) => {
  const fault = idFault("device", name);
  if (fault !== undefined) context.addIssue(fault.because);
});

/** Why `name` cannot be the name of a metric, of which subscribers make a path; `undefined` when it can. */
function metricNameFault(name: string): string | undefined {
  if (/[+#]/.test(name)) return `"${name}" contains + or #, which are wildcards in MQTT`;
  if (/\p{Cc}/u.test(name)) return `${JSON.stringify(name)} contains a control character`;
  if (name.split("/").includes("")) return `"${name}" has an empty part between its slashes`;
  if (Buffer.byteLength(name) > 255) return "is longer than 255 bytes";
  const own = OWN_PREFIXES.find((prefix) => name.startsWith(prefix));
  return own && `"${name}" begins with ${own}, where every device has metrics of its own`;
}

export const metricName = z.string().superRefine((name, context) => {
  const fault = metricNameFault(name);
  if (fault !== undefined) context.addIssue(fault);
});

export const nodeAddress = z.string().transform((text, context): NodeAddress => {
  const parsed = parseNodeAddress(text);
  if ("address" in parsed) return parsed.address;
  context.addIssue(parsed.fault);
  return z.NEVER;
});

export const browsePath = z.string().transform((text, context): BrowsePath => {
  const parsed = parseBrowsePath(text);
  if ("path" in parsed) return parsed.path;
  context.addIssue(parsed.fault);
  return z.NEVER;
});

/** A node id, or a path that begins with a slash. */
export const nodePlace = z.string().transform((text, context): NodePlace => {
  const parsed = text.startsWith("/") ? parseBrowsePath(text) : parseNodeAddress(text);
  if ("path" in parsed) return parsed.path;
  if ("address" in parsed) return parsed.address;
  context.addIssue(parsed.fault);
  return z.NEVER;
});

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
