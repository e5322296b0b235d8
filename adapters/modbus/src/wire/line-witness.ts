/**
 * What really comes over a serial line on which the library `modbus-serial` speaks. The library takes any answer that has
 * the right unit, function and length, also a late one, a second copy, or one that it kept from before; so its answers
 * count only when the witness heard them: as whole frames, since the request went out, with the same bytes.
 */
import type { EventEmitter } from "node:events";
import { hasGoodCrc } from "./crc.ts";
import { hasData } from "./pdu.ts";

/** More than a frame and its copy; what is beyond is no answer to anything. */
const MOST_BYTES = 1024;
const EXCEPTION_BYTES = 5;
const UNIT_AND_CRC = 3;

/** Hears a line; who asks it forgets. */
export class LineWitness {
  readonly #port: object;
  #heard: Uint8Array = new Uint8Array();

  private constructor(port: object, line: EventEmitter) {
    this.#port = port;
    line.on("data", (bytes: Uint8Array) => this.#hear(bytes));
  }

  /** Of a client of the library that is open; `undefined` when the library hides its port. */
  static of(client: object): LineWitness | undefined {
    const port: unknown = Reflect.get(client, "_port");
    const line: unknown = Reflect.get(Object(port), "_client");
    const isHeard = isEmitter(line) && typeof port === "object" && port !== null;
    return isHeard && "_buffer" in port ? new LineWitness(port, line) : undefined;
  }

  /** What came since it was asked last. */
  take(): Uint8Array {
    const heard = this.#heard;
    this.#heard = new Uint8Array();
    return heard;
  }

  /** The library forgets what nobody waited for; it would begin the next answer with it. */
  clearLibrary(): void {
    Reflect.set(this.#port, "_buffer", Buffer.alloc(0));
  }

  #hear(bytes: Uint8Array): void {
    const room = MOST_BYTES - this.#heard.length;
    if (room > 0) this.#heard = Buffer.concat([this.#heard, bytes.subarray(0, room)]);
  }
}

/** The frames in `bytes`, checksums included; everything else is slid over, as our own engine does it. */
export function framesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + frameBytes(bytes, at);
    const isFrame = end <= bytes.length && hasGoodCrc(bytes, at, end);
    if (isFrame) frames.push(bytes.subarray(at, end));
    at = isFrame ? end : at + 1;
  }
  return frames;
}

/** The length of the answer that begins at `at`. */
function frameBytes(bytes: Uint8Array, at: number): number {
  const functionCode = bytes[at + 1] ?? 0;
  if (functionCode & 0x80) return EXCEPTION_BYTES;
  if (hasData(functionCode)) return 2 + UNIT_AND_CRC + (bytes[at + 2] ?? 0);
  return (functionCode === 22 ? 7 : 5) + UNIT_AND_CRC;
}

function isEmitter(line: unknown): line is EventEmitter {
  return typeof line === "object" && line !== null && "on" in line && typeof line.on === "function";
}
