/**
 * The bytes of one client, between its socket and the MQTT engine.
 * Inward: frames are checked before anybody reads them, and nothing after CONNECT passes until it is decided.
 * Outward: what is written in one turn of the event loop leaves as one piece; what waits is measured.
 * It knows nothing of sessions or messages; it owns the socket and closes it.
 */
import { Duplex } from "node:stream";
import { FrameGate } from "./frame-gate.ts";
import type { Violation } from "./violation.ts";

/** How long a closed connection may take to hand over its last bytes. Stays below the 2 s that `stop` promises. */
const LINGER_MS = 1000;

/** What is handed to the socket at once: a client that takes this much within `stalledAfterMs` is slow, not stalled. */
const PIECE_BYTES = 256 * 1024;

/** Limits of one connection, and who is told when it breaks them. */
export interface ClientStreamOptions {
  readonly maxPacketBytes: number;
  /** A connection that has sent no CONNECT by then is closed. */
  readonly connectWithinMs: number;
  /** A client that takes nothing of what waits for it for so long is closed. */
  readonly stalledAfterMs: number;
  /** Told once, with the first 32 bytes of what was received last. Must end the stream. */
  onViolation(violation: Violation, head: Uint8Array): void;
  /** Told when one of the two times above has run out. Must end the stream. */
  onTimeout(because: string): void;
}

/** One client's connection as the engine sees it. Closing it closes the socket. */
export class ClientStream extends Duplex {
  readonly #raw: Duplex;
  readonly #options: ClientStreamOptions;
  readonly #gate: FrameGate;
  /** What came after CONNECT while it is being decided; `undefined` when bytes flow. */
  #held: Uint8Array[] | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #flush: NodeJS.Immediate | undefined;
  /** Set while the socket takes no more: continues the write that waits. */
  #draining = false;
  #continueWriting: (() => void) | undefined;
  #connectTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(raw: Duplex, options: ClientStreamOptions) {
    super();
    this.#raw = raw;
    this.#options = options;
    this.#gate = new FrameGate(options.maxPacketBytes);
    this.#connectTimer = setTimeout(() => {
      options.onTimeout("sent no CONNECT in time");
    }, options.connectWithinMs);
    raw.on("data", (chunk: Uint8Array) => this.#take(chunk));
    raw.on("end", () => this.push(null));
    raw.on("close", () => this.destroy());
    raw.on("error", (error) => this.destroy(error));
    raw.on("drain", () => this.#drained());
  }

  /** Bytes written for this client that its socket has not taken yet. */
  get outgoingBytes(): number {
    return this.writableLength + this.#gatheredBytes + this.#raw.writableLength;
  }

  /** The first bytes of what was received last, for a report. */
  get head(): Uint8Array {
    return this.#head;
  }

  /** CONNECT is decided: lets pass what came after it. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || this.destroyed) return;
    for (const chunk of held) this.#take(chunk);
    this.#raw.resume();
  }

  /**
   * All that is there, as one piece. Node 26 gives only the first chunk when no size is asked for; the engine, which
   * reads once per `readable`, would wait for ever for the rest of a CONNECT that came in several pieces.
   */
  override read(size?: number): Buffer | null {
    const all = this.readableLength > 0 ? this.readableLength : undefined;
    return super.read(size ?? all);
  }

  override _read(): void {
    if (this.#held === undefined) this.#raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#gather(chunk);
    this.#afterGathering(done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    for (const { chunk } of chunks) this.#gather(chunk);
    this.#afterGathering(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#connectTimer);
    clearTimeout(this.#stallTimer);
    clearImmediate(this.#flush);
    this.#held = undefined;
    this.#closeRaw();
    done(error);
  }

  #take(chunk: Uint8Array): void {
    if (this.destroyed) return;
    if (this.#held !== undefined) {
      this.#held.push(chunk);
      return;
    }
    this.#head = Uint8Array.prototype.slice.call(chunk, 0, 32);
    const answer = this.#gate.inspect(chunk);
    switch (answer.kind) {
      case "pass":
        this.#pass(chunk);
        return;
      case "connect":
        clearTimeout(this.#connectTimer);
        this.#raw.pause();
        this.#held = answer.at < chunk.length ? [chunk.subarray(answer.at)] : [];
        this.#pass(chunk.subarray(0, answer.at));
        return;
      case "bad":
        this.#options.onViolation(answer.violation, this.#head);
    }
  }

  #pass(chunk: Uint8Array): void {
    if (!this.push(chunk)) this.#raw.pause();
  }

  #gather(chunk: Uint8Array): void {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#draining) return;
    this.#flush ??= setImmediate(() => {
      this.#flush = undefined;
      this.#send();
    });
  }

  #afterGathering(done: () => void): void {
    if (this.#draining) this.#continueWriting = done;
    else done();
  }

  /** Hands the socket what was gathered, piece by piece, until it takes no more. */
  #send(): void {
    let bytes = joined(this.#gathered);
    while (bytes.length > 0 && !this.#draining && this.#raw.writable) {
      const piece = bytes.subarray(0, PIECE_BYTES);
      bytes = bytes.subarray(PIECE_BYTES);
      if (!this.#raw.write(piece)) this.#startDraining();
    }
    this.#gathered = bytes.length > 0 ? [bytes] : [];
    this.#gatheredBytes = bytes.length;
  }

  #startDraining(): void {
    this.#draining = true;
    this.#stallTimer = setTimeout(() => {
      this.#options.onTimeout("does not read what is sent to it");
    }, this.#options.stalledAfterMs);
  }

  #drained(): void {
    clearTimeout(this.#stallTimer);
    this.#draining = false;
    if (this.destroyed) return;
    this.#send();
    if (this.#draining) return;
    const continueWriting = this.#continueWriting;
    this.#continueWriting = undefined;
    continueWriting?.();
  }

  /** Gives the socket the last bytes, reads on so that they are not lost to a reset, and closes it for good. */
  #closeRaw(): void {
    const raw = this.#raw;
    if (raw.destroyed) return;
    if (raw.writable && !this.#draining && this.#gathered.length > 0) {
      raw.write(joined(this.#gathered));
    }
    const timer = setTimeout(() => raw.destroy(), LINGER_MS);
    raw.once("close", () => clearTimeout(timer));
    raw.end();
    raw.resume();
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}
