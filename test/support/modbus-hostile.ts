/**
 * A Modbus server that lies as a script says, for MBAP and RTU framing. Every register has one true value (`trueWord`),
 * so that a wrong value is seen whatever the script did. A behaviour is a function of a request and its peer; the named
 * ones in `HOSTILE` are those of the hostile suite.
 */
import { EventEmitter, once } from "node:events";
import { createServer, type Socket } from "node:net";
import { putRtuFrame } from "../../adapters/modbus/src/wire/crc.ts";
import { putMbapFrame } from "../../adapters/modbus/src/wire/mbap-framer.ts";
import { wordsPdu } from "./modbus-live-values.ts";
import { portOf } from "./modbus-port.ts";

export type HostileFraming = "mbap" | "rtu";

/** One request as it arrived, taken apart. */
export interface HostileRequest {
  /** 1 for the first request of this server. */
  readonly number: number;
  /** 0 with RTU. */
  readonly id: number;
  readonly unit: number;
  readonly pdu: Uint8Array;
  /** The frame as it came. */
  readonly bytes: Uint8Array;
  readonly peer: HostilePeer;
  /** The truth about a register when this request came; `trueWord` if left out. */
  readonly word?: (table: "hr" | "ir", address: number) => number;
}

/** What a behaviour may do to the client. */
export interface HostilePeer {
  readonly framing: HostileFraming;
  send(...pieces: readonly Uint8Array[]): void;
  /** Each byte in a packet of its own. */
  sendBytewise(bytes: Uint8Array): void;
  /** Ends the connection politely. */
  fin(): void;
  /** Ends it with a reset. */
  rst(): void;
  whenClosed(then: () => void): void;
}

export type Behaviour = (request: HostileRequest) => void;

/** A server that listens on a free port of 127.0.0.1. */
export interface Hostile extends AsyncDisposable {
  readonly port: number;
  /** What it does; may be exchanged at any time. */
  behave: Behaviour;
  /** Called for each connection, before any request. */
  greet: (peer: HostilePeer) => void;
  readonly requests: readonly HostileRequest[];
  readonly connections: () => number;
  /** Pieces in which requests have come. */
  readonly pieces: () => number;
  /** Resolves when `count` requests have come. */
  seen(count: number): Promise<void>;
  /** Resolves when `count` connections have come. */
  connected(count: number): Promise<void>;
}

/** The truth about a register, for a request that is the `number`th of its server. */
export type Truth = (
  request: { readonly number: number; readonly unit: number },
  table: "hr" | "ir",
  address: number,
) => number;

/** Opens a server that answers honestly until told otherwise. */
export async function openHostile(
  framing: HostileFraming,
  behave: Behaviour = HOSTILE.honest,
  truth?: Truth,
): Promise<Hostile> {
  const sockets = new Set<Socket>();
  const arrivals = new EventEmitter();
  const requests: HostileRequest[] = [];
  let connections = 0;
  let pieces = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    const peer = socketPeer(framing, socket);
    hostile.greet(peer);
    const split = requestSplitter(framing, (part) => {
      const numbered = { ...part, number: requests.length + 1, peer };
      const word = truth && ((table: "hr" | "ir", at: number) => truth(numbered, table, at));
      const request = word === undefined ? numbered : { ...numbered, word };
      requests.push(request);
      hostile.behave(request);
      arrivals.emit("any");
    });
    socket.on("data", (piece: Buffer) => {
      pieces += 1;
      split(piece);
    });
    arrivals.emit("any");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await once(arrivals, "any");
  };
  const hostile: Hostile = {
    port: portOf(server),
    behave,
    greet: () => undefined,
    requests,
    connections: () => connections,
    pieces: () => pieces,
    seen: (count) => until(() => requests.length >= count),
    connected: (count) => until(() => connections >= count),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return hostile;
}

function socketPeer(framing: HostileFraming, socket: Socket): HostilePeer {
  return {
    framing,
    send: (...pieces) => void socket.write(Buffer.concat(pieces)),
    sendBytewise: (bytes) => {
      for (const byte of bytes) socket.write(Uint8Array.of(byte));
    },
    fin: () => void socket.end(),
    rst: () => void socket.resetAndDestroy(),
    whenClosed: (then) => void socket.on("close", then),
  };
}

type RequestParts = Omit<HostileRequest, "number" | "peer" | "word">;

/** Cuts what a client sends into requests; clients that are tested here send whole frames, maybe several at once. */
export function requestSplitter(
  framing: HostileFraming,
  found: (request: RequestParts) => void,
): (chunk: Uint8Array) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const size = framing === "mbap" ? mbapSize(rest) : rtuRequestSize(rest);
      if (size === 0 || rest.length < size) return;
      const bytes = Buffer.from(rest.subarray(0, size));
      rest = rest.subarray(size);
      found(
        framing === "mbap"
          ? { id: bytes.readUInt16BE(0), unit: bytes.readUInt8(6), pdu: bytes.subarray(7), bytes }
          : { id: 0, unit: bytes.readUInt8(0), pdu: bytes.subarray(1, -2), bytes },
      );
    }
  };
}

function mbapSize(bytes: Buffer): number {
  return bytes.length < 6 ? 0 : 6 + bytes.readUInt16BE(4);
}

function rtuRequestSize(bytes: Buffer): number {
  const functionCode = bytes[1] ?? 0;
  if (functionCode === 22) return 10;
  if (functionCode !== 15 && functionCode !== 16) return bytes.length < 8 ? 0 : 8;
  return bytes.length < 7 ? 0 : 9 + bytes.readUInt8(6);
}

/** The only true value of a register. */
export function trueWord(unit: number, address: number): number {
  return (unit * 7919 + address * 31 + 1) & 0xffff;
}

/** The data of an honest answer to a read of registers. */
export function trueData(unit: number, start: number, count: number): Uint8Array {
  const data = new Uint8Array(2 * count);
  for (let index = 0; index < count; index += 1) {
    const word = trueWord(unit, start + index);
    data[2 * index] = word >> 8;
    data[2 * index + 1] = word & 0xff;
  }
  return data;
}

/** The PDU of an honest answer; `shift` lies about the address by so many registers. */
export function honestPdu(
  { unit, pdu, word }: RequestParts & Pick<HostileRequest, "word">,
  shift = 0,
): Uint8Array {
  const functionCode = pdu[0] ?? 0;
  const start = ((pdu[1] ?? 0) << 8) | (pdu[2] ?? 0);
  const count = ((pdu[3] ?? 0) << 8) | (pdu[4] ?? 0);
  if (functionCode > 4) return pdu.subarray(0, functionCode === 22 ? 7 : 5);
  const isBits = functionCode <= 2;
  if (!isBits && word !== undefined)
    return wordsPdu(pdu, (table, address) => word(table, address + shift));
  const data = isBits
    ? new Uint8Array(Math.ceil(count / 8)).fill(0x55)
    : trueData(unit, start + shift, count);
  return Uint8Array.of(functionCode, data.length, ...data);
}

/** A frame from its parts, right or wrong. */
export function frameOf(
  framing: HostileFraming,
  { id, unit }: { readonly id: number; readonly unit: number },
  pdu: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(300);
  const end =
    framing === "mbap"
      ? putMbapFrame(frame, 0, { id, unit }, pdu)
      : putRtuFrame(frame, 0, unit, pdu);
  return frame.slice(0, end);
}

/** The honest answer as a frame; `lie` changes what stands in it. */
export function answer(
  request: HostileRequest,
  lie: { readonly id?: number; readonly unit?: number; readonly pdu?: Uint8Array } = {},
): Uint8Array {
  const { id = request.id, unit = request.unit, pdu = honestPdu(request) } = lie;
  return frameOf(request.peer.framing, { id, unit }, pdu);
}

/** The PDU of an exception to the request `pdu`. */
export function exceptionPdu(pdu: Uint8Array, code: number): Uint8Array {
  return Uint8Array.of((pdu[0] ?? 0) | 0x80, code);
}

/** An exception to the request. */
export function exception(request: HostileRequest, code: number): Uint8Array {
  return answer(request, { pdu: exceptionPdu(request.pdu, code) });
}

function withByteCount(request: HostileRequest, delta: number): Uint8Array {
  const pdu = Uint8Array.from(honestPdu(request));
  pdu[1] = (pdu[1] ?? 0) + delta;
  return answer(request, { pdu });
}

function withBadCrc(request: HostileRequest): Uint8Array {
  const bytes = answer(request);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
  return bytes;
}

const HTTP = Buffer.from("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
const NOISE = Uint8Array.of(0xff, 0x00, 0x83, 0x01, 0x7e);

/** Behaviours by name. Those that lie and then tell the truth prove that the lie was dropped, without waiting. */
export const HOSTILE = {
  honest: (request) => request.peer.send(answer(request)),
  silence: () => undefined,
  bytewise: (request) => request.peer.sendBytewise(answer(request)),
  duplicate: (request) => request.peer.send(answer(request), answer(request)),
  exception2: (request) => request.peer.send(exception(request, 2)),
  /** MBAP: an id that nobody uses, then the truth. */
  foreignId: (request) =>
    request.peer.send(
      answer(request, { id: request.id ^ 0x5555, pdu: honestPdu(request, 100) }),
      answer(request),
    ),
  wrongUnit: (request) =>
    request.peer.send(
      answer(request, { unit: request.unit + 1, pdu: honestPdu(request, 100) }),
      answer(request),
    ),
  wrongFunction: (request) => {
    const pdu = Uint8Array.from(honestPdu(request, 100));
    pdu[0] = (pdu[0] ?? 0) ^ 7;
    request.peer.send(answer(request, { pdu }), answer(request));
  },
  /** Says more bytes than it has. */
  lyingByteCount: (request) => request.peer.send(withByteCount(request, 2), answer(request)),
  /** One register too many, honestly counted. */
  oneMore: (request) => {
    const pdu = Uint8Array.from([...honestPdu(request, 100), 0, 0]);
    pdu[1] = (pdu[1] ?? 0) + 2;
    request.peer.send(answer(request, { pdu }), answer(request));
  },
  /** RTU: a good answer whose last byte was damaged, nothing else. */
  badCrc: (request) => request.peer.send(withBadCrc(request)),
  noiseBefore: (request) => request.peer.send(NOISE, answer(request)),
  noiseAfter: (request) => request.peer.send(answer(request), NOISE),
  /** The line gives back what was sent, then the answer comes. */
  echo: (request) => request.peer.send(request.bytes, answer(request)),
  length65535: (request) =>
    request.peer.send(Uint8Array.of(request.id >> 8, request.id & 255, 0, 0, 0xff, 0xff, 1, 3)),
  length0: (request) =>
    request.peer.send(Uint8Array.of(request.id >> 8, request.id & 255, 0, 0, 0, 0, 1, 3)),
  length300: (request) =>
    request.peer.send(Uint8Array.of(request.id >> 8, request.id & 255, 0, 0, 1, 44, 1, 3)),
  httpBanner: (request) => request.peer.send(HTTP),
  fin: (request) => request.peer.fin(),
  rst: (request) => request.peer.rst(),
  finMidFrame: (request) => {
    request.peer.send(answer(request).subarray(0, 8));
    request.peer.fin();
  },
} satisfies Record<string, Behaviour>;

/** Holds answers back until the test lets them go. */
export class HeldAnswers {
  readonly #held: HostileRequest[] = [];

  readonly hold: Behaviour = (request) => void this.#held.push(request);

  get count(): number {
    return this.#held.length;
  }

  /** Sends the answers held, in this order of indexes (all, in order, if left out), each made by `make`. */
  release(
    order: readonly number[] = this.#held.map((_, index) => index),
    make: (request: HostileRequest) => Uint8Array = answer,
  ): void {
    const held = this.#held.splice(0);
    for (const index of order) {
      const request = held[index];
      if (request !== undefined) request.peer.send(make(request));
    }
  }
}
