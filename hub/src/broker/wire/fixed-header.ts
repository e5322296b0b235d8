/** The fixed header of a frame: type, flags, and how long the rest is. */

/** Where the variable header begins, or why that cannot be said yet or at all. */
export const INCOMPLETE = -1;
export const TOO_MANY_DIGITS = -2;
/** Its length has more digits than it needs; all else is as with `body`. */
export const PADDED = -3;

export interface FrameBounds {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset of the first byte after the header. */
  readonly body: number;
  /** Offset of the first byte after the frame. */
  readonly end: number;
}

/** A frame in a read buffer. Used again for each frame. */
export class FixedHeader implements FrameBounds {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  body = 0;
  end = 0;

  /** Reads the header at `at`; answers `body`, `INCOMPLETE`, `TOO_MANY_DIGITS` or `PADDED`. [MQTT5-1.5.5-1] */
  read(bytes: Buffer, at: number): number {
    const size = bytes.length;
    this.bytes = bytes;
    this.start = at;
    if (at + 2 > size) return INCOMPLETE;
    const first = bytes[at + 1] ?? 0;
    if (first < 0x80) {
      this.body = at + 2;
      this.end = at + 2 + first;
      return this.body;
    }
    let length = first & 0x7f;
    for (let digit = 1; digit < 4; digit++) {
      if (at + 1 + digit >= size) return INCOMPLETE;
      const byte = bytes[at + 1 + digit] ?? 0;
      length += (byte & 0x7f) * 128 ** digit;
      if (byte < 0x80) {
        this.body = at + 2 + digit;
        this.end = this.body + length;
        return byte === 0 ? PADDED : this.body;
      }
    }
    return TOO_MANY_DIGITS;
  }
}

/** Whether the length in the header of a frame has more bytes than it needs: forbidden in MQTT 5. [MQTT5-1.5.5-1] */
export function isWiderThanNeeded({ start, body, end }: FrameBounds): boolean {
  return body - start > 2 && body - start - 1 > varintLength(end - body);
}

/** How many bytes the number takes as a variable byte integer. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}

/** Writes `value` at `at`; answers where it ends. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let place = at;
  while (rest >= 0x80) {
    bytes[place++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[place++] = rest;
  return place;
}
