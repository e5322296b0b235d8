/** Strings in registers: which bytes hold characters, in which order, and what they mean. */
import type { Tag, TextEncoding, TextLayout } from "../tag.ts";
import { swapsBytes } from "./byte-order.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const gbk = new TextDecoder("gbk", { fatal: true });

/** Either the bytes of the registers, or a sentence that says why there are none. */
export type EncodedText = Uint8Array | string;

/** The text in `registers`, up to the first NUL; `undefined` when the bytes are none in its encoding. */
export function decodeText(registers: Uint8Array, tag: Tag): string | undefined {
  const characters = pickedBytes(registers, tag);
  const end = characters.indexOf(0);
  const text = decodedAs(
    tag.text?.encoding ?? "utf8",
    end === -1 ? characters : characters.subarray(0, end),
  );
  return tag.text?.trim === true ? text?.trim() : text;
}

/** The registers that hold `value`, filled up with NUL: what is written is what will be read. */
export function encodeText(value: string, tag: Tag): EncodedText {
  if (value.includes("\0")) return "a text ends at the first NUL, so that none can be written";
  if (!value.isWellFormed()) return "the text is not well-formed Unicode";
  const encoding = tag.text?.encoding ?? "utf8";
  const characters = encodedAs(encoding, value);
  if (characters === undefined) return `${JSON.stringify(value)} cannot be written in ${encoding}`;
  const { byte = "both" } = tag.text ?? {};
  const room = byte === "both" ? 2 * tag.length : tag.length;
  if (characters.length > room) {
    return `the text has ${characters.length} bytes; there is room for ${room}`;
  }
  const registers = new Uint8Array(2 * tag.length);
  for (const [index, character] of characters.entries()) {
    registers[byteAt(index, tag)] = character;
  }
  return registers;
}

function pickedBytes(registers: Uint8Array, tag: Tag): Uint8Array {
  const { byte = "both" } = tag.text ?? {};
  if (byte === "both" && !isSwapped(tag)) return registers;
  const length = byte === "both" ? registers.length : registers.length / 2;
  return Uint8Array.from({ length }, (_, index) => registers[byteAt(index, tag)] ?? 0);
}

/** Where character byte `index` stands in the registers. */
function byteAt(index: number, tag: Tag): number {
  const { byte = "both" }: TextLayout = tag.text ?? {};
  const mask = isSwapped(tag) ? 1 : 0;
  if (byte === "both") return index ^ mask;
  return (2 * index + (byte === "high" ? 0 : 1)) ^ mask;
}

function isSwapped({ text, byteOrder }: Tag): boolean {
  return text?.swap ?? swapsBytes(byteOrder);
}

function decodedAs(encoding: TextEncoding, bytes: Uint8Array): string | undefined {
  switch (encoding) {
    case "ascii":
      return bytes.every((byte) => byte < 0x80) ? latin1Text(bytes) : undefined;
    case "latin1":
      return latin1Text(bytes);
    case "utf8":
      return decodedBy(utf8, bytes);
    case "gbk":
      return decodedBy(gbk, bytes);
  }
}

function decodedBy(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // The only error a fatal decoder throws: these bytes are no text in its encoding.
    return undefined;
  }
}

/** The decoder of the platform calls windows-1252 latin1; this is ISO 8859-1. */
function latin1Text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function encodedAs(encoding: TextEncoding, value: string): Uint8Array | undefined {
  switch (encoding) {
    case "ascii":
      return byCharacter(value, (character) => below(0x80, character));
    case "latin1":
      return byCharacter(value, (character) => below(0x100, character));
    case "utf8":
      return new TextEncoder().encode(value);
    case "gbk":
      return byCharacter(value, (character) => below(0x80, character) ?? gbkTable().get(character));
  }
}

function byCharacter(
  value: string,
  bytesOf: (character: string) => readonly number[] | undefined,
): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of value) {
    const own = bytesOf(character);
    if (own === undefined) return undefined;
    bytes.push(...own);
  }
  return Uint8Array.from(bytes);
}

function below(limit: number, character: string): readonly number[] | undefined {
  const code = character.codePointAt(0) ?? limit;
  return code < limit ? [code] : undefined;
}

let gbkBytes: ReadonlyMap<string, readonly number[]> | undefined;

/** Made of the decoder at the first write, since the platform has no encoder: 24 000 characters, two bytes each. */
function gbkTable(): ReadonlyMap<string, readonly number[]> {
  if (gbkBytes !== undefined) return gbkBytes;
  const table = new Map<string, readonly number[]>([["€", [0x80]]]);
  for (let high = 0x81; high <= 0xfe; high += 1) {
    for (let low = 0x40; low <= 0xfe; low += 1) {
      const character = decodedBy(gbk, Uint8Array.of(high, low));
      if (character !== undefined && !table.has(character)) table.set(character, [high, low]);
    }
  }
  gbkBytes = table;
  return table;
}
