/** The checksum of RTU frames: CRC-16, polynomial 0xA001, low byte first on the wire. */

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});

/** The checksum of `bytes` from `start` to before `end`. */
function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff;
  for (let at = start; at < end; at += 1)
    crc = (crc >> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return crc;
}

/** Whether the last two bytes before `end` are the checksum of those from `start`. */
export function hasGoodCrc(bytes: Uint8Array, start: number, end: number): boolean {
  const stored = (bytes[end - 2] ?? 0) | ((bytes[end - 1] ?? 0) << 8);
  return crc16(bytes, start, end - 2) === stored;
}

/** Puts `unit`, `pdu` and the checksum at `at` of `target`; answers where the frame ends. */
export function putRtuFrame(target: Uint8Array, at: number, unit: number, pdu: Uint8Array): number {
  target[at] = unit;
  target.set(pdu, at + 1);
  const end = at + 1 + pdu.length;
  const crc = crc16(target, at, end);
  target[end] = crc & 0xff;
  target[end + 1] = crc >> 8;
  return end + 2;
}
