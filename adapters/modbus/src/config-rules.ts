/**
 * What a schema cannot say of single fields: how the parts of a tag fit together, and how tags, groups and devices
 * refer to each other. Each rule gives sentences with the field they belong to, so that all can be shown at once.
 */
import { isBitTable, LAST_ADDRESS, parseAddress, type Address } from "./address.ts";
import { isLongByteOrder, type ByteOrder } from "./types/byte-order.ts";
import { LIMITS } from "./pdu.ts";
import { isNumeric, rawType, type RawTypeName } from "./types/raw-type.ts";
import { lengthOf, type Access, type Range } from "./tag.ts";

/** One thing wrong, and the way to it from the thing that was checked. */
export interface RuleProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/** The fields of a tag that must fit together. */
export interface TagParts {
  readonly at: string;
  readonly type?: RawTypeName | undefined;
  readonly access: Access;
  readonly byteOrder?: ByteOrder | undefined;
  readonly scale: number;
  readonly offset: number;
  readonly validRange?: Range | undefined;
  readonly writeRange?: Range | undefined;
}

/** Everything that does not fit within one tag. */
export function tagProblems(tag: TagParts): readonly RuleProblem[] {
  const parsed = parseAddress(tag.at);
  if (parsed.kind === "problem") return [{ path: ["at"], message: parsed.problem }];
  const type = typeAt(parsed.address, tag.type);
  if (type === undefined) {
    return [
      { path: ["type"], message: `is missing; "${tag.at}" is a register, say what is in it` },
    ];
  }
  return [
    ...placeProblems(tag.at, parsed.address, type),
    ...accessProblems(tag, parsed.address, type),
    ...numberProblems(tag, type),
  ];
}

/** The type of a tag: as written, or bool where the address is a bit; `undefined` when it must be written. */
export function typeAt(address: Address, type: RawTypeName | undefined): RawTypeName | undefined {
  if (type !== undefined) return type;
  return isBitTable(address.table) || address.bit !== undefined ? "bool" : undefined;
}

/**
 * Why `name` cannot be the name of a metric, or `undefined` when it can. Subscribers make a path of it and a topic,
 * so that `+` and `#` would be wildcards.
 */
export function metricNameProblem(name: string): string | undefined {
  if (/[+#]/.test(name)) return `"${name}" contains + or #, which are wildcards in MQTT`;
  if (/\p{Cc}/u.test(name)) return `${JSON.stringify(name)} contains a control character`;
  if (name.split("/").includes("")) return `"${name}" has an empty part between its slashes`;
  if (Buffer.byteLength(name) > 255) return `is longer than 255 bytes`;
  return undefined;
}

/** Why `name` cannot be the name of a device, which is one level of a topic. */
export function deviceNameProblem(name: string): string | undefined {
  return name.includes("/")
    ? `"${name}" contains /, which separates topic levels`
    : metricNameProblem(name);
}

/** Names that stand more than once in `entries`; the first one may stay. Takes what is not yet known to be right. */
export function duplicateNames(entries: unknown): readonly RuleProblem[] {
  const seen = new Map<string, number>();
  return listOf(entries).flatMap((entry, index) => {
    const name = textAt(entry, "name");
    if (name === undefined) return [];
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    return first === undefined
      ? []
      : [{ path: [index, "name"], message: `"${name}" is also the name of entry ${first}` }];
  });
}

/** Tags whose group does not exist. Takes what is not yet known to be right. */
export function unknownGroups(tags: unknown, groups: unknown): readonly RuleProblem[] {
  const known = typeof groups === "object" && groups !== null ? Object.keys(groups) : [];
  return listOf(tags).flatMap((tag, index) => {
    const group = textAt(tag, "group");
    if (group === undefined || known.includes(group)) return [];
    const message = `there is no group "${group}"; this device has ${known.join(", ") || "none"}`;
    return [{ path: [index, "group"], message }];
  });
}

/** Why a tag cannot be read under this `maxBlock` (registers), or `undefined` when it can. */
export function blockProblem(tag: TagParts, maxBlock: number): string | undefined {
  const parsed = parseAddress(tag.at);
  if (parsed.kind === "problem" || isBitTable(parsed.address.table)) return undefined;
  const length = lengthOf(parsed.address.table, tag.type ?? "bool", parsed.address.count);
  // Beyond what any request reads, the tag's own rule has spoken.
  if (length > LIMITS.readRegisters) return undefined;
  return length > maxBlock ? `takes ${length} registers; maxBlock is ${maxBlock}` : undefined;
}

function placeProblems(at: string, address: Address, type: RawTypeName): readonly RuleProblem[] {
  const message =
    rawType(type).kind === "bool" ? boolProblem(at, address) : wordProblem(at, address, type);
  return message === undefined ? [] : [{ path: ["at"], message }];
}

function boolProblem(at: string, { table, start, bit, count }: Address): string | undefined {
  if (count !== undefined) return onlyStrings(at, "bool");
  if (isBitTable(table) || bit !== undefined) return undefined;
  return `"${at}" is a register; say which bit, e.g. ${table}:${start}.0`;
}

function wordProblem(at: string, address: Address, type: RawTypeName): string | undefined {
  const { table, start, bit, count } = address;
  const isString = rawType(type).kind === "string";
  if (isBitTable(table) || bit !== undefined)
    return `"${at}" is one bit; only a bool fits, not ${type}`;
  if (isString && count === undefined) {
    return `"${at}": a string needs a length in registers, e.g. ${table}:${start}/8`;
  }
  if (!isString && count !== undefined) return onlyStrings(at, type);
  const length = lengthOf(table, type, count);
  const end = start + length - 1;
  if (end > LAST_ADDRESS) return `"${at}" ends at address ${end}; a table ends at ${LAST_ADDRESS}`;
  const most = LIMITS.readRegisters;
  return length > most
    ? `"${at}" takes ${length} registers; one request reads at most ${most}`
    : undefined;
}

function onlyStrings(at: string, type: RawTypeName): string {
  return `"${at}": only a string has a length, not ${type}`;
}

function accessProblems(
  tag: TagParts,
  address: Address,
  type: RawTypeName,
): readonly RuleProblem[] {
  if (tag.access === "r") {
    const message = "needs access rw or w";
    return tag.writeRange === undefined ? [] : [{ path: ["writeRange"], message }];
  }
  const message = writeProblem(tag.at, address, type);
  return message === undefined ? [] : [{ path: ["access"], message }];
}

function writeProblem(at: string, address: Address, type: RawTypeName): string | undefined {
  const { table, bit, count } = address;
  if (table === "di" || table === "ir") return `"${at}" cannot be written; only co and hr can`;
  if (bit !== undefined) return `"${at}": a single bit of a register cannot be written`;
  const most = LIMITS.writeRegisters;
  const tooLong = lengthOf(table, type, count) > most;
  return tooLong ? `"${at}": one request writes at most ${most} registers` : undefined;
}

function numberProblems(tag: TagParts, type: RawTypeName): readonly RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (!isNumeric(type)) {
    const onlyNumbers = [
      ["scale", tag.scale !== 1],
      ["offset", tag.offset !== 0],
      ["validRange", tag.validRange !== undefined],
      ["writeRange", tag.writeRange !== undefined],
    ] as const;
    for (const [field, given] of onlyNumbers) {
      if (given) problems.push({ path: [field], message: `only numbers have it, not ${type}` });
    }
  }
  if (
    tag.byteOrder !== undefined &&
    isLongByteOrder(tag.byteOrder) &&
    rawType(type).registers !== 4
  ) {
    problems.push({
      path: ["byteOrder"],
      message: `${tag.byteOrder} is for 64-bit types, not ${type}`,
    });
  }
  return problems;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}
