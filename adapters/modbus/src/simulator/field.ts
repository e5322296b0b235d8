/** Where the value of a simulated tag stands in its registers, and how it gets there. */
import type { MetricValue } from "@unshub/sparkplug";
import { isBitTable } from "../address.ts";
import type { Tag } from "../tag.ts";
import { encodeWrite, registersOf } from "../types/encode.ts";
import { courseOf, type Course } from "./course.ts";

/** Some bits of registers: those of `mask` in each of the registers from `start` on. */
export interface Field {
  readonly tag: Tag;
  readonly start: number;
  /** Registers, or bits in `co` and `di`. */
  readonly length: number;
  /** Of each register; a field of several registers has all bits. */
  readonly mask: number;
  readonly course: Course;
}

/** The fields of a tag: one, or one for each member of a struct. */
export function fieldsOf(tag: Tag): readonly Field[] {
  if (tag.type === "struct") {
    return (tag.members ?? []).flatMap((member) =>
      fieldsOf({
        ...member,
        name: `${tag.name}/${member.name}`,
        table: tag.table,
        start: tag.start + member.start,
        access: tag.access,
      }),
    );
  }
  const { start, length } = tag;
  return [{ tag, start, length, mask: maskOf(tag), course: courseOf(tag) }];
}

function maskOf(tag: Tag): number {
  return isPartOfRegister(tag) ? (partOf(tag, tag.type === "bool" ? true : 0)?.mask ?? 0) : 0xffff;
}

function isPartOfRegister({ table, type, length }: Tag): boolean {
  return !isBitTable(table) && length === 1 && (type === "bool" || /^u?int8/.test(type));
}

interface Part {
  readonly mask: number;
  readonly bits: number;
}

/** What a value becomes inside its register; the encoder of writes knows. */
function partOf(tag: Tag, value: MetricValue): Part | undefined {
  const encoded = encodeWrite({ ...tag, table: "hr", maskWrite: false, allowRmw: true }, value);
  if (encoded.kind !== "readModifyWrite") return undefined;
  const mask = ~encoded.andMask & 0xffff;
  return { mask, bits: encoded.orMask & mask };
}

/**
 * Writes `value` to where the field stands: `at` is its first byte (bits take a byte each). A value that the registers
 * cannot hold changes nothing; false then.
 */
export function putValue(field: Field, value: MetricValue, bytes: Uint8Array, at: number): boolean {
  const { tag } = field;
  if (isBitTable(tag.table)) {
    bytes[at] = value === true ? 1 : 0;
    return true;
  }
  if (!isPartOfRegister(tag)) return putRegisters(tag, value, bytes, at);
  const part = partOf(tag, value);
  if (part === undefined) return false;
  const word = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const next = (word & ~part.mask) | part.bits;
  bytes[at] = next >> 8;
  bytes[at + 1] = next & 0xff;
  return true;
}

function putRegisters(tag: Tag, value: MetricValue, bytes: Uint8Array, at: number): boolean {
  const registers = registersOf(tag, value);
  if (!(registers instanceof Uint8Array)) return false;
  bytes.set(registers, at);
  return true;
}
