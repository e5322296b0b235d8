/**
 * A serial bus: RTU frames on a port or over TCP. Strictly one request at a time for all units, because the order is
 * the only thing that ties an answer to its request; what timed out is an orphan (`orphans.ts`), and nothing is asked
 * meanwhile whose answer could be the orphan's. An answer must have the right unit, function, length and checksum, the
 * echo of a write every byte of it.
 */
import type { ModbusError } from "../errors.ts";
import { Alarm } from "./alarm.ts";
import type { Carrier } from "./carrier.ts";
import { putRtuFrame } from "./crc.ts";
import { DuplicateGuard } from "./duplicate-guard.ts";
import { EchoStripper } from "./echo-stripper.ts";
import type { Engine, EngineHost } from "./engine.ts";
import { charactersMs, frameGapMs } from "./line-timing.ts";
import { DEFAULTS, type RtuOverTcpLinkConfig, type SerialLinkConfig } from "./link-config.ts";
import { Orphans, type Shape } from "./orphans.ts";
import { judgeReply } from "./pdu.ts";
import type { WireRequest, WireResult } from "./request.ts";
import { RtuFramer, type RtuSink } from "./rtu-framer.ts";

/** The one request on the bus. */
interface OnBus {
  readonly request: WireRequest;
  /** What was sent: the request itself or one of its alternatives. */
  readonly shape: Shape;
  /** Bytes before the data that were asked for. */
  readonly offset: number;
  readonly sentAt: number;
  readonly dueAt: number;
}

type BusConfig = SerialLinkConfig | RtuOverTcpLinkConfig;

const LATE_WINDOW_FACTOR = 10;
const LONGEST_FRAME = 256;
/** A serial server may cut a frame into pieces with pauses of this order between them. */
const QUIET_MS = { rtu: 20, rtuOverTcp: 50 };
/** A serial server may hand an answer on twice; a device on our own line does not, and there t3.5 passes anyway. */
const COPY_MS = { rtu: 0, rtuOverTcp: 10 };
const BABBLE_MS = 1000;
const FRAME_EXTRA = 3; // unit and checksum

/** Runs requests over RTU. */
export class RtuBus implements Engine, RtuSink {
  readonly #host: EngineHost;
  readonly #config: BusConfig;
  readonly #framer = new RtuFramer();
  readonly #orphans = new Orphans();
  readonly #duplicates: DuplicateGuard;
  readonly #echo: EchoStripper | undefined;
  readonly #alarm: Alarm;
  readonly #gapMs: number;
  readonly #quietMs: number;
  readonly #out = new Uint8Array(LONGEST_FRAME);
  #carrier: Carrier | undefined;
  #onBus: OnBus | undefined;
  /** No request before this. */
  #readyAt = 0;
  /** A line that never falls silent must not keep a request waiting beyond this. */
  #latestAt = 0;
  /** When the line will count as quiet; infinite while nothing waits for that. */
  #settleAt = Number.POSITIVE_INFINITY;
  #isDamaged = false;
  #nowMs = 0;

  constructor(host: EngineHost, config: BusConfig) {
    this.#host = host;
    this.#config = config;
    this.#echo = config.localEcho === true ? new EchoStripper() : undefined;
    this.#gapMs = Math.max(frameGapMs(config), config.pauseBetweenRequestsMs ?? 0);
    this.#duplicates = new DuplicateGuard(COPY_MS[config.framing]);
    this.#quietMs = Math.max(QUIET_MS[config.framing], 3 * frameGapMs(config));
    this.#alarm = new Alarm(host.clock, (nowMs) => this.#rung(nowMs));
  }

  get inFlight(): number {
    return this.#onBus === undefined ? 0 : 1;
  }

  attach(carrier: Carrier, readyAt: number): void {
    this.#carrier = carrier;
    this.#readyAt = readyAt;
    this.#latestAt = readyAt + BABBLE_MS;
    this.#framer.reset();
    this.#echo?.reset();
    this.#settleAt = Number.POSITIVE_INFINITY;
  }

  detach(cause: ModbusError): void {
    this.#carrier = undefined;
    this.#alarm.clear();
    const onBus = this.#onBus;
    if (onBus === undefined) return;
    // A serial server may hand an old answer to the next connection.
    this.#orphan(onBus, this.#host.clock.elapsedMs());
    this.#finish(onBus, { kind: "linkDown", cause, wasSent: true });
  }

  pump(): void {
    if (this.#carrier === undefined || this.#onBus !== undefined) return;
    if (this.#host.queue.length === 0) return;
    const nowMs = this.#host.clock.elapsedMs();
    if (nowMs < this.#readyAt) {
      this.#alarm.by(this.#readyAt);
      return;
    }
    this.#nowMs = nowMs;
    this.#orphans.forget(nowMs);
    const request = this.#host.queue.take(this.#mayGo);
    if (request !== undefined) this.#put(request, nowMs);
    else this.#alarm.by(Math.min(this.#orphans.nextExpiry(), this.#duplicates.nextFree(nowMs)));
  }

  received(bytes: Uint8Array, length: number): void {
    if (this.#carrier === undefined) return;
    this.#nowMs = this.#host.clock.elapsedMs();
    this.#host.counters.bytesReceived += length;
    this.#readyAt = Math.max(this.#readyAt, Math.min(this.#nowMs + this.#gapMs, this.#latestAt));
    const start = this.#echo?.strip(bytes, length) ?? 0;
    if (start < length) this.#framer.push(bytes, start, length, this);
    this.#expectQuiet();
    this.pump();
  }

  // What the framer tells.

  expects(unit: number, functionCode: number | undefined, byteCount: number | undefined): boolean {
    const onBus = this.#onBus;
    if (onBus !== undefined && onBus.request.unit === unit) {
      if (functionCode === undefined) return true;
      if (fits(onBus.shape, functionCode, byteCount)) return true;
    }
    if (functionCode !== undefined) return this.#orphans.expects(unit, functionCode, byteCount);
    return this.#orphans.hasUnit(unit);
  }

  frame(frame: Uint8Array): void {
    const onBus = this.#onBus;
    const unit = frame[0] ?? 0;
    const verdict =
      onBus === undefined || onBus.request.unit !== unit
        ? "mismatch"
        : judgeReply(onBus.shape, frame, 1, frame.length);
    if (onBus === undefined || verdict === "mismatch") this.#dropStray(unit, frame);
    else if (verdict === "exception") this.#exception(onBus, frame);
    else this.#answered(onBus, frame, verdict);
  }

  damaged(frame: Uint8Array): void {
    const onBus = this.#onBus;
    if (onBus === undefined || onBus.request.unit !== frame[0]) return;
    const functionCode = frame[1] ?? 0;
    // An exception may as well be the orphan's.
    const isOurs =
      (functionCode & 0x80) === 0 || !this.#orphans.hasFunction(frame[0], functionCode & 0x7f);
    if (isOurs && fits(onBus.shape, functionCode, frame[2])) this.#isDamaged = true;
  }

  noise(count: number): void {
    const isAsked = this.#onBus !== undefined;
    this.#host.counters[isAsked ? "noiseBytes" : "unsolicited"] += count;
  }

  #dropStray(unit: number, frame: Uint8Array): void {
    const { counters, trace } = this.#host;
    const onBus = this.#onBus;
    let why = "unsolicited";
    if (this.#orphans.arrived(unit, frame.subarray(1))) {
      why = "late";
      counters.late += 1;
    } else if (this.#duplicates.isCopy(unit, frame.subarray(1), this.#nowMs)) {
      why = "came twice";
      counters.duplicates += 1;
    } else if (onBus === undefined) counters.unsolicited += frame.length + 2;
    else {
      why = onBus.request.unit === unit ? "does not fit its request" : "wrong unit";
      counters[onBus.request.unit === unit ? "mismatched" : "wrongUnit"] += 1;
    }
    if (trace.isOn)
      trace.add("received", withCrcRoom(frame), { at: this.#host.now(), dropped: why });
  }

  #exception(onBus: OnBus, frame: Uint8Array): void {
    const { unit } = onBus.request;
    const { counters } = this.#host;
    if (this.#orphans.hasFunction(unit, onBus.shape.pdu[0] ?? 0)) {
      // The orphan's or ours? Until both are forgotten nothing with this function is asked.
      counters.inconclusive += 1;
      this.#traceReply(onBus, frame, "may be the exception of an earlier request");
      this.#orphan(onBus, this.#nowMs, true);
      this.#finish(onBus, { kind: "noise", reason: "inconclusive" });
      return;
    }
    counters.exceptions += 1;
    this.#traceReply(onBus, frame);
    this.#host.answered();
    const { at, rttMs } = this.#replied(onBus);
    this.#finish(onBus, { kind: "exception", code: frame[2] ?? 0, at, rttMs });
  }

  #answered(onBus: OnBus, frame: Uint8Array, verdict: "data" | "written"): void {
    this.#traceReply(onBus, frame);
    this.#host.answered();
    const { at, rttMs } = this.#replied(onBus);
    if (verdict === "written") {
      this.#finish(onBus, { kind: "written", at, rttMs });
      return;
    }
    const { reply } = onBus.request;
    const start = 3 + onBus.offset;
    const bytes = reply.kind === "data" ? reply.bytes : 0;
    this.#finish(onBus, { kind: "data", data: frame.subarray(start, start + bytes), at, rttMs });
  }

  #replied(onBus: OnBus): { readonly at: number; readonly rttMs: number } {
    this.#host.counters.replies += 1;
    const rttMs = this.#nowMs - onBus.sentAt;
    this.#duplicates.answered(onBus.request.unit, onBus.shape, { nowMs: this.#nowMs, rttMs });
    return { at: this.#host.now(), rttMs };
  }

  #traceReply({ request }: OnBus, frame: Uint8Array, dropped?: string): void {
    const { trace } = this.#host;
    if (!trace.isOn) return;
    const note = { at: this.#host.now(), tags: request.tags };
    trace.add("received", withCrcRoom(frame), dropped === undefined ? note : { ...note, dropped });
  }

  /** Leaves the bus free before it tells, so that what is asked next is already possible. */
  #finish(onBus: OnBus, result: WireResult): void {
    const { unit } = onBus.request;
    const { turnaroundMs = 0, unitTurnaroundMs } = this.#config;
    const pauseMs = this.#gapMs + (unitTurnaroundMs?.get(unit) ?? turnaroundMs);
    this.#readyAt = Math.max(this.#readyAt, this.#host.clock.elapsedMs() + pauseMs);
    this.#latestAt = this.#readyAt + BABBLE_MS;
    this.#onBus = undefined;
    this.#isDamaged = false;
    onBus.request.done(result);
  }

  #orphan(onBus: OnBus, nowMs: number, blocksAll = false): void {
    const { request, shape } = onBus;
    const windowMs = this.#config.lateWindowMs ?? LATE_WINDOW_FACTOR * request.timeoutMs;
    this.#orphans.add(request.unit, shape, nowMs + windowMs, blocksAll);
  }

  #put(request: WireRequest, nowMs: number): void {
    const { shape, offset } = this.#shapeOf(request) ?? { shape: request, offset: 0 };
    const { counters, trace } = this.#host;
    const length = putRtuFrame(this.#out, 0, request.unit, shape.pdu);
    const frame = Buffer.from(this.#out.subarray(0, length));
    const dueAt = nowMs + this.#waitMs(request, shape, length);
    this.#onBus = { request, shape, offset, sentAt: nowMs, dueAt };
    this.#alarm.by(dueAt);
    this.#echo?.expect(frame);
    counters.requests += 1;
    counters.bytesSent += length;
    if (shape !== request) counters.alternatives += 1;
    if (trace.isOn) trace.add("sent", frame, { at: this.#host.now(), tags: request.tags });
    this.#carrier?.write(frame);
  }

  /** How long the answer may take: the line needs its time for both frames, the device the time-out. */
  #waitMs(request: WireRequest, { reply }: Shape, sentBytes: number): number {
    if (isBroadcast(request)) {
      const delayMs = this.#config.broadcastDelayMs ?? DEFAULTS.broadcastDelayMs;
      return charactersMs(this.#config, sentBytes) + delayMs;
    }
    const replyBytes = reply.kind === "data" ? reply.bytes + 2 : 7;
    return charactersMs(this.#config, sentBytes + replyBytes + FRAME_EXTRA) + request.timeoutMs;
  }

  /** How `request` may be asked now; nothing while an orphan or a copy may stand in the way. */
  #shapeOf(request: WireRequest): { readonly shape: Shape; readonly offset: number } | undefined {
    const { unit, alternatives = [] } = request;
    if (this.#duplicates.blocks(unit, request, this.#nowMs)) return undefined;
    if (this.#orphans.size === 0 || !this.#orphans.blocks(unit, request))
      return { shape: request, offset: 0 };
    const other = alternatives.find(
      (shape) =>
        !this.#orphans.blocks(unit, shape) && !this.#duplicates.blocks(unit, shape, this.#nowMs),
    );
    return other && { shape: other, offset: other.offset };
  }

  readonly #mayGo = (request: WireRequest): boolean => this.#shapeOf(request) !== undefined;

  /** While bytes are held, or damage was seen, a quiet line decides. */
  #expectQuiet(): void {
    const isOpen = this.#framer.held > 0 || this.#isDamaged;
    this.#settleAt = isOpen ? this.#nowMs + this.#quietMs : Number.POSITIVE_INFINITY;
    this.#alarm.by(this.#settleAt);
  }

  #rung(nowMs: number): void {
    this.#nowMs = nowMs;
    if (nowMs >= this.#settleAt) this.#settle();
    const onBus = this.#onBus;
    if (onBus !== undefined && nowMs >= onBus.dueAt) this.#overdue(onBus, nowMs);
    this.#alarm.by(Math.min(this.#settleAt, this.#onBus?.dueAt ?? Number.POSITIVE_INFINITY));
    this.pump();
  }

  #settle(): void {
    this.#settleAt = Number.POSITIVE_INFINITY;
    this.#framer.settle(this);
    const onBus = this.#onBus;
    if (onBus === undefined) this.#framer.discard(this);
    else if (this.#isDamaged) this.#damagedReply(onBus);
  }

  /** The answer has come, but broken: nothing more will, so there is no orphan and asking again is safe. */
  #damagedReply(onBus: OnBus): void {
    this.#host.counters.crc += 1;
    this.#framer.discard(this);
    this.#finish(onBus, { kind: "noise", reason: "crc" });
  }

  #overdue(onBus: OnBus, nowMs: number): void {
    if (isBroadcast(onBus.request)) {
      const at = this.#host.now();
      this.#finish(onBus, { kind: "written", at, rttMs: nowMs - onBus.sentAt });
      return;
    }
    this.#framer.settle(this);
    if (this.#onBus === undefined) return;
    this.#host.counters.timeouts += 1;
    this.#orphan(onBus, nowMs);
    this.#finish(onBus, { kind: "timeout" });
    this.#host.timedOut();
  }
}

function isBroadcast({ unit, reply }: WireRequest): boolean {
  return unit === 0 || reply.kind === "none";
}

/** Whether an answer to `shape` may begin like this. */
function fits(shape: Shape, functionCode: number, byteCount: number | undefined): boolean {
  if ((functionCode & 0x7f) !== shape.pdu[0]) return false;
  const { reply } = shape;
  if (functionCode & 0x80) return true;
  return byteCount === undefined || reply.kind !== "data" || reply.bytes === byteCount;
}

/** The frame with its checksum, which lies behind it in the same buffer. */
function withCrcRoom(frame: Uint8Array): Uint8Array {
  return new Uint8Array(frame.buffer, frame.byteOffset, frame.length + 2);
}
