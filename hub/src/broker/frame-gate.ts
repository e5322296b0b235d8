/**
 * Looks at the bytes of one client before anything else does: is the next frame one that a client may send now?
 * It reads fixed headers only and steps over the rest, so it costs a few operations per frame, whatever its size.
 * What is inside the frames is left to the parser.
 */
import type { Violation } from "./violation.ts";

/** The largest CONNECT that is taken; before it nothing is known of the client, so it gets little memory. */
export const MAX_CONNECT_BYTES = 16 * 1024;

/** What the bytes are. Offsets count from the start of the inspected chunk. */
export type GateAnswer =
  | { readonly kind: "pass" }
  /** CONNECT is complete at `at`; what follows must wait until it is decided. */
  | { readonly kind: "connect"; readonly at: number }
  | { readonly kind: "bad"; readonly violation: Violation };

const CONNECT = 1;
const PUBLISH = 3;
const PASS: GateAnswer = { kind: "pass" };

/**
 * The flags that go with each packet type a client may send after CONNECT; `PUBLISH` has its own meaning of them.
 * [MQTT5-2.1.3-1] AUTH is missing: it follows only an authentication method, and those are refused in CONNECT.
 */
const FLAGS: ReadonlyMap<number, number> = new Map([
  [4, 0], // PUBACK
  [5, 0], // PUBREC
  [6, 2], // PUBREL
  [7, 0], // PUBCOMP
  [8, 2], // SUBSCRIBE
  [10, 2], // UNSUBSCRIBE
  [12, 0], // PINGREQ
  [14, 0], // DISCONNECT
]);

/** Follows the frames of one connection. Feed it every byte once, in order; after `bad` it is of no more use. */
export class FrameGate {
  readonly #maxPacketBytes: number;
  #connected = false;
  /** Bytes of the fixed header seen so far; 0 between frames. */
  #headerBytes = 0;
  #length = 0;
  #bodyLeft = 0;

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  inspect(chunk: Uint8Array): GateAnswer {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= step;
        at += step;
      } else {
        const violation = this.#header(chunk[at] ?? 0);
        if (violation !== undefined) return { kind: "bad", violation };
        at += 1;
      }
      if (!this.#connected && this.#frameIsComplete()) {
        this.#connected = true;
        return { kind: "connect", at };
      }
    }
    return PASS;
  }

  #frameIsComplete(): boolean {
    return this.#headerBytes === 0 && this.#bodyLeft === 0;
  }

  /** Takes one byte of a fixed header: first type and flags, then the digits of the length. */
  #header(byte: number): Violation | undefined {
    if (this.#headerBytes === 0) {
      this.#headerBytes = 1;
      this.#length = 0;
      return this.#connected ? typeProblem(byte) : firstByteProblem(byte);
    }
    this.#length += (byte & 0x7f) * 128 ** (this.#headerBytes - 1);
    this.#headerBytes += 1;
    if ((byte & 0x80) !== 0) {
      // [MQTT5-1.5.5-1]: at most four digits
      return this.#headerBytes < 5 ? undefined : malformed("its length has more than four bytes");
    }
    const total = this.#headerBytes + this.#length;
    this.#headerBytes = 0;
    this.#bodyLeft = this.#length;
    return this.#sizeProblem(total);
  }

  #sizeProblem(total: number): Violation | undefined {
    const limit = this.#connected ? this.#maxPacketBytes : MAX_CONNECT_BYTES;
    if (total <= limit) return undefined;
    const because = `a packet of ${total} bytes is larger than the ${limit} that are taken here`;
    return { reasonCode: 0x95, because }; // Packet too large [MQTT5-3.2.2-15]
  }
}

function firstByteProblem(byte: number): Violation | undefined {
  if (byte === CONNECT << 4) return undefined;
  return { reasonCode: 0x82, because: "the first packet is not CONNECT" }; // [MQTT5-3.1.0-1]
}

function typeProblem(byte: number): Violation | undefined {
  const type = byte >> 4;
  const flags = byte & 0x0f;
  if (type === PUBLISH) {
    return (flags & 0x06) === 0x06 ? malformed("PUBLISH with QoS 3") : undefined; // [MQTT5-3.3.1-4]
  }
  if (type === CONNECT) return { reasonCode: 0x82, because: "a second CONNECT" }; // [MQTT5-3.1.0-2]
  const expected = FLAGS.get(type);
  if (expected === undefined) {
    return { reasonCode: 0x82, because: `a client may not send packet type ${type}` };
  }
  return expected === flags ? undefined : malformed(`packet type ${type} with flags ${flags}`);
}

function malformed(because: string): Violation {
  return { reasonCode: 0x81, because };
}
