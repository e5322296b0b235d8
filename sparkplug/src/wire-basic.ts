/** The six plain values that cells, parameters and properties share, read from their place in the `oneof`. */
import type { WireValue } from "./payload.ts";
import type { WireReader } from "./wire-reader.ts";

/** `key` counted from that of the first of the six: `(number - first) << 3 | wire`. */
const INT = 0x00;
const LONG = 0x08;
const FLOAT = 0x15;
const DOUBLE = 0x19;
const BOOLEAN = 0x20;
const STRING = 0x2a;

/**
 * The value that `key` announces; `undefined` when it is none of the six, and then nothing was read.
 * `first`: the number of `int_value` in this message. @throws {SparkplugError} PAYLOAD_MALFORMED
 */
export function readBasic(reader: WireReader, key: number, first: number): WireValue | undefined {
  switch (key - (first << 3)) {
    case INT:
      return { field: "int", raw: reader.uint32() };
    case LONG:
      return { field: "long", raw: reader.uint64() };
    case FLOAT:
      return { field: "float", raw: reader.float() };
    case DOUBLE:
      return { field: "double", raw: reader.double() };
    case BOOLEAN:
      return { field: "boolean", raw: reader.bool() };
    case STRING:
      return { field: "string", raw: reader.text() };
    default:
      return undefined;
  }
}
