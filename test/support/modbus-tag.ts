/** Tags for tests: what is not said is an int16 in holding register 0. */
import { datatypeOfTag, lengthOf, type Tag } from "../../adapters/modbus/src/tag.ts";

/** A tag with `fields`; length and datatype follow from the others unless given. */
export function makeTag(fields: Partial<Tag>): Tag {
  const { table = "hr", type = "int16", scale = 1, offset = 0 } = fields;
  const length = fields.length ?? lengthOf(table, type, undefined);
  return {
    name: "x",
    table,
    start: 0,
    length,
    type,
    byteOrder: "ABCD",
    scale,
    offset,
    datatype: datatypeOfTag({ ...fields, type, length, scale, offset }),
    access: "rw",
    writable: true,
    ...fields,
  };
}
