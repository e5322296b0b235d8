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
import { judgeReply } from "./pdu.ts";
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
  readonly #slots: readonly Slot[] = Array.from({ length: MOST_IN_FLIGHT }, () => ({
    request: undefined,
    id: -1,
    sentAt: 0,
    dueAt: 0,
    wasFull: false,
  }));
  /** Requests on the wire for each unit; kept only for gateways. */
  readonly #busy = new Uint8Array(256);
  readonly #out = new Uint8Array(MOST_IN_FLIGHT * LONGEST_FRAME);
  #outLength = 0;
  #carrier: Carrier | undefined;
  #readyAt = 0;
  #nowMs = 0;

  constructor(host: EngineHost, config: TcpLinkConfig, ids = new TransactionIds()) {
    this.#host = host;
    this.#config = config;
    this.#ids = ids;
    this.#wildcard = config.unitWildcard ?? DEFAULTS.unitWildcard;
    this.#window = new RequestWindow(config.maxInFlight);
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
    while (this.inFlight < this.#window.size) {
      if (nowMs < this.#readyAt) {
        this.#alarm.by(this.#readyAt);
        break;
      }
      const request = this.#host.queue.take(this.#mayGo);
      if (request === undefined) break;
      this.#put(request, nowMs);
      if (pauseMs > 0) this.#readyAt = nowMs + pauseMs;
    }
    this.#flush();
  }

  received(bytes: Uint8Array, length: number): void {
    if (this.#carrier === undefined) return;
    this.#host.counters.bytesReceived += length;
    this.#nowMs = this.#host.clock.elapsedMs();
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
    const id = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
    const slot = this.#slotOf(id);
    const request = slot?.request;
    if (slot === undefined || request === undefined) {
      this.#dropStray(id, bytes.subarray(start, end));
      return;
    }
    const unit = bytes[start + 6] ?? 0;
    if (unit !== request.unit && !this.#wildcard.includes(request.unit)) {
      this.#host.counters.wrongUnit += 1;
      this.#drop("wrong unit", bytes.subarray(start, end), request);
      return;
    }
    this.#judge(slot, request, bytes.subarray(start, end));
  }

  #judge(slot: Slot, request: WireRequest, frame: Uint8Array): void {
    const verdict = judgeReply(request, frame, MBAP_BYTES, frame.length);
    if (verdict === "mismatch") {
      this.#host.counters.mismatched += 1;
      this.#drop("does not fit its request", frame, request);
      return;
    }
    const { counters, trace } = this.#host;
    const at = this.#host.now();
    const rttMs = this.#nowMs - slot.sentAt;
    counters.replies += 1;
    this.#window.answered(rttMs, slot.wasFull, this.#nowMs);
    this.#adaptive?.answered(request.unit, rttMs);
    this.#free(slot);
    this.#paused();
    if (trace.isOn) trace.add("received", frame, { at, tags: request.tags });
    this.#host.answered();
    if (verdict === "data")
      request.done({ kind: "data", data: frame.subarray(MBAP_BYTES + 2), at, rttMs });
    else if (verdict === "written") request.done({ kind: "written", at, rttMs });
    else {
      counters.exceptions += 1;
      request.done({ kind: "exception", code: frame[MBAP_BYTES + 1] ?? 0, at, rttMs });
    }
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

  #drop(why: string, frame: Uint8Array, request?: WireRequest): void {
    this.#window.isOdd(this.#nowMs);
    this.#trace(frame, why, request);
  }

  #trace(frame: Uint8Array, dropped: string, request?: WireRequest): void {
    const { trace } = this.#host;
    if (trace.isOn)
      trace.add("received", frame, { at: this.#host.now(), tags: request?.tags, dropped });
  }

  #put(request: WireRequest, nowMs: number): void {
    const slot = this.#slots.find(isFree);
    if (slot === undefined) return;
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
    const start = this.#outLength;
    this.#outLength = putMbapFrame(this.#out, start, { id: slot.id, unit }, request.pdu);
    const { counters, trace } = this.#host;
    counters.requests += 1;
    if (!trace.isOn) return;
    const frame = this.#out.subarray(start, this.#outLength);
    trace.add("sent", frame, { at: this.#host.now(), tags: request.tags });
  }

  /** All requests of one turn leave as one write. */
  #flush(): void {
    const length = this.#outLength;
    if (length === 0) return;
    this.#outLength = 0;
    this.#host.counters.bytesSent += length;
    // The socket may keep what it is given; `from` takes a copy out of Node's pool.
    this.#carrier?.write(Buffer.from(this.#out.subarray(0, length)));
  }

  #free(slot: Slot): WireRequest | undefined {
    const { request } = slot;
    if (request === undefined) return undefined;
    slot.request = undefined;
    slot.id = -1;
    this.inFlight -= 1;
    this.#busy[request.unit] = 0;
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

function isFree(slot: Slot): boolean {
  return slot.request === undefined;
}
