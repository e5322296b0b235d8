/**
 * The PLC of this bench, a Modbus TCP server in a process of its own: many connections, any unit, registers of
 * `registers.ts`. It answers at once, remembers when it was asked for register 0 of each unit of each connection, and on
 * demand has units that say nothing and an address that it refuses.
 */
import { createServer, type Socket } from "node:net";
import { percentile } from "./figures.ts";
import { clockMicroseconds, FIRST_WRITABLE, wordOf } from "./registers.ts";
import { answerLines } from "./told.ts";

const LONGEST_FRAME = 260;
const MBAP_BYTES = 7;
const READ = 3;
const WRITE_ONE = 6;
const WRITE_MORE = 16;

/** When a device was asked, in milliseconds of this process. */
type Slots = number[];

const sockets = new Set<Socket>();
const written = new Map<number, number>();
const silentUnits = new Set<number>();
let badAddress = -1;
let requests = 0;
/** By connection and unit. */
let asked = new Map<string, Slots>();
let lastConnection = 0;

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => undefined);
  lastConnection += 1;
  const peer = new Peer(lastConnection);
  socket.on("data", (bytes: Buffer) => {
    const said = peer.hear(bytes);
    if (said.length > 0) socket.write(said);
  });
});

/** One connection. */
class Peer {
  readonly #number: number;
  readonly #readings = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);

  constructor(number: number) {
    this.#number = number;
  }

  /** The answers to all requests that are complete. */
  hear(bytes: Buffer): Buffer {
    const got = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const out = Buffer.allocUnsafe(LONGEST_FRAME * (1 + (got.length >> 3)));
    let at = 0;
    let end = 0;
    while (at + MBAP_BYTES <= got.length && at + sizeOf(got, at) <= got.length) {
      const size = sizeOf(got, at);
      end += this.#answer(got.subarray(at, at + size), out.subarray(end));
      at += size;
    }
    this.#rest = got.subarray(at);
    return out.subarray(0, end);
  }

  /** Answers how many bytes of `out` it filled. */
  #answer(request: Buffer, out: Buffer): number {
    const unit = request.readUInt8(6);
    const start = request.readUInt16BE(8);
    const count = request.readUInt16BE(10);
    const code = request.readUInt8(7);
    requests += 1;
    if (silentUnits.has(unit)) return 0;
    if (code === READ && start === 0) this.#note(unit);
    request.copy(out, 0, 0, 8);
    if (code !== READ) return echo(request, out);
    if (badAddress >= start && badAddress < start + count) return refuse(out);
    const end = this.#fill(out, start, count, unit);
    out.writeUInt16BE(end - 6, 4);
    return end;
  }

  #fill(out: Buffer, start: number, count: number, unit: number): number {
    const key = unit * 65_536 + start;
    const reading = (this.#readings.get(key) ?? 0) + 1;
    this.#readings.set(key, reading);
    const clock = clockMicroseconds();
    let at = out.writeUInt8(2 * count, 8);
    for (let address = start; address < start + count; address += 1) {
      const isKept = address >= FIRST_WRITABLE;
      const word = isKept ? (written.get(address) ?? 0) : wordOf(address, reading, clock);
      at = out.writeUInt16BE(word, at);
    }
    return at;
  }

  #note(unit: number): void {
    const key = `${this.#number}/${unit}`;
    const slots = asked.get(key);
    if (slots === undefined) asked.set(key, [performance.now()]);
    else slots.push(performance.now());
  }
}

server.listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const address = server.address();
if (typeof address !== "object" || address === null) throw new TypeError("no port is free");

await answerLines({ port: address.port }, ([word = "", value]) => {
  if (word === "end") return report(Number(value));
  if (word === "begin") {
    asked = new Map();
    requests = 0;
  } else if (word === "silent") silentUnits.add(Number(value));
  else if (word === "refuse") badAddress = Number(value);
  else throw new TypeError(`the PLC was told ${word}`);
  return {};
});
server.close();
for (const socket of sockets) socket.destroy();

function sizeOf(bytes: Buffer, at: number): number {
  return 6 + bytes.readUInt16BE(at + 4);
}

function refuse(out: Buffer): number {
  out.writeUInt16BE(3, 4);
  out.writeUInt8(READ | 0x80, 7);
  return out.writeUInt8(2, 8);
}

/** Keeps what is written, and says so. */
function echo(request: Buffer, out: Buffer): number {
  const code = request.readUInt8(7);
  if (code !== WRITE_ONE && code !== WRITE_MORE) throw new Error(`function ${code} was asked for`);
  const start = request.readUInt16BE(8);
  const count = code === WRITE_ONE ? 1 : request.readUInt16BE(10);
  const data = code === WRITE_ONE ? 10 : 13;
  for (let index = 0; index < count; index += 1) {
    written.set(start + index, request.readUInt16BE(data + 2 * index));
  }
  request.copy(out, 8, 8, 12);
  out.writeUInt16BE(6, 4);
  return 12;
}

/** How well the slots of an interval were kept since "begin", by all who were asked. */
function report(intervalMs: number): Readonly<Record<string, number>> {
  const lateness: number[] = [];
  let slots = 0;
  let kept = 0;
  for (const times of asked.values()) {
    const first = times[0] ?? 0;
    const numbers = times.map((time) => Math.round((time - first) / intervalMs));
    const offsets = times.map((time, index) => time - (numbers[index] ?? 0) * intervalMs);
    const punctual = Math.min(...offsets);
    lateness.push(...offsets.map((offset) => offset - punctual));
    slots += (numbers.at(-1) ?? 0) + 1;
    kept += new Set(numbers).size;
  }
  return {
    requests,
    devices: asked.size,
    slots,
    kept,
    p50Ms: percentile(lateness, 0.5),
    p99Ms: percentile(lateness, 0.99),
  };
}
