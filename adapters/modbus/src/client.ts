/**
 * The transactions of one TCP connection: one request on the wire, the others wait. A reply counts only when its
 * transaction id, unit, function, byte count or echo fit what was asked; anything else is dropped and counted, because
 * a missing value is a nuisance and a wrong one an accident. A stream that is not Modbus is closed at once.
 * Opening and reopening connections is left to `link.ts`.
 */
import type { Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { ModbusError } from "./errors.ts";
import { encodeFrame, Framer, type Frame } from "./frame.ts";
import { decodeReply, encodeRequest, type ModbusReply, type ModbusRequest } from "./pdu.ts";

/** What a device answered, and when the answer was here (milliseconds since 1970 UTC). */
export type Answer = ModbusReply & { readonly at: number };

/** A write, and the read that proves it, goes before all polls that wait. */
export type Priority = "poll" | "write";

/** Replies that were thrown away. */
export interface DroppedReplies {
  /** Came after their time-out. */
  late: number;
  /** Carried a transaction id that nobody waits for. */
  foreign: number;
  /** Came from another unit. */
  wrongUnit: number;
  /** Did not fit the request: function, byte count, echo. */
  mismatched: number;
}

/** What a client needs beside its socket. */
export interface ClientOptions {
  /** `host:port`, for messages. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Counted up here; outlives the connection. */
  readonly dropped: DroppedReplies;
}

interface Transaction {
  readonly unit: number;
  readonly request: ModbusRequest;
  readonly pdu: Uint8Array;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: ModbusError) => void;
}

interface OnWire extends Transaction {
  readonly id: number;
  readonly cancelTimer: () => void;
}

/** Waiting writes beyond this are refused; polls are bounded by the number of groups. */
const MOST_WAITING_WRITES = 100;
/** A transaction id stays unused this long after its time-out, or five time-outs if that is longer. */
const LATE_WINDOW_MS = 10_000;

/** Asks the devices behind one connection. Owns the socket from the moment it is given. */
export class ModbusClient {
  /** Resolves with the reason when the connection has ended; nothing is asked or answered afterwards. */
  readonly closed: Promise<ModbusError>;
  readonly #socket: Socket;
  readonly #options: ClientOptions;
  readonly #framer = new Framer();
  readonly #waiting: Readonly<Record<Priority, Transaction[]>> = { write: [], poll: [] };
  /** Ids whose reply did not come in time, with the end of their late window. Oldest first. */
  readonly #late = new Map<number, number>();
  #onWire: OnWire | undefined;
  #lastId = 0;
  #ended: ModbusError | undefined;

  constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<ModbusError>();
    this.closed = promise;
    // Text would only come after setEncoding, which nobody calls.
    socket.on("data", (piece) => typeof piece === "string" || this.#receive(piece));
    socket.on("end", () => this.close(this.#lost("closed by the peer")));
    socket.on("error", (cause) => this.close(this.#lost(cause.message, cause)));
    socket.once("close", () => {
      this.close(this.#lost("closed"));
      resolve(this.#ended ?? this.#lost("closed"));
    });
  }

  /**
   * The answer of `unit`; exceptions are answers.
   * @throws {ModbusError} TIMEOUT when none came in time, LINK_LOST when the connection ended meanwhile; LINK_DOWN
   * and QUEUE_FULL when nothing was sent.
   */
  request(unit: number, request: ModbusRequest, priority: Priority = "poll"): Promise<Answer> {
    const pdu = encodeRequest(request);
    if (this.#ended !== undefined) return Promise.reject(notSent(this.#ended));
    if (this.#waiting.write.length >= MOST_WAITING_WRITES && priority === "write") {
      const message = `${this.#options.name}: ${MOST_WAITING_WRITES} writes wait already`;
      return Promise.reject(new ModbusError("QUEUE_FULL", message));
    }
    return new Promise((resolve, reject) => {
      this.#waiting[priority].push({ unit, request, pdu, resolve, reject });
      this.#sendNext();
    });
  }

  /** Ends the connection; every request that is not answered is rejected at once. */
  close(cause: ModbusError): void {
    if (this.#ended !== undefined) return;
    this.#ended = cause;
    this.#socket.destroy();
    const onWire = this.#takeFromWire();
    onWire?.reject(cause);
    for (const priority of ["write", "poll"] as const) {
      for (const transaction of this.#waiting[priority].splice(0))
        transaction.reject(notSent(cause));
    }
  }

  #sendNext(): void {
    if (this.#onWire !== undefined || this.#ended !== undefined) return;
    const next = this.#waiting.write.shift() ?? this.#waiting.poll.shift();
    if (next === undefined) return;
    const { clock, timeoutMs } = this.#options;
    const id = this.#nextId();
    const cancelTimer = clock.after(timeoutMs, () => this.#timedOut());
    this.#onWire = { ...next, id, cancelTimer };
    this.#socket.write(encodeFrame(id, next.unit, next.pdu));
  }

  #receive(piece: Uint8Array): void {
    if (this.#ended !== undefined) return;
    const { frames, violation } = this.#framer.push(piece);
    for (const frame of frames) this.#accept(frame);
    if (violation === undefined) return;
    const message = `the peer at ${this.#options.name} does not speak Modbus/TCP (${violation})`;
    this.close(new ModbusError("NOT_MODBUS", message));
  }

  #accept(frame: Frame): void {
    const { dropped, now } = this.#options;
    const onWire = this.#onWire;
    if (onWire === undefined || frame.transactionId !== onWire.id) {
      if (this.#late.has(frame.transactionId)) dropped.late += 1;
      else dropped.foreign += 1;
      return;
    }
    if (frame.unit !== onWire.unit) {
      dropped.wrongUnit += 1;
      return;
    }
    const reply = decodeReply(onWire.request, frame.pdu);
    if (reply.kind === "mismatch") {
      dropped.mismatched += 1;
      return;
    }
    this.#takeFromWire();
    onWire.resolve({ ...reply, at: now() });
    this.#sendNext();
  }

  #timedOut(): void {
    const onWire = this.#takeFromWire();
    if (onWire === undefined) return;
    const { name, timeoutMs, clock } = this.#options;
    const windowMs = Math.max(LATE_WINDOW_MS, 5 * timeoutMs);
    this.#late.set(onWire.id, clock.elapsedMs() + windowMs);
    onWire.reject(
      new ModbusError("TIMEOUT", `${name} unit ${onWire.unit}: no answer within ${timeoutMs} ms`),
    );
    this.#sendNext();
  }

  #takeFromWire(): OnWire | undefined {
    const onWire = this.#onWire;
    onWire?.cancelTimer();
    this.#onWire = undefined;
    return onWire;
  }

  /** 16 bits, without the ids of which a late reply may still come. */
  #nextId(): number {
    const now = this.#options.clock.elapsedMs();
    for (const [id, until] of this.#late) {
      if (until > now) break;
      this.#late.delete(id);
    }
    do this.#lastId = (this.#lastId + 1) & 0xffff;
    while (this.#late.has(this.#lastId));
    return this.#lastId;
  }

  #lost(why: string, cause?: Error): ModbusError {
    return new ModbusError("LINK_LOST", `connection to ${this.#options.name}: ${why}`, { cause });
  }
}

function notSent(cause: ModbusError): ModbusError {
  return new ModbusError("LINK_DOWN", cause.message, { cause });
}
