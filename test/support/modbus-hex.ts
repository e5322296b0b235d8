/** Bytes as they stand in the standard and in traces: hex, with spaces for the eye. */

/** `"03 006b"` as bytes. */
export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** Bytes as hex without spaces. */
export function hexOf(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}
