/** Decoding and encoding for tests: through a compiled block, as the poller does it, and back to hex. */
import assert from "node:assert/strict";
import type { MetricValue } from "@unshub/sparkplug";
import { encodeRequest } from "../../adapters/modbus/src/wire/pdu.ts";
import type { Tag } from "../../adapters/modbus/src/tag.ts";
import { compileBlock, decodeBlock } from "../../adapters/modbus/src/types/decode-plan.ts";
import { decodeTag, type Decoded } from "../../adapters/modbus/src/types/decode-tag.ts";
import { encodeWrite } from "../../adapters/modbus/src/types/encode.ts";
import type { WriteRequest } from "../../adapters/modbus/src/types/write-request.ts";
import { hexOf } from "./modbus-hex.ts";

/** What a block that begins `at` registers (or bits) before the tag says of it; asked alone it must say the same. */
export function decodeAt(tag: Tag, data: Uint8Array, at: number): Decoded {
  const plan = compileBlock([{ tag: { ...tag, start: at }, index: 7, every: 1 }], { start: 0 });
  const said: Decoded[] = [];
  const isBoolean = tag.datatype === "Boolean";
  decodeBlock(
    plan,
    { data, offset: 0, pass: 0 },
    {
      number: (index, value) => {
        assert.equal(index, 7);
        said.push({ kind: "good", value: isBoolean ? value === 1 : value });
      },
      other: (_, value) => said.push({ kind: "good", value }),
      bad: (_, reason) => said.push({ kind: "bad", reason }),
    },
  );
  assert.equal(said.length, 1);
  const [decoded] = said;
  assert.ok(decoded);
  if (at === 0) assert.deepEqual(decodeTag(tag, data), decoded);
  return decoded;
}

/** The bytes that a write request carries after function and address, in hex. */
export function hexOfWrite(request: WriteRequest): string {
  if (request.functionCode !== 22) return hexOf(encodeRequest(request));
  const { start, andMask, orMask } = request;
  const words = [start, andMask, orMask].flatMap((word) => [word >> 8, word & 0xff]);
  return hexOf(Uint8Array.of(22, ...words));
}

/** What is read after `value` was written; or why it was not. */
export function roundTrip(tag: Tag, value: MetricValue): Decoded | string {
  const encoded = encodeWrite(tag, value);
  if (encoded.kind === "problem") return encoded.code;
  if (encoded.kind === "readModifyWrite" || encoded.kind === "overlay") return encoded.kind;
  if (encoded.request.functionCode === 22) {
    const word = encoded.request.orMask;
    return decodeAt(tag, Uint8Array.of(word >> 8, word & 0xff), 0);
  }
  const pdu = encodeRequest(encoded.request);
  return decodeAt(tag, pdu.subarray(pdu[0] === 6 || pdu[0] === 5 ? 3 : 6), 0);
}
