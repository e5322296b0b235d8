/**
 * The transactions of Modbus TCP. A reply counts only when its transaction id, unit, function, byte count or echo fit
 * what was asked; anything else is dropped and counted, because a missing value is a nuisance and a wrong one an
 * accident. A stream that is not Modbus is closed at once. No object, closure or timer is made per request but its
 * result; opening and reopening connections is left to `link.ts`.
 */
import { ModbusError } from "../errors.ts";
import { AdaptiveTimeout } from "./adaptive-timeout.ts";
import { Alarm } from "./alarm.ts";
import type { Carrier } from "./carrier.ts";
import type { Engine, EngineHost } from "./engine.ts";
import { DEFAULTS, MOST_IN_FLIGHT, type TcpLinkConfig } from "./link-config.ts";
import { MBAP_BYTES, MbapFramer, putMbapFrame, type FrameSink } from "./mbap-framer.ts";
import { judgeReply, wordAt } from "./pdu.ts";
import type { WireRequest } from "./request.ts";
import { TransactionIds } from "./transaction-ids.ts";
import { RequestWindow } from "./window.ts";

/** A place on the wire; used again and again. */
interface Slot {
  request: WireRequest | undefined;
  id: number;
  sentAt: number;
  dueAt: number;
  /** The window was in use to its end when this went out. */
  wasFull: boolean;
}

const LATE_WINDOW_MS = 10_000;
const LONGEST_FRAME = 260;
/** Where in a frame what is: the unit, the code of an exception, the data behind the number of its bytes. */
const UNIT_AT = MBAP_BYTES - 1;
const CODE_AT = MBAP_BYTES + 1;
const DATA_AT = MBAP_BYTES + 2;
/** Where links put the frames of one turn together, each within one call: one for all stays in the cache. */
const OUT = Buffer.alloc(MOST_IN_FLIGHT * LONGEST_FRAME);

/** Runs requests over MBAP. */
export class TcpTransactions implements Engine, FrameSink {
  inFlight = 0;
  readonly #host: EngineHost;
  readonly #config: TcpLinkConfig;
  readonly #wildcard: readonly number[];
  readonly #framer = new MbapFramer();
  readonly #ids: TransactionIds;
  readonly #window: RequestWindow;
  readonly #adaptive: AdaptiveTimeout | undefined;
  readonly #alarm: Alarm;
  readonly #slots: readonly Slot[];
  /** Requests on the wire for each unit; kept only for gateways. */
  readonly #busy = new Uint8Array(256);
  #carrier: Carrier | undefined;
  #readyAt = 0;
  /** When what is looked at was here, by both clocks. */
  #nowMs = 0;
  #at = 0;

  constructor(host: EngineHost, config: TcpLinkConfig, ids = new TransactionIds()) {
    this.#host = host;
    this.#config = config;
    this.#ids = ids;
    this.#wildcard = config.unitWildcard ?? DEFAULTS.unitWildcard;
    this.#window = new RequestWindow(config.maxInFlight);
    this.#slots = Array.from({ length: this.#window.most }, newSlot);
    this.#adaptive = config.adaptiveTimeout === true ? new AdaptiveTimeout() : undefined;
    this.#alarm = new Alarm(host.clock, (nowMs) => this.#rung(nowMs));
  }

  attach(carrier: Carrier, readyAt: number): void {
    this.#carrier = carrier;
    this.#readyAt = readyAt;
    this.#framer.reset();
  }

  detach(cause: ModbusError): void {
    this.#carrier = undefined;
    this.#alarm.clear();
    if (cause.code === "LINK_LOST") this.#window.isOdd(this.#host.clock.elapsedMs());
    for (const slot of this.#slots) {
      const request = this.#free(slot);
      request?.done({ kind: "linkDown", cause, wasSent: true });
    }
  }

  pump(): void {
    if (this.#carrier === undefined || this.#host.queue.length === 0) return;
    const nowMs = this.#host.clock.elapsedMs();
    const pauseMs = this.#config.pauseBetweenRequestsMs ?? 0;
    let length = 0;
    while (this.inFlight < this.#window.size) {
      if (nowMs < this.#readyAt) {
        this.#alarm.by(this.#readyAt);
        break;
      }
      const request = this.#host.queue.take(this.#mayGo);
      if (request === undefined) break;
      length = this.#put(request, nowMs, length);
      if (pauseMs > 0) this.#readyAt = nowMs + pauseMs;
    }
    this.#flush(length);
  }

  received(bytes: Uint8Array, length: number): void {
    if (this.#carrier === undefined) return;
    this.#host.counters.bytesReceived += length;
    this.#nowMs = this.#host.clock.elapsedMs();
    this.#at = this.#host.now();
    const violation = this.#framer.push(bytes, length, this);
    if (violation === undefined) {
      this.pump();
      return;
    }
    this.#host.counters.violations += 1;
    const message = `the peer at ${this.#host.name} does not speak Modbus/TCP (${violation})`;
    this.#host.broken(new ModbusError("NOT_MODBUS", message));
  }

  /** One frame of the peer, where it lies. */
  frame(bytes: Uint8Array, start: number, end: number): void {
    const id = wordAt(bytes, start);
    const slot = this.#slotOf(id);
    const request = slot?.request;
    if (slot === undefined || request === undefined) {
      this.#dropStray(id, bytes.subarray(start, end));
      return;
    }
    const verdict = this.#judge(request, bytes, start, end);
    if (verdict === "mismatch" || verdict === "wrongUnit") {
      this.#dropMisfit(verdict, bytes.subarray(start, end), request);
      return;
    }
    const at = this.#at;
    const { trace } = this.#host;
    if (trace.isOn) trace.add("received", bytes.subarray(start, end), { at, tags: request.tags });
    const rttMs = this.#answered(slot, request);
    if (verdict === "data")
      request.done({ kind: "data", data: bytes.subarray(start + DATA_AT, end), at, rttMs });
    else if (verdict === "written") request.done({ kind: "written", at, rttMs });
    else request.done({ kind: "exception", code: bytes[start + CODE_AT] ?? 0, at, rttMs });
  }

  #judge(request: WireRequest, bytes: Uint8Array, start: number, end: number) {
    const isUnit = bytes[start + UNIT_AT] === request.unit;
    if (!isUnit && !this.#wildcard.includes(request.unit)) return "wrongUnit";
    const verdict = judgeReply(request, bytes, start + MBAP_BYTES, end);
    if (verdict === "exception") this.#host.counters.exceptions += 1;
    return verdict;
  }

  /** An answer that fits: the slot is free again. Answers how long it took, in milliseconds. */
  #answered(slot: Slot, request: WireRequest): number {
    const rttMs = this.#nowMs - slot.sentAt;
    this.#host.counters.replies += 1;
    this.#window.answered(rttMs, slot.wasFull, this.#nowMs);
    this.#adaptive?.answered(request.unit, rttMs);
    this.#free(slot);
    this.#paused();
    this.#host.answered();
    return rttMs;
  }

  /** The pause of poor devices counts from the answer. */
  #paused(): void {
    const pauseMs = this.#config.pauseBetweenRequestsMs ?? 0;
    if (pauseMs > 0) this.#readyAt = Math.max(this.#readyAt, this.#nowMs + pauseMs);
  }

  #dropStray(id: number, frame: Uint8Array): void {
    const isLate = this.#ids.isLate(id);
    this.#host.counters[isLate ? "late" : "foreign"] += 1;
    if (isLate) this.#trace(frame, "late");
    else this.#drop("foreign transaction id", frame);
  }

  #dropMisfit(verdict: "mismatch" | "wrongUnit", frame: Uint8Array, request: WireRequest): void {
    const isMismatch = verdict === "mismatch";
    this.#host.counters[isMismatch ? "mismatched" : "wrongUnit"] += 1;
    this.#drop(isMismatch ? "does not fit its request" : "wrong unit", frame, request);
  }

  #drop(why: string, frame: Uint8Array, request?: WireRequest): void {
    this.#window.isOdd(this.#nowMs);
    this.#trace(frame, why, request);
  }

  #trace(frame: Uint8Array, dropped: string, request?: WireRequest): void {
    const { trace } = this.#host;
    if (trace.isOn) trace.add("received", frame, { at: this.#at, tags: request?.tags, dropped });
  }

  /** Puts it behind the first `start` bytes of what goes out; answers where it ends. */
  #put(request: WireRequest, nowMs: number, start: number): number {
    const slot = this.#slots.find(isFree);
    if (slot === undefined) return start;
    const { unit } = request;
    const isAdaptive = this.#adaptive !== undefined && request.priority !== "write";
    const timeoutMs = isAdaptive
      ? this.#adaptive.timeoutOf(unit, request.timeoutMs)
      : request.timeoutMs;
    slot.request = request;
    slot.id = this.#ids.next(nowMs, this.#isOnWire);
    slot.sentAt = nowMs;
    slot.dueAt = nowMs + timeoutMs;
    this.inFlight += 1;
    slot.wasFull = this.inFlight === this.#window.size;
    if (this.#config.gateway === true) this.#busy[unit] = 1;
    this.#alarm.by(slot.dueAt);
    const end = putMbapFrame(OUT, start, { id: slot.id, unit }, request.pdu);
    const { counters, trace } = this.#host;
    counters.requests += 1;
    if (!trace.isOn) return end;
    const frame = OUT.subarray(start, end);
    trace.add("sent", frame, { at: this.#host.now(), tags: request.tags });
    return end;
  }

  /** All requests of one turn leave as one write. */
  #flush(length: number): void {
    if (length === 0) return;
    this.#host.counters.bytesSent += length;
    // The socket may keep what it is given.
    const bytes = Buffer.allocUnsafe(length);
    OUT.copy(bytes, 0, 0, length);
    this.#carrier?.write(bytes);
  }

  #free(slot: Slot): WireRequest | undefined {
    const { request } = slot;
    if (request === undefined) return undefined;
    slot.request = undefined;
    slot.id = -1;
    this.inFlight -= 1;
    this.#busy[request.unit] = 0;
    if (this.inFlight === 0 && this.#host.queue.length === 0) this.#alarm.rest();
    return request;
  }

  #rung(nowMs: number): void {
    const wasAlone = this.inFlight <= 1;
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots) {
      if (slot.request === undefined) continue;
      if (slot.dueAt > nowMs) next = Math.min(next, slot.dueAt);
      else this.#timedOut(slot, nowMs, wasAlone);
    }
    this.#alarm.by(next);
    this.pump();
  }

  #timedOut(slot: Slot, nowMs: number, wasAlone: boolean): void {
    const { id } = slot;
    const request = this.#free(slot);
    if (request === undefined) return;
    const usualMs = Math.max(LATE_WINDOW_MS, 5 * request.timeoutMs);
    this.#ids.timedOut(id, nowMs + (this.#config.lateWindowMs ?? usualMs));
    this.#adaptive?.timedOut(request.unit);
    // Some devices drop a second request without a word.
    if (!wasAlone) this.#window.isOdd(nowMs);
    this.#host.counters.timeouts += 1;
    request.done({ kind: "timeout" });
    this.#host.timedOut();
  }

  #slotOf(id: number): Slot | undefined {
    for (const slot of this.#slots) if (slot.id === id) return slot;
    return undefined;
  }

  readonly #isOnWire = (id: number): boolean => this.inFlight > 0 && this.#slotOf(id) !== undefined;

  readonly #mayGo = (request: WireRequest): boolean => this.#busy[request.unit] === 0;
}

/** Times are fractions from the beginning, so that all slots are alike. */
function newSlot(): Slot {
  return { request: undefined, id: -1, sentAt: Number.NaN, dueAt: Number.NaN, wasFull: false };
}

function isFree(slot: Slot): boolean {
  return slot.request === undefined;
}
