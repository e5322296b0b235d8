/**
 * What is on its way to one client: bytes are gathered here and leave once per turn of the event loop, as one piece; the
 * little that a client says for a few others leaves at once. While the socket is still busy with the last piece, the
 * next one grows here.
 */
import type { Duplex } from "node:stream";
import { isPlainSocket, type WriteBytes, writerOf } from "./bare-socket.ts";
import type { BufferPool } from "./wire/buffer-pool.ts";

/** Of a read with more bytes, more will follow: it is worth waiting for. */
const LITTLE_BYTES = 4096;
/** For more receivers nothing is written before everything is read. */
const FEW = 8;
/** To whom something was written at once less than so long ago, the rest of a turn goes together. */
const AGAIN_AT_ONCE_MS = 1;

/** Tells all outboxes that have something to send, once per turn or at once. */
export class OutboxTurn {
  readonly pool: BufferPool;
  /** All bytes that were given to sockets. */
  bytesSent = 0;
  /** Packets that are not PUBLISH. */
  otherPacketsSent = 0;
  #waiting: Outbox[] = [];
  /**
   * Those to which the read that is being given out has brought something, the first so many; nothing of theirs is scheduled
   * yet. The list is never cut: V8 would give it new memory with the next message.
   */
  readonly #fresh: (Outbox | undefined)[] = [];
  #freshCount = 0;
  #isReading = false;
  #scheduled = false;

  constructor(pool: BufferPool) {
    this.pool = pool;
  }

  add(outbox: Outbox): void {
    if (!this.#isReading) return this.#later(outbox);
    this.#fresh[this.#freshCount] = outbox;
    this.#freshCount += 1;
  }

  /** What one read of a socket has brought is about to be given out. */
  readBegins(): void {
    this.#isReading = true;
  }

  /** It has been given out. Where each message is a read of its own, those at the end of a turn need not wait long. */
  readEnds(bytes: number, now: number): void {
    this.#isReading = false;
    const count = this.#freshCount;
    const isLittle = bytes <= LITTLE_BYTES && count <= FEW;
    for (let at = 0; at < count; at += 1) {
      const outbox = this.#fresh[at];
      this.#fresh[at] = undefined;
      if (outbox === undefined) continue;
      if (!isLittle || !outbox.flushAtOnce(now)) this.#later(outbox);
    }
    this.#freshCount = 0;
  }

  #later(outbox: Outbox): void {
    this.#waiting.push(outbox);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outbox of waiting) outbox.flush();
  }
}

const NOTHING = Buffer.alloc(0);

export class Outbox {
  /** Where the next bytes go: `reserve` first, then write at `length` and move it on. */
  buffer: Buffer = NOTHING;
  length = 0;
  /** All that was given to the socket. */
  bytesSent = 0;
  readonly #stream: Duplex;
  readonly #write: WriteBytes;
  readonly #turn: OutboxTurn;
  /** What the socket is busy with. */
  #sending: Buffer = NOTHING;
  #inSocket = 0;
  readonly #onWritten = (error?: Error | null): void => this.#written(error);
  #isQueued = false;
  #isClosed = false;
  /** When something was written at once the last time; never to what answers in the same call, as in-process clients do. */
  #atOnceAt: number;
  /** Called when the socket does not take at once what was given to it. */
  onBusy: () => void = () => {};
  /** Called when the socket has taken everything that was given to it. */
  onDrained: () => void = () => {};

  constructor(stream: Duplex, turn: OutboxTurn) {
    this.#stream = stream;
    this.#write = writerOf(stream);
    this.#turn = turn;
    this.#atOnceAt = isPlainSocket(stream) ? -Infinity : Infinity;
  }

  /** Bytes that the socket has not taken yet. */
  get waiting(): number {
    return this.length + this.#inSocket;
  }

  /** Whether the socket is still busy with an earlier piece. */
  get isBusy(): boolean {
    return this.#inSocket > 0;
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    if (this.length + bytes > this.buffer.length) this.#grow(bytes);
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#turn.add(this);
  }

  append(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    source.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Any packet but a PUBLISH. */
  appendPacket(bytes: Buffer): void {
    this.countPacket();
    this.append(bytes, 0, bytes.length);
  }

  /** One that was written straight into the buffer. */
  countPacket(): void {
    this.#turn.otherPacketsSent += 1;
  }

  /** Writes now, unless it did a moment ago; answers whether. */
  flushAtOnce(now: number): boolean {
    if (now - this.#atOnceAt < AGAIN_AT_ONCE_MS) return false;
    this.#atOnceAt = now;
    this.flush();
    return true;
  }

  flush(): void {
    this.#isQueued = false;
    if (this.#inSocket > 0 || this.length === 0 || this.#isClosed) return;
    const { buffer, length } = this;
    this.buffer = NOTHING;
    this.length = 0;
    this.#inSocket = length;
    this.#turn.bytesSent += length;
    this.bytesSent += length;
    this.#sending = buffer;
    this.#write(this.#turn.pool.start(buffer, length), this.#onWritten);
    if (this.#inSocket > 0) this.onBusy();
  }

  /** Sends what is left and takes nothing more. */
  close(): void {
    if (!this.#isClosed && this.length > 0)
      this.#stream.write(Buffer.from(this.buffer.subarray(0, this.length)));
    this.#isClosed = true;
    this.length = 0;
    this.buffer = NOTHING;
  }

  #written(error?: Error | null): void {
    this.#inSocket = 0;
    this.#turn.pool.give(this.#sending);
    this.#sending = NOTHING;
    if (error instanceof Error) this.#stream.destroy();
    if (this.#isClosed) return;
    this.onDrained();
    if (this.length > 0 && !this.#isQueued) this.flush();
  }

  #grow(bytes: number): void {
    const larger = this.#turn.pool.take(
      Math.max(this.length + bytes, Math.min(2 * this.length, 1 << 24)),
    );
    this.buffer.copy(larger, 0, 0, this.length);
    if (this.buffer !== NOTHING) this.#turn.pool.give(this.buffer);
    this.buffer = larger;
  }
}
