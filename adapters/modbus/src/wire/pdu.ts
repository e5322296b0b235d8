/**
 * The protocol data units of Modbus (Application Protocol V1.1b3): requests to bytes, bytes to replies. Pure; knows
 * neither units nor transactions. A reply that does not answer its request in every detail is a `mismatch`.
 */
import { LAST_ADDRESS, type Table } from "../address.ts";
import { ModbusError } from "../errors.ts";
import type { ExpectedReply } from "./request.ts";

/** Function codes that read: coils, discrete inputs, holding registers, input registers. */
type ReadFunction = 1 | 2 | 3 | 4;

/** Asks for `count` bits or registers. */
interface ReadRequest {
  readonly functionCode: ReadFunction;
  readonly start: number;
  readonly count: number;
}

/** Writes registers (FC23), then reads `count` from `start`, both in one transaction. `bytes`: as of FC16. */
interface WriteAndReadRequest {
  readonly functionCode: 23;
  readonly start: number;
  readonly count: number;
  readonly writeStart: number;
  readonly bytes: Uint8Array;
}

/** One question to a device. `start` is zero-based. */
export type ModbusRequest =
  | ReadRequest
  | WriteAndReadRequest
  | { readonly functionCode: 5; readonly start: number; readonly value: boolean }
  | { readonly functionCode: 6; readonly start: number; readonly word: number }
  | { readonly functionCode: 15; readonly start: number; readonly values: readonly boolean[] }
  /** `bytes`: two for each register, high byte first. */
  | { readonly functionCode: 16; readonly start: number; readonly bytes: Uint8Array }
  /** Mask write: the register becomes `(old AND andMask) OR (orMask AND NOT andMask)`. */
  | {
      readonly functionCode: 22;
      readonly start: number;
      readonly andMask: number;
      readonly orMask: number;
    };

/** What a device said to a request. */
export type ModbusReply =
  /** `bytes`: registers high byte first, or bits, the first in the lowest bit of the first byte. */
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "written" }
  /** The device answered no; 1 illegal function, 2 illegal address, 3 illegal value, 4 failure, … */
  | { readonly kind: "exception"; readonly code: number };

/** What became of the bytes of a reply. */
export type DecodedReply = ModbusReply | { readonly kind: "mismatch"; readonly because: string };

/** The most that one request may carry. */
export const LIMITS = {
  readBits: 2000,
  readRegisters: 125,
  writeBits: 1968,
  writeRegisters: 123,
  /** Written by FC23, whose request is longer. */
  writeAndReadRegisters: 121,
};

const READ_FUNCTIONS: Readonly<Record<Table, ReadFunction>> = { co: 1, di: 2, hr: 3, ir: 4 };
const COIL_ON = 0xff00;

/** The request that reads `count` registers or bits of `table` from `start`. */
export function readRequest(table: Table, start: number, count: number): ModbusRequest {
  return { functionCode: READ_FUNCTIONS[table], start, count };
}

/** The request that writes registers: FC6 for one, FC16 for more, so that no value is ever half written. */
export function writeRegistersRequest(start: number, bytes: Uint8Array): ModbusRequest {
  if (bytes.length !== 2) return { functionCode: 16, start, bytes };
  return { functionCode: 6, start, word: wordAt(bytes, 0) };
}

/** What `written` writes, and reads the same registers: FC23. `undefined`: it cannot be said so. */
export function writeAndReadRequest(written: ModbusRequest): ModbusRequest | undefined {
  const { functionCode, start } = written;
  if (functionCode !== 6 && functionCode !== 16) return undefined;
  const bytes =
    functionCode === 16 ? written.bytes : Uint8Array.of(written.word >> 8, written.word & 0xff);
  const count = bytes.length / 2;
  if (count > LIMITS.writeAndReadRegisters) return undefined;
  return { functionCode: 23, start, count, writeStart: start, bytes };
}

/** Whether an answer of this function has data, behind the number of its bytes. */
export function hasData(functionCode: number): boolean {
  return (functionCode >= 1 && functionCode <= 4) || functionCode === 23;
}

/**
 * The request as bytes, function code first.
 * @throws {ModbusError} BAD_REQUEST when it reaches beyond a table or asks for more than one request may.
 */
export function encodeRequest(request: ModbusRequest): Uint8Array {
  checkRange(request);
  const { functionCode, start } = request;
  switch (functionCode) {
    case 1:
    case 2:
    case 3:
    case 4:
      return header(functionCode, start, request.count);
    case 5:
      return header(functionCode, start, request.value ? COIL_ON : 0);
    case 6:
      return header(functionCode, start, request.word);
    case 15:
      return counted(header(functionCode, start, request.values.length), packBits(request.values));
    case 16:
      return counted(header(functionCode, start, request.bytes.length / 2), request.bytes);
    case 23: {
      const { count, writeStart, bytes } = request;
      const written = header(functionCode, writeStart, bytes.length / 2).subarray(1);
      const head = Uint8Array.of(...header(functionCode, start, count), ...written);
      return counted(head, bytes);
    }
    case 22: {
      const { andMask, orMask } = request;
      return Uint8Array.of(
        ...header(functionCode, start, andMask),
        (orMask >> 8) & 0xff,
        orMask & 0xff,
      );
    }
  }
}

/** What `pdu` says to `request`. */
export function decodeReply(request: ModbusRequest, pdu: Uint8Array): DecodedReply {
  const { functionCode } = request;
  const code = pdu[1];
  if (pdu[0] === (functionCode | 0x80)) {
    if (pdu.length !== 2 || code === undefined || code === 0)
      return mismatch("malformed exception");
    return { kind: "exception", code };
  }
  if (pdu[0] !== functionCode) return mismatch(`function ${pdu[0]} for ${functionCode}`);
  return "count" in request ? decodeData(request, pdu) : decodeEcho(request, pdu);
}

/** By the number of bytes: there are few, and hundreds of devices find them in the cache. */
const dataReplies: ExpectedReply[] = [];

function dataReply(bytes: number): ExpectedReply {
  return (dataReplies[bytes] ??= { kind: "data", bytes });
}

/** What a device that does as asked answers to `pdu`: data of a known length, or the beginning of a write. */
export function expectedReply(pdu: Uint8Array): ExpectedReply {
  const count = wordAt(pdu, 3);
  switch (pdu[0] ?? 0) {
    case 1:
    case 2:
      return dataReply(Math.ceil(count / 8));
    case 3:
    case 4:
    case 23:
      return dataReply(2 * count);
    default:
      return { kind: "echo", bytes: pdu.subarray(0, pdu[0] === 22 ? 7 : 5) };
  }
}

/** What a reply is worth. `mismatch`: it answers something else. */
type Verdict = "data" | "written" | "exception" | "mismatch";

/** Judges the PDU from `start` to `end` of `bytes` where it lies: function, byte count or echo, and length must fit. */
export function judgeReply(
  asked: { readonly pdu: Uint8Array; readonly reply: ExpectedReply },
  bytes: Uint8Array,
  start: number,
  end: number,
): Verdict {
  const functionCode = asked.pdu[0] ?? 0;
  if (bytes[start] === (functionCode | 0x80))
    return end - start === 2 && bytes[start + 1] !== 0 ? "exception" : "mismatch";
  if (bytes[start] !== functionCode) return "mismatch";
  const { reply } = asked;
  if (reply.kind === "data") {
    const fits = bytes[start + 1] === reply.bytes && end - start === reply.bytes + 2;
    return fits ? "data" : "mismatch";
  }
  return reply.kind === "echo" && isEcho(reply.bytes, bytes, start, end) ? "written" : "mismatch";
}

function isEcho(echo: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== echo.length) return false;
  for (let at = 0; at < echo.length; at += 1) if (bytes[start + at] !== echo[at]) return false;
  return true;
}

function decodeData(request: ReadRequest | WriteAndReadRequest, pdu: Uint8Array): DecodedReply {
  const isBits = request.functionCode <= 2;
  const expected = isBits ? Math.ceil(request.count / 8) : 2 * request.count;
  if (pdu[1] !== expected) return mismatch(`byte count ${pdu[1]} for ${expected}`);
  if (pdu.length !== expected + 2)
    return mismatch(`${pdu.length - 2} bytes of data for ${expected}`);
  return { kind: "data", bytes: pdu.subarray(2) };
}

/** A differing echo is the answer to somebody else. */
function decodeEcho(request: ModbusRequest, pdu: Uint8Array): DecodedReply {
  const asked = encodeRequest(request);
  const verdict = judgeReply({ pdu: asked, reply: expectedReply(asked) }, pdu, 0, pdu.length);
  const same = verdict === "written";
  return same ? { kind: "written" } : mismatch("the echo differs from the write");
}

function mismatch(because: string): DecodedReply {
  return { kind: "mismatch", because };
}

function header(functionCode: number, start: number, word: number): Uint8Array {
  return Uint8Array.of(functionCode, start >> 8, start & 0xff, word >> 8, word & 0xff);
}

function counted(head: Uint8Array, data: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(head.length + 1 + data.length);
  pdu.set(head);
  pdu[head.length] = data.length;
  pdu.set(data, head.length + 1);
  return pdu;
}

function packBits(values: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries()) {
    if (value) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
}

/** The register that begins at byte `at`. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function checkRange(request: ModbusRequest): void {
  const { functionCode, start } = request;
  checkExtent(functionCode, start, extent(request));
  if (functionCode !== 23) return;
  const count = request.bytes.length / 2;
  checkExtent(functionCode, request.writeStart, { count, most: LIMITS.writeAndReadRegisters });
}

function checkExtent(
  functionCode: number,
  start: number,
  { count, most }: ReturnType<typeof extent>,
): void {
  const fits = Number.isInteger(count) && count >= 1 && count <= most;
  const inside = Number.isInteger(start) && start >= 0;
  if (fits && inside && start + count - 1 <= LAST_ADDRESS) return;
  throw new ModbusError(
    "BAD_REQUEST",
    `function ${functionCode}: ${count} from address ${start}; at most ${most}, up to ${LAST_ADDRESS}`,
  );
}

function extent(request: ModbusRequest): { readonly count: number; readonly most: number } {
  switch (request.functionCode) {
    case 1:
    case 2:
      return { count: request.count, most: LIMITS.readBits };
    case 3:
    case 4:
    case 23:
      return { count: request.count, most: LIMITS.readRegisters };
    case 5:
    case 6:
    case 22:
      return { count: 1, most: 1 };
    case 15:
      return { count: request.values.length, most: LIMITS.writeBits };
    case 16:
      return { count: request.bytes.length / 2, most: LIMITS.writeRegisters };
  }
}
