/**
 * A struct written as a whole: its members in one request. What no member of the command stands for, bits between others or members that
 * were left out, stays as it is: then the registers are read first.
 */
import { isTemplate, type MetricValue, type Template } from "@unshub/sparkplug";
import type { Tag } from "../tag.ts";
import { rawType } from "./raw-type.ts";
import { refused, type Refusal } from "./refusal.ts";
import { registersRequest, type Overlay, type WriteRequest } from "./write-request.ts";

/** How members are encoded: parts of a register as a mask, the others as bytes. */
export interface MemberEncoders {
  part(
    tag: Tag,
    value: MetricValue,
  ): { readonly kind: string; readonly request?: WriteRequest } | Refusal;
  registers(tag: Tag, value: MetricValue): Uint8Array | Refusal;
}

export function encodeStruct(
  tag: Tag,
  value: MetricValue,
  encoders: MemberEncoders,
): { readonly kind: "request"; readonly request: WriteRequest } | Overlay | Refusal {
  if (!isTemplate(value) || value.isDefinition) {
    return refused("bad_type", "the value is no instance of a template");
  }
  const registers = new OpenRegisters(tag.length);
  const fault = put(value, tag, { registers, encoders });
  if (fault !== undefined) return fault;
  const { bits, keep } = registers;
  const { start, singleWrite = "fc6" } = tag;
  if (keep.every((byte) => byte === 0)) {
    return { kind: "request", request: registersRequest(start, bits, singleWrite) };
  }
  if (tag.allowRmw === true) return { kind: "overlay", start, bits, keep, single: singleWrite };
  const because =
    "members that were not given, or bits that are no member's, would be overwritten with nobody knows what; give all members, or say allowRmw to read, change and write";
  return refused("not_writable", because);
}

/** Puts the members of an instance into the registers. */
function put(
  { templateRef, metrics }: Template,
  tag: Tag,
  { registers, encoders }: { readonly registers: OpenRegisters; readonly encoders: MemberEncoders },
): Refusal | undefined {
  if (templateRef !== undefined && templateRef !== tag.templateRef) {
    return refused("bad_type", `an instance of ${templateRef}, not of ${tag.templateRef}`);
  }
  const members = new Map((tag.members ?? []).map((member) => [member.name, member]));
  for (const { name = "", value } of metrics) {
    const member = members.get(name);
    if (member === undefined) return refused("bad_type", `the struct has no member "${name}"`);
    const problem = registers.set(member, value, encoders);
    if (problem !== undefined) return refused(problem.code, `${name}: ${problem.problem}`);
  }
  return undefined;
}

/** The registers of a struct while its members are put in. */
class OpenRegisters {
  readonly bits: Uint8Array;
  /** Bits that no member was given for. */
  readonly keep: Uint8Array;

  constructor(length: number) {
    this.bits = new Uint8Array(2 * length);
    this.keep = new Uint8Array(2 * length).fill(0xff);
  }

  set(member: Tag, value: MetricValue, encoders: MemberEncoders): Refusal | undefined {
    const isPart = rawType(member.type).kind === "bool" || /^u?int8/.test(member.type);
    return isPart ? this.#setPart(member, value, encoders) : this.#setAll(member, value, encoders);
  }

  #setPart(member: Tag, value: MetricValue, encoders: MemberEncoders): Refusal | undefined {
    const encoded = encoders.part({ ...member, maskWrite: true }, value);
    if ("problem" in encoded) return encoded;
    const { request } = encoded;
    if (request?.functionCode !== 22) return refused("not_writable", "it is no part of a register");
    this.#merge(2 * member.start, request.andMask >> 8, request.orMask >> 8);
    this.#merge(2 * member.start + 1, request.andMask & 0xff, request.orMask & 0xff);
    return undefined;
  }

  #setAll(member: Tag, value: MetricValue, encoders: MemberEncoders): Refusal | undefined {
    const bytes = encoders.registers(member, value);
    if (!(bytes instanceof Uint8Array)) return bytes;
    for (const [index, byte] of bytes.entries()) this.#merge(2 * member.start + index, 0, byte);
    return undefined;
  }

  #merge(at: number, keep: number, bits: number): void {
    this.bits[at] = ((this.bits[at] ?? 0) & keep) | bits;
    this.keep[at] = (this.keep[at] ?? 0) & keep;
  }
}
