/** What may stand in one device, and in `defaults:`, which all devices of a link share. */
import { section } from "@unshub/adapter";
import { z } from "zod";
import { BIT_ORDERS } from "../tag.ts";
import { GENERAL_BYTE_ORDERS } from "../types/byte-order.ts";
import { LIMITS } from "../wire/pdu.ts";
import { deviceNameProblem } from "./names.ts";
import { addressRanges, duration, named } from "./parts.ts";

const registers = z.int().min(1).max(LIMITS.readRegisters);
const bits = z.int().min(1).max(LIMITS.readBits);
const gap = z.int().min(0).max(LIMITS.readRegisters);
const bitGap = z.int().min(0).max(LIMITS.readBits);

/** For all tables, or for some of them. */
const byTable = <One extends z.ZodType>(one: One) =>
  z.union([one, section({ co: one, di: one, hr: one, ir: one }).partial()]);

/** How a device is asked, and what its tags have in common. All of it may stand in `defaults` too. */
const habits = {
  byteOrder: z.enum(GENERAL_BYTE_ORDERS).optional(),
  addressBase: z
    .union([z.literal(0), z.literal(1)])
    .optional()
    .describe("1: hr:1 is the first register; Modicon numbers always begin at 1"),
  bitOrder: z.enum(BIT_ORDERS).optional(),
  maxBlock: z
    .union([registers, section({ co: bits, di: bits, hr: registers, ir: registers }).partial()])
    .optional()
    .describe("registers (or bits) in one request"),
  maxGap: z
    .union([gap, section({ co: bitGap, di: bitGap, hr: gap, ir: gap }).partial()])
    .optional()
    .describe("registers (or bits) read for nothing; default by what they cost"),
  forbidden: byTable(addressRanges).optional().describe("registers that are never read"),
  ranges: byTable(addressRanges)
    .optional()
    .describe("if given, a request never leaves one of them"),
  order: z.enum(["sorted", "asWritten"]).optional(),
  oneRequestPerTag: z.boolean().optional(),
  maxBlocksPerBurst: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("requests of one pass that wait at the link at once; default all"),
  splitOn: z
    .array(z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]))
    .optional()
    .describe("exceptions that split a block; default 2 and 3"),
  timeout: duration(10).optional().describe("instead of that of the link"),
  turnaround: duration(0).optional().describe("pause after an answer of this unit; on a bus"),
  offlineAfter: z.int().min(1).max(1000).optional().describe("failed polls until it is dead"),
  offlineGrace: duration(0).optional().describe("how long the link may be down before"),
  staleAfter: duration(100).optional().describe("default 3 × the interval, at least 2 s"),
  birthTimeout: duration(100).optional(),
  demoteAfter: z.int().min(1).max(1000).optional().describe("time-outs in a row"),
  probeEvery: duration(100).optional().describe("while demoted"),
  maxCommandAge: duration(100).optional(),
  maxSourceSkew: duration(0).optional().describe("a device time further away is not believed"),
  readOnly: z.boolean().optional().describe("true: every write is refused"),
  maskWrite: z.boolean().optional(),
  allowRmw: z.boolean().optional(),
  singleWrite: z.enum(["fc6", "fc16"]).optional(),
  useFc23: z.boolean().optional(),
};

export const defaultsSchema = section(habits);
export type HabitsInput = z.output<typeof defaultsSchema>;

const groupSchema = section({
  interval: duration(10).optional(),
  mode: z.enum(["interval", "onDemand", "onTrigger", "once"]).default("interval"),
  trigger: z.string().optional().describe("of onTrigger: the tag whose change asks for a poll"),
  phase: z.enum(["spread", "aligned"]).default("spread"),
}).superRefine(({ interval, mode, trigger }, context) => {
  const say = (key: string, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message });
  if (mode === "interval" && interval === undefined) say("interval", "is missing, e.g. 1s");
  if (mode !== "interval" && interval !== undefined) say("interval", `${mode} has none`);
  if (mode === "onTrigger" && trigger === undefined)
    say("trigger", "is missing: the name of a tag");
  if (mode !== "onTrigger" && trigger !== undefined) say("trigger", "needs mode: onTrigger");
});
export type GroupInput = z.output<typeof groupSchema>;

/** A device, its template and tag files already read into it. */
export const deviceSchema = section({
  name: named(deviceNameProblem).describe("Sparkplug device id"),
  unit: z.int().min(0).max(255).describe("unit id"),
  enabled: z.boolean().default(true),
  ...habits,
  sourceTime: z
    .string()
    .optional()
    .describe("tag with the time of the device: values read in one request with it are of then"),
  groups: z.record(z.string(), groupSchema).default({}),
  /** Each is checked by itself. */
  tags: z.array(z.unknown()).default([]),
  writable: z
    .array(z.string())
    .optional()
    .describe("names of the tags that may be written, whatever their access says; * at an end"),
  workarounds: section({
    pauseAfterConnect: duration(0).optional(),
    oneRequestPerTag: z.boolean().optional(),
    forbidden: byTable(addressRanges).optional(),
  })
    .optional()
    .describe("the same keys, apart, so that everyone sees that the device is odd"),
});
export type DeviceInput = z.output<typeof deviceSchema>;
