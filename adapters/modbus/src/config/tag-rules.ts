/**
 * How the keys of one tag must fit together. Each rule gives sentences with the key they belong to, so that all can be
 * shown at once. What fits but is probably not meant is a warning, in `warnings.ts`.
 */
import { LIMIT_KEYS, limitProblems } from "@unshub/adapter";
import { isBitTable, LAST_ADDRESS, parseAddress, type Address } from "../address.ts";
import { lengthOf } from "../tag.ts";
import { isLongByteOrder } from "../types/byte-order.ts";
import { dateRegisters } from "../types/moment.ts";
import { isNumeric, rawType, type RawTypeName } from "../types/raw-type.ts";
import { LIMITS } from "../wire/pdu.ts";
import type { RuleProblem } from "./problem.ts";
import type { MemberInput, TagInput } from "./tag-schema.ts";

/** What a tag takes from its device. */
export interface AddressContext {
  readonly addressBase: 0 | 1;
  /** How the device lets a part of a register be written, unless the tag says otherwise. */
  readonly maskWrite?: boolean | undefined;
  readonly allowRmw?: boolean | undefined;
}

/** Everything that does not fit within one tag. */
export function tagProblems(tag: TagInput, context: AddressContext): readonly RuleProblem[] {
  const parsed = parseAddress(tag.at, context.addressBase);
  if (parsed.kind === "problem") return [{ path: ["at"], message: parsed.problem }];
  const type = typeAt(parsed.address, tag.type);
  if (type === undefined) {
    return [
      { path: ["type"], message: `is missing; "${tag.at}" is a register, say what is in it` },
    ];
  }
  return [
    ...placeProblems(tag, parsed.address, type),
    ...accessProblems({ ...pickParts(context), ...tag }, parsed.address, type),
    ...typeKeyProblems(tag, type),
    ...scalingProblems(tag, type),
    ...memberProblems(tag, type),
  ];
}

/** The type of a tag: as written, or bool where the address is a bit; `undefined` when it must be written. */
export function typeAt(address: Address, type: RawTypeName | undefined): RawTypeName | undefined {
  if (type !== undefined) return type;
  return isBitTable(address.table) || address.bit !== undefined ? "bool" : undefined;
}

type Keys = TagInput | MemberInput;

function placeProblems(tag: TagInput, address: Address, type: RawTypeName): readonly RuleProblem[] {
  const message =
    rawType(type).kind === "bool" ? boolProblem(tag.at, address) : wordProblem(tag, address, type);
  return message === undefined ? [] : [{ path: ["at"], message }];
}

function boolProblem(at: string, { table, start, bit, count }: Address): string | undefined {
  if (count !== undefined) return `"${at}": a bool has no length`;
  if (isBitTable(table) || bit !== undefined) return undefined;
  return `"${at}" is a register; say which bit, e.g. ${table}:${start}.0`;
}

function wordProblem(tag: TagInput, address: Address, type: RawTypeName): string | undefined {
  const { table, start, bit, count } = address;
  const { at } = tag;
  if (isBitTable(table) || bit !== undefined)
    return `"${at}" is one bit; only a bool fits, not ${type}`;
  const wrong = lengthProblem(at, type, count);
  if (wrong !== undefined) return wrong;
  const length = wordsOf(tag, address, type);
  const end = start + length - 1;
  return end > LAST_ADDRESS
    ? `"${at}" ends at address ${end}; a table ends at ${LAST_ADDRESS}`
    : undefined;
}

/** Strings and bytes are as long as the address says, numbers as their type, arrays a multiple of it. */
function lengthProblem(
  at: string,
  type: RawTypeName,
  count: number | undefined,
): string | undefined {
  const { kind, registers, lengths } = rawType(type);
  if (lengths !== undefined) {
    const isKnown = lengths.includes(count ?? lengths[0] ?? 0);
    return isKnown ? undefined : `"${at}": ${type} takes ${lengths.join(", ")} registers`;
  }
  if (count === undefined) {
    const isText = kind === "string" || kind === "bytes";
    return isText ? `"${at}": ${type} needs a length in registers, e.g. ${at}/8` : undefined;
  }
  return registers === 0 || count === registers ? undefined : arrayProblem(at, type, count);
}

function arrayProblem(at: string, type: RawTypeName, count: number): string | undefined {
  const { registers } = rawType(type);
  if (!isNumeric(type)) return `"${at}": ${type} has a length of its own`;
  return count % registers === 0
    ? undefined
    : `"${at}": ${count} registers are no whole number of ${type}, which takes ${registers}`;
}

/** Registers that the tag takes. */
export function wordsOf(
  tag: Pick<TagInput, "date" | "members">,
  { table, count }: Address,
  type: RawTypeName,
): number {
  if (type === "date_fields") return tag.date === undefined ? 1 : dateRegisters(tag.date);
  if (type === "struct") return structWords(tag.members ?? []);
  const { registers, lengths } = rawType(type);
  return registers === 0 && lengths !== undefined
    ? (count ?? lengths[0] ?? 1)
    : lengthOf(table, type, count);
}

function structWords(members: readonly MemberInput[]): number {
  const ends = members.map((member) => {
    const parsed = parseAddress(`hr:${member.at}`, 0);
    if (parsed.kind === "problem") return 0;
    const type = typeAt(parsed.address, member.type) ?? "uint16";
    return parsed.address.start + wordsOf({ date: member.date }, parsed.address, type);
  });
  return Math.max(1, ...ends);
}

function accessProblems(
  tag: TagInput,
  address: Address,
  type: RawTypeName,
): readonly RuleProblem[] {
  if (tag.access === undefined || tag.access === "r") {
    const given = (["writeRange", "writeGroup", "round", "idempotent", "verify"] as const).filter(
      (key) => tag[key] !== undefined,
    );
    return given.map((key) => ({ path: [key], message: "needs access rw or w" }));
  }
  const message = writeProblem(tag, address, type);
  return message === undefined ? [] : [{ path: ["access"], message }];
}

function writeProblem(tag: TagInput, address: Address, type: RawTypeName): string | undefined {
  const { at } = tag;
  const { table, bit } = address;
  if (table === "di" || table === "ir") return `"${at}" cannot be written; only co and hr can`;
  const isPart = bit !== undefined || /^u?int8/.test(type);
  if (isPart && tag.maskWrite !== true && tag.allowRmw !== true) {
    return `"${at}" is a part of a register: say maskWrite: true when the device knows FC22, or allowRmw: true to read, change and write the register (the PLC may change it in between)`;
  }
  if (type === "struct" && tag.membersAs !== "template") {
    return "only a struct with membersAs: template is written as a whole; members of a folder say their own access";
  }
  const length = isBitTable(table) ? 1 : wordsOf(tag, address, type);
  const most = LIMITS.writeRegisters;
  return length > most ? `"${at}": one request writes at most ${most} registers` : undefined;
}

/** What the rules below ask of a type. */
interface TypeFacts {
  readonly type: RawTypeName;
  readonly kind: ReturnType<typeof rawType>["kind"];
  readonly isNumber: boolean;
}

const isText = ({ kind }: TypeFacts): boolean => kind === "string";
const isNumber = (facts: TypeFacts): boolean => facts.isNumber;
const isBitfield = ({ type }: TypeFacts): boolean => type === "bitfield";

/** Keys that only some types have, and whose they are. */
const KEYS_OF_TYPES: readonly (readonly [
  key: keyof MemberInput,
  fits: (facts: TypeFacts) => boolean,
  whose: string,
])[] = [
  ["encoding", isText, "string"],
  ["byte", isText, "string"],
  ["swap", isText, "string"],
  ["trim", isText, "string"],
  ["date", ({ type }) => type === "date_fields", "date_fields"],
  [
    "utcOffset",
    ({ type }) => type === "date_fields" || type === "dt_iec870",
    "date_fields and dt_iec870",
  ],
  ["bits", isBitfield, "bitfield"],
  ["bitsAs", isBitfield, "bitfield"],
  ["bitOrder", (facts) => facts.kind === "bool" || isBitfield(facts), "bool and bitfield"],
  ["invalidRaw", isNumber, "numbers"],
  ["allowNan", ({ kind }) => kind === "float", "floats"],
  ["scale", isNumber, "numbers"],
  ["offset", isNumber, "numbers"],
  ["rawRange", isNumber, "numbers"],
  ["euRange", isNumber, "numbers"],
  ["clamp", isNumber, "numbers"],
  ["enum", (facts) => facts.isNumber || facts.kind === "bool", "numbers and bool"],
  ["validRange", isNumber, "numbers"],
  ...LIMIT_KEYS.map((key) => [key, isNumber, "numbers"] as const),
];

/** Keys that only some types have. */
function typeKeyProblems(tag: Keys, type: RawTypeName): readonly RuleProblem[] {
  const facts = { type, kind: rawType(type).kind, isNumber: isNumeric(type) };
  const problems: RuleProblem[] = [];
  for (const [key, fits, whose] of KEYS_OF_TYPES) {
    if (tag[key] === undefined || fits(facts)) continue;
    problems.push({ path: [key], message: `only ${whose} have it, not ${type}` });
  }
  if (type === "date_fields" && tag.date === undefined) {
    problems.push({ path: ["date"], message: "is missing; say what stands in which register" });
  }
  if (
    tag.byteOrder !== undefined &&
    isLongByteOrder(tag.byteOrder) &&
    rawType(type).registers !== 4
  ) {
    const message = `${tag.byteOrder} is for 64-bit types, not ${type}`;
    problems.push({ path: ["byteOrder"], message });
  }
  return problems;
}

/** Keys that need another one, or exclude it. */
function scalingProblems(tag: Keys & Partial<TagInput>, type: RawTypeName): readonly RuleProblem[] {
  const { rawRange, euRange, scale, offset } = tag;
  const noRange = euRange === undefined;
  const rules: readonly (readonly [key: string, isWrong: boolean, message: string])[] = [
    ["rawRange", rawRange !== undefined && noRange, "needs euRange, the other end of the scaling"],
    [
      "rawRange",
      rawRange !== undefined && (scale !== undefined || offset !== undefined),
      "says the same as scale and offset; keep one",
    ],
    ["clamp", tag.clamp === true && noRange, "needs euRange"],
    [
      "bits",
      type === "bitfield" && tag.bits === undefined && tag.bitsAs !== "number",
      "is missing; name the bits, or say bitsAs: number",
    ],
    [
      "deadbandPercent",
      tag.deadbandPercent !== undefined && tag.of !== "value" && noRange,
      "is a part of euRange, which is missing; or say of: value",
    ],
    [
      "maxInterval",
      tag.publish === "onChangeOrInterval" && tag.maxInterval === undefined,
      "is missing; how long without a message",
    ],
  ];
  const wrong = rules.filter(([_key, isWrong]) => isWrong);
  return [
    ...wrong.map(([key, , message]) => ({ path: [key], message })),
    ...limitProblems(tag).map(({ path, message }) => ({ path: [...path], message })),
  ];
}

const NO_REF =
  "is missing: the name of the template's definition in the birth of the edge node, e.g. Types/Motor";

function pickParts({ maskWrite, allowRmw }: AddressContext): Partial<TagInput> {
  return {
    ...(maskWrite !== undefined && { maskWrite }),
    ...(allowRmw !== undefined && { allowRmw }),
  };
}

function memberProblems(tag: TagInput, type: RawTypeName): readonly RuleProblem[] {
  if (type !== "struct") {
    return tag.members === undefined
      ? []
      : [{ path: ["members"], message: `only struct has it, not ${type}` }];
  }
  if (tag.members === undefined) return [{ path: ["members"], message: "is missing" }];
  const isTemplate = tag.membersAs === "template";
  const ref = isTemplate && tag.templateRef === undefined;
  const members = tag.members.flatMap((member, index) =>
    oneMemberProblems(member).map(({ path, message }) => ({
      path: ["members", index, ...path],
      message,
    })),
  );
  return [
    ...(ref ? [{ path: ["templateRef"], message: NO_REF }] : []),
    ...(isTemplate ? memberTwice(tag.members) : []),
    ...members,
  ];
}

/** In a folder, members are tags, and those are compared with all tags of the device. */
function memberTwice(members: readonly MemberInput[]): readonly RuleProblem[] {
  const names = members.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const message = `"${name}" is the name of another member, too`;
    return names.indexOf(name) < index ? [{ path: ["members", index, "name"], message }] : [];
  });
}

function oneMemberProblems(member: MemberInput): readonly RuleProblem[] {
  if (!/^\d+(\.\d+)?(\/\d+)?$/.test(member.at)) {
    const message = `"${member.at}" is not a place in a struct; write e.g. 0, 2.3, 4/8, counted from its first register`;
    return [{ path: ["at"], message }];
  }
  const parsed = parseAddress(`hr:${member.at}`, 0);
  if (parsed.kind === "problem") return [{ path: ["at"], message: parsed.problem }];
  const type = typeAt(parsed.address, member.type);
  if (type === undefined) return [{ path: ["type"], message: "is missing" }];
  if (type === "struct") return [{ path: ["type"], message: "a struct cannot hold another" }];
  return [
    ...placeProblems({ ...member, at: member.at }, parsed.address, type),
    ...typeKeyProblems(member, type),
    ...scalingProblems(member, type),
  ];
}
