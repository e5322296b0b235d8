/**
 * Some thousand rows of one metric as one piece of bytes: each column in the form that suits it, the whole compressed when
 * that pays, with a checksum in front, so that a changed byte on the disk is found.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BrokenBytes, ByteReader, ByteWriter, MOST_SIGNED } from "./bytes.ts";
import { KIND_BITS, NO_SIDES, NOTHING, SIDE, type Columns } from "./columns.ts";
import { readNumbers, writeNumbers } from "./number-codec.ts";
import { endOfSide } from "./side-record.ts";

/** Append only: they stand on disk. */
const PLAIN = 1;
const COMPRESSED = 2;
const HEAD_BYTES = 5;

/** Starting the compressor costs more than these would save; blocks so small are joined soon. */
const LEAST_TO_COMPRESS = 512;
/** What a block may say it is; one that says more is damaged. */
const MOST_BYTES = 512 * 1024 * 1024;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const DIFFERENCES = 0;
const AS_THEY_ARE = 1;

/** Frames `body`, compressed when that pays. */
export function packed(body: Uint8Array): Uint8Array {
  const small = body.length < LEAST_TO_COMPRESS ? undefined : zstdCompressSync(body, ZSTD);
  const isSmaller = small !== undefined && small.length < body.length;
  const content = isSmaller ? small : body;
  const bytes = new Uint8Array(HEAD_BYTES + content.length);
  bytes[0] = isSmaller ? COMPRESSED : PLAIN;
  new DataView(bytes.buffer).setUint32(1, crc32(content));
  bytes.set(content, HEAD_BYTES);
  return bytes;
}

/** The way back. @throws {BrokenBytes} when a byte has changed. */
export function unpacked(bytes: Uint8Array): Uint8Array {
  const content = bytes.subarray(HEAD_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEAD_BYTES || view.getUint32(1) !== crc32(content))
    throw new BrokenBytes("its checksum is wrong");
  if (bytes[0] === PLAIN) return content;
  if (bytes[0] !== COMPRESSED) throw new BrokenBytes(`there are no bytes of kind ${bytes[0]}`);
  const { buffer, byteOffset, length } = zstdDecompressSync(content, {
    maxOutputLength: MOST_BYTES,
  });
  return new Uint8Array(buffer, byteOffset, length); // slices of a Buffer are no copies
}

const writer = new ByteWriter();

/** The rows from `from` up to, not including, `to`. */
export function encodeBlock(rows: Columns, from = 0, to = rows.count): Uint8Array {
  writer.clear();
  const metas = rows.metas.subarray(from, to);
  writer.varint(metas.length);
  writeMetas(metas);
  writeTimes(rows.times.subarray(from, to));
  writeReceived(rows.times.subarray(from, to), rows.received.subarray(from, to));
  writeNumbers(writer, numbersOf(rows.numbers.subarray(from, to), metas));
  writeSides(rows, from, to);
  return packed(writer.take());
}

/** @throws {BrokenBytes} */
export function decodeBlock(bytes: Uint8Array): Columns {
  const body = unpacked(bytes);
  const reader = new ByteReader(body);
  const count = reader.varint();
  const metas = readMetas(reader, count);
  const times = readTimes(reader, count);
  const received = readReceived(reader, times);
  const numbers = placed(reader, metas);
  const sides = body.length > reader.at ? body.slice(reader.at) : NO_SIDES;
  placeSides(numbers, metas, sides);
  return { count, times, received, numbers, metas, sides };
}

function writeMetas(metas: Uint8Array): void {
  const [first = 0] = metas;
  const areSame = metas.every((meta) => meta === first);
  writer.byte(areSame ? 1 : 0);
  if (areSame) writer.byte(first);
  else writer.bytes(metas);
}

function readMetas(reader: ByteReader, count: number): Uint8Array {
  if (reader.byte() === 1) return new Uint8Array(count).fill(reader.byte());
  return reader.bytes(count).slice();
}

/** Differences of differences: a metric that is polled has none. */
function writeTimes(times: Float64Array): void {
  if (!areNear(times)) {
    writer.byte(AS_THEY_ARE);
    writer.floats(times);
    return;
  }
  writer.byte(DIFFERENCES);
  let before = 0;
  let step = 0;
  for (const time of times) {
    writer.signed(time - before - step);
    step = before === 0 ? 0 : time - before;
    before = time;
  }
}

function readTimes(reader: ByteReader, count: number): Float64Array {
  if (reader.byte() === AS_THEY_ARE) return reader.floats(count);
  const times = new Float64Array(count);
  let before = 0;
  let step = 0;
  for (let at = 0; at < count; at += 1) {
    const time = before + step + reader.signed();
    step = before === 0 ? 0 : time - before;
    before = time;
    times[at] = time;
  }
  return times;
}

/** How much later than its own time each row was received, as differences. */
function writeReceived(times: Float64Array, received: Float64Array): void {
  if (!areNear(times) || !areNear(received)) {
    writer.byte(AS_THEY_ARE);
    writer.floats(received);
    return;
  }
  writer.byte(DIFFERENCES);
  let before = 0;
  for (const [at, time] of times.entries()) {
    const delay = (received[at] ?? 0) - time;
    writer.signed(delay - before);
    before = delay;
  }
}

function readReceived(reader: ByteReader, times: Float64Array): Float64Array {
  if (reader.byte() === AS_THEY_ARE) return reader.floats(times.length);
  const received = new Float64Array(times.length);
  let delay = 0;
  for (let at = 0; at < times.length; at += 1) {
    delay += reader.signed();
    received[at] = (times[at] ?? 0) + delay;
  }
  return received;
}

/** Whether they are integers whose differences of differences are exact. */
function areNear(times: Float64Array): boolean {
  for (const time of times) {
    if (!Number.isInteger(time) || Math.abs(time) > MOST_SIGNED / 4) return false;
  }
  return true;
}

/** The numbers of those rows that have one. */
function numbersOf(numbers: Float64Array, metas: Uint8Array): Float64Array {
  let count = 0;
  for (const meta of metas) if (hasNumber(meta)) count += 1;
  if (count === metas.length) return numbers;
  const own = new Float64Array(count);
  let to = 0;
  for (const [at, meta] of metas.entries()) {
    if (!hasNumber(meta)) continue;
    own[to] = numbers[at] ?? 0;
    to += 1;
  }
  return own;
}

function placed(reader: ByteReader, metas: Uint8Array): Float64Array {
  let count = 0;
  for (const meta of metas) if (hasNumber(meta)) count += 1;
  const own = readNumbers(reader, count);
  if (count === metas.length) return own;
  const numbers = new Float64Array(metas.length);
  let from = 0;
  for (const [at, meta] of metas.entries()) {
    if (!hasNumber(meta)) continue;
    numbers[at] = own[from] ?? 0;
    from += 1;
  }
  return numbers;
}

function hasNumber(meta: number): boolean {
  const kind = meta & KIND_BITS;
  return kind !== NOTHING && kind !== SIDE;
}

/** The records of the rows, one after the other. */
function writeSides({ metas, numbers, sides }: Columns, from: number, to: number): void {
  for (let at = from; at < to; at += 1) {
    if (((metas[at] ?? 0) & KIND_BITS) !== SIDE) continue;
    const begin = numbers[at] ?? 0;
    writer.bytes(sides.subarray(begin, endOfSide(sides, begin)));
  }
}

function placeSides(numbers: Float64Array, metas: Uint8Array, sides: Uint8Array): void {
  if (sides.length === 0) return;
  let begin = 0;
  for (const [at, meta] of metas.entries()) {
    if ((meta & KIND_BITS) !== SIDE) continue;
    numbers[at] = begin;
    begin = endOfSide(sides, begin);
  }
}
