/** Tags that stand for several: named bits of a bit field, members of a struct in a folder. Done when configured. */
import type { Tag } from "../tag.ts";
import { numberBytes } from "../tag.ts";
import { orderMask } from "./byte-order.ts";

/** `tag`, or what becomes of it. */
export function expandTag(tag: Tag): readonly Tag[] {
  if (tag.type === "bitfield" && tag.bits !== undefined && tag.bitsAs !== "number") {
    return Array.from(tag.bits, ([bit, name]) => bitTag(tag, bit, name));
  }
  if (tag.type === "struct" && tag.membersAs !== "template") {
    return (tag.members ?? []).flatMap((member) =>
      expandTag({ ...member, name: `${tag.name}/${member.name}`, start: tag.start + member.start }),
    );
  }
  return [tag];
}

/**
 * The register and bit that `bit` of a bit field is on the wire: byte orders exchange the registers, and the bytes
 * within them.
 */
function placeOfBit(
  tag: Pick<Tag, "type" | "length" | "start" | "byteOrder">,
  bit: number,
): { readonly start: number; readonly bit: number } {
  const bytes = numberBytes(tag.type, tag.length);
  const natural = bytes - 1 - (bit >> 3);
  const onWire = natural ^ orderMask(tag.byteOrder, bytes);
  return { start: tag.start + (onWire >> 1), bit: (onWire % 2 === 0 ? 8 : 0) + (bit & 7) };
}

/** Bit of the natural value, 0 the lowest, for a bit that is numbered from the highest of `registers` registers. */
export function bitOfMsb0(bit: number, registers: number): number {
  return 16 * registers - 1 - bit;
}

function bitTag(tag: Tag, bit: number, name: string): Tag {
  const { bits: _bits, bitsAs: _bitsAs, enum: _enum, validRange: _valid, ...rest } = tag;
  return {
    ...rest,
    ...placeOfBit(tag, bit),
    name: `${tag.name}/${name}`,
    type: "bool",
    length: 1,
    // Its place is that of the wire already.
    byteOrder: "ABCD",
    datatype: "Boolean",
    scale: 1,
    offset: 0,
  };
}
