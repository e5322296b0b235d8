/** Many pieces of bytes in one buffer that a thread hands to the other: each after its length (four bytes). */

export function packFrames(pieces: readonly Uint8Array[]): ArrayBuffer {
  let size = 0;
  for (const { length } of pieces) size += 4 + length;
  const packed = new ArrayBuffer(size);
  const bytes = Buffer.from(packed);
  let at = 0;
  for (const piece of pieces) {
    at = bytes.writeUInt32LE(piece.length, at);
    bytes.set(piece, at);
    at += piece.length;
  }
  return packed;
}

/** The pieces, not copied. */
export function unpackFrames(packed: ArrayBuffer): readonly Buffer[] {
  const bytes = Buffer.from(packed);
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const from = at + 4;
    at = from + bytes.readUInt32LE(at);
    pieces.push(bytes.subarray(from, at));
  }
  return pieces;
}
