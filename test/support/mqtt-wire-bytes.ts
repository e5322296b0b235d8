/**
 * The smallest parts of MQTT on the wire, for the conformance suite, which shares no code with the hub.
 * Writing checks nothing, so that a test can write what is forbidden; reading forgives nothing.
 */

/** Text as it should be, or any bytes in its place. */
export type Text = string | Uint8Array;

/** What a server sent and the standard does not allow. */
export class WireFault extends Error {}

export function byte(value: number): Buffer {
  return Buffer.from([value & 0xff]);
}

export function twoBytes(value: number): Buffer {
  return Buffer.from([(value >> 8) & 0xff, value & 0xff]);
}

export function fourBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A variable byte integer of as few bytes as possible, or of `width` bytes. */
export function varint(value: number, width = 1): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push(rest % 128);
    rest = Math.floor(rest / 128);
  } while (rest > 0 || bytes.length < width);
  return Buffer.from(bytes.map((each, at) => (at < bytes.length - 1 ? each | 0x80 : each)));
}

export function bytesOf(text: Text): Uint8Array {
  return typeof text === "string" ? Buffer.from(text, "utf8") : text;
}

/** Text or binary data: two bytes of length, then the bytes. */
export function counted(text: Text): Buffer {
  const bytes = bytesOf(text);
  return Buffer.concat([twoBytes(bytes.length), bytes]);
}

/** Reads the body of a packet from its first to its last byte. @throws {WireFault} */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new WireFault(`${length} bytes wanted, ${this.left} there`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  rest(): Buffer {
    return this.take(this.left);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  twoBytes(): number {
    return this.take(2).readUInt16BE();
  }

  fourBytes(): number {
    return this.take(4).readUInt32BE();
  }

  /** [MQTT5-1.5.5-1] */
  varint(): number {
    let value = 0;
    for (let width = 1; width <= 4; width += 1) {
      const next = this.byte();
      value += (next & 0x7f) * 128 ** (width - 1);
      if (next < 0x80) {
        if (next === 0 && width > 1) throw new WireFault(`${value} in ${width} bytes`);
        return value;
      }
    }
    throw new WireFault("a variable byte integer of more than four bytes");
  }

  counted(): Buffer {
    return this.take(this.twoBytes());
  }

  /** [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.4-3] */
  text(): string {
    const bytes = this.counted();
    const text = decodeStrictly(bytes);
    if (text.includes("\0")) throw new WireFault(`U+0000 in text: ${bytes.toString("hex")}`);
    return text;
  }

  end(): void {
    if (this.left > 0) throw new WireFault(`${this.left} bytes too many`);
  }
}

function decodeStrictly(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WireFault(`not UTF-8: ${Buffer.from(bytes).toString("hex")}`, { cause });
  }
}
