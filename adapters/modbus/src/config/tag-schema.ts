/** What may stand in one tag. Rules between the keys are in `tag-rules.ts`. */
import { LIMIT_SCHEMA, section } from "@unshub/adapter";
import { z } from "zod";
import { BIT_ORDERS, DATE_FIELDS, TEXT_BYTES, TEXT_ENCODINGS } from "../tag.ts";
import { GENERAL_BYTE_ORDERS, LONG_BYTE_ORDERS } from "../types/byte-order.ts";
import { RAW_TYPE_NAMES } from "../types/raw-type.ts";
import { metricNameProblem } from "./names.ts";
import { duration, ends, named, range } from "./parts.ts";

/** What a value may be published as instead of what its type and scaling give. */
const OUTPUTS = [
  "Int8",
  "Int16",
  "Int32",
  "Int64",
  "UInt8",
  "UInt16",
  "UInt32",
  "UInt64",
  "Float",
  "Double",
  "Boolean",
  "String",
  "DateTime",
] as const;

/** Numbers as keys of a map; YAML and CSV both give text. */
const numberedNames = z.record(
  z.string().regex(/^-?\d+$/, "must be a whole number"),
  z.string().min(1),
);

/** `+02:00`, `-3h` would be misread: hours and minutes with a sign. */
const utcOffset = z
  .string()
  .regex(/^[+-]\d{2}:\d{2}$/, "must be an offset such as +02:00")
  .transform((text) => {
    const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4));
    return text.startsWith("-") ? -minutes : minutes;
  });

/** A bare 40101 in YAML is a number. */
const address = z.preprocess((at) => (Number.isInteger(at) ? String(at) : at), z.string());

const value = {
  type: z.enum(RAW_TYPE_NAMES).optional().describe("may be left out where the address is a bit"),
  byteOrder: z.enum([...GENERAL_BYTE_ORDERS, ...LONG_BYTE_ORDERS]).optional(),
  bitOrder: z.enum(BIT_ORDERS).optional().describe("msb0: bit 0 is the highest"),
  encoding: z.enum(TEXT_ENCODINGS).optional(),
  byte: z.enum(TEXT_BYTES).optional().describe("which bytes of a register hold characters"),
  swap: z.boolean().optional().describe("exchanges the two characters of a register"),
  trim: z.boolean().optional(),
  date: section({
    fields: z.array(z.enum(DATE_FIELDS)).min(1),
    size: z.enum(["register", "byte"]).default("register"),
    digits: z.enum(["binary", "bcd"]).default("binary"),
  })
    .optional()
    .describe("of date_fields: what stands where"),
  utcOffset: utcOffset.optional().describe("of the clock of the device, e.g. +02:00"),
  bits: numberedNames.optional().describe("of bitfield: names of its bits"),
  bitsAs: z.enum(["children", "number"]).optional(),
  invalidRaw: z.array(z.number()).optional().describe("raw values that mean: no value"),
  allowNan: z.boolean().optional(),
};

const transform = {
  scale: z
    .number()
    .refine((scale) => scale !== 0, "must not be 0")
    .optional()
    .describe("value = raw × scale + offset"),
  offset: z.number().optional(),
  rawRange: ends.optional().describe("with euRange: the line through both"),
  euRange: ends.optional().describe("range in engineering units"),
  clamp: z.boolean().optional().describe("values outside euRange become its end"),
  enum: numberedNames.optional().describe("number to text"),
  output: z.enum(OUTPUTS).optional().describe("datatype of the metric"),
  validRange: range.optional().describe("a value outside is bad"),
  onBad: z.enum(["null", "keepLast"]).optional().describe("what is published while it is bad"),
};

const publish = {
  publish: z.enum(["onChange", "always", "onChangeOrInterval"]).optional(),
  deadband: z.number().min(0).optional().describe("smallest change that is published"),
  deadbandPercent: z.number().min(0).max(100).optional(),
  of: z.enum(["range", "value"]).optional().describe("what deadbandPercent is of"),
  minInterval: duration(1).optional(),
  maxInterval: duration(10).optional(),
};

const write = {
  access: z.enum(["r", "rw", "w"]).optional(),
  writeRange: range.optional().describe("a write outside is refused"),
  round: z.boolean().optional(),
  verify: z.enum(["readBack", "none"]).optional(),
  verifyAfter: duration(0).optional(),
  verifyTimeout: duration(1).optional(),
  idempotent: z.boolean().optional().describe("may be written again when its fate is unknown"),
  writeGroup: z
    .string()
    .min(1)
    .optional()
    .describe("written together with its group or not at all"),
  maskWrite: z.boolean().optional().describe("the device knows FC22"),
  allowRmw: z
    .boolean()
    .optional()
    .describe("a bit may be written by reading and writing its register"),
  singleWrite: z.enum(["fc6", "fc16"]).optional(),
  useFc23: z.boolean().optional().describe("the device knows FC23: written and read back at once"),
};

const words = {
  unit: z.string().optional(),
  description: z.string().optional(),
  ...LIMIT_SCHEMA,
};

/** A member of a struct: its address is a register counted from the first one of the struct. */
const memberSchema = section({
  name: named(metricNameProblem),
  at: z.preprocess((at) => (typeof at === "number" ? String(at) : at), z.string()),
  ...value,
  ...transform,
  ...words,
});
export type MemberInput = z.output<typeof memberSchema>;

/** A tag as written. */
export const tagSchema = section({
  name: named(metricNameProblem).describe("metric name, parts separated by /"),
  at: address.describe("e.g. hr:100, ir:0, co:5, hr:10.3 (a bit), hr:130/8 (length) or 40101"),
  group: z.string().optional().describe("may be left out when the device has one group"),
  ...value,
  ...transform,
  ...publish,
  ...write,
  ...words,
  consistent: z.boolean().optional().describe("read twice until equal when in parts"),
  members: z.array(memberSchema).min(1).optional().describe("of struct"),
  membersAs: z.enum(["folder", "template"]).optional(),
  templateRef: named(metricNameProblem)
    .optional()
    .describe("with membersAs template: the name of its definition"),
});
export type TagInput = z.output<typeof tagSchema>;
