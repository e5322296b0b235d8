/**
 * Gzip made of parts that are packed one by one and kept: when one of a thousand changes, the others need not be packed
 * again. Each part is raw deflate that ends on a byte and knows nothing of the part before; behind each other they are one
 * stream, and the checksum of the whole follows from those of the parts. [RFC 1951] [RFC 1952]
 */
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

export interface GzipPart {
  readonly packed: Buffer;
  /** Bytes before it was packed. */
  readonly length: number;
  readonly crc: number;
}

const packRaw = promisify(deflateRaw);

/** No name, no time, made on an unknown system. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** The last block, which is empty. */
const END = Buffer.from([3, 0]);

/** Texts of a plant become a twentieth; what fits into one chunk comes back from the other thread at once. */
const CHUNK_SHARE = 16;
const SMALLEST_CHUNK = 1024;

export async function gzipPart(text: string | Buffer): Promise<GzipPart> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const chunkSize = Math.max(SMALLEST_CHUNK, Math.ceil(bytes.length / CHUNK_SHARE));
  const options = { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize };
  const packed = await packRaw(bytes, options);
  const { length } = bytes;
  return { packed: Buffer.from(packed), length, crc: crc32(bytes) }; // without the rest of its chunk
}

export function joinParts(parts: readonly GzipPart[]): Buffer {
  let crc = 0;
  let length = 0;
  for (const part of parts) {
    crc = crcOfBoth(crc, part);
    length += part.length;
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc, 0);
  tail.writeUInt32LE(length % 2 ** 32, 4);
  return Buffer.concat([HEAD, ...parts.map(({ packed }) => packed), END, tail]);
}

/** The polynomial of CRC-32, its bits from the lowest power to the highest. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
const X = 0x40000000;

/** The checksum of what has `crc`, followed by a part: what comes before is moved up by the bits that follow. */
function crcOfBoth(crc: number, part: GzipPart): number {
  return (product(powerOfX(part.length * 8), crc) ^ part.crc) >>> 0;
}

/** Of two polynomials over single bits, modulo that of CRC-32. */
function product(a: number, b: number): number {
  let result = 0;
  let factor = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) result ^= factor;
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ POLYNOMIAL;
  }
  return result >>> 0;
}

/** By squaring: as many steps as `exponent` has bits. */
function powerOfX(exponent: number): number {
  let result = ONE;
  let square = X;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = product(square, result);
    square = product(square, square);
  }
  return result;
}
