/**
 * One request after the other through the library. On serial lines its answers are compared with what came over the line,
 * and the rules of late answers and copies hold as they do for our own engine (`rtu-bus.ts`).
 */
import { ModbusError } from "../errors.ts";
import { Alarm } from "./alarm.ts";
import type { Carrier } from "./carrier.ts";
import type { LinkCounters } from "./counters.ts";
import { DuplicateGuard } from "./duplicate-guard.ts";
import type { Engine, EngineHost } from "./engine.ts";
import { hear, type Said } from "./library-call.ts";
import { LibraryCarrier } from "./library-carrier.ts";
import { framesIn, type LineWitness } from "./line-witness.ts";
import { isBus, type LinkConfig } from "./link-config.ts";
import { Orphans } from "./orphans.ts";
import { judgeReply } from "./pdu.ts";
import type { WireRequest, WireResult } from "./request.ts";

const LATE_WINDOW_FACTOR = 10;
/** How soon a serial server may hand an answer on twice. */
const COPY_MS = 10;
const NOISE: WireResult = { kind: "noise", reason: "crc" };

/** The one request that the library was given. */
interface Asked {
  readonly request: WireRequest;
  readonly sentAt: number;
}

/** When an answer came. */
interface Moment {
  readonly at: number;
  readonly rttMs: number;
}

/** What came over the line, and when. */
interface Heard extends Moment {
  readonly heard: Uint8Array;
  readonly nowMs: number;
}

/** One request after the other through the library. */
export class LibraryEngine implements Engine {
  readonly #host: EngineHost;
  readonly #config: LinkConfig;
  readonly #alarm: Alarm;
  readonly #orphans = new Orphans();
  readonly #duplicates = new DuplicateGuard(COPY_MS);
  #carrier: LibraryCarrier | undefined;
  #asked: Asked | undefined;
  #readyAt = 0;

  constructor(host: EngineHost, config: LinkConfig) {
    this.#host = host;
    this.#config = config;
    this.#alarm = new Alarm(host.clock, () => this.pump());
  }

  get inFlight(): number {
    return this.#asked === undefined ? 0 : 1;
  }

  attach(carrier: Carrier, readyAt: number): void {
    if (carrier instanceof LibraryCarrier) this.#carrier = carrier;
    this.#readyAt = readyAt;
  }

  detach(cause: ModbusError): void {
    this.#carrier = undefined;
    this.#alarm.clear();
    if (this.#asked === undefined) return;
    this.#orphan(this.#asked.request);
    this.#finish(this.#asked, { kind: "linkDown", cause, wasSent: true });
  }

  received(): void {
    // The library reads its connection itself.
  }

  pump(): void {
    const carrier = this.#carrier;
    if (carrier === undefined || this.#asked !== undefined) return;
    const nowMs = this.#host.clock.elapsedMs();
    if (nowMs < this.#readyAt) return this.#alarm.by(this.#readyAt);
    this.#orphans.forget(nowMs);
    this.#lookAtStrays(carrier.witness, nowMs);
    const request = this.#host.queue.take((each) => this.#mayGo(each, nowMs));
    if (request === undefined) {
      const freeAt = Math.min(this.#orphans.nextExpiry(), this.#duplicates.nextFree(nowMs));
      return this.#alarm.by(freeAt);
    }
    if (this.#isImpossible(request)) return this.pump();
    this.#host.counters.requests += 1;
    void this.#ask(carrier, { request, sentAt: nowMs });
  }

  /** The library does not know the answer to a mask write in RTU; finishes such a request. */
  #isImpossible(request: WireRequest): boolean {
    if (request.pdu[0] !== 22 || this.#config.framing === "tcp") return false;
    const message = `${this.#host.name}: modbus-serial cannot mask a register over RTU`;
    const cause = new ModbusError("BAD_REQUEST", message);
    request.done({ kind: "linkDown", cause, wasSent: false });
    return true;
  }

  /** Never rejects. */
  async #ask({ client, witness }: LibraryCarrier, asked: Asked): Promise<void> {
    const { clock, counters } = this.#host;
    this.#asked = asked;
    witness?.clearLibrary();
    const said = await hear(client, asked.request);
    // The connection ended meanwhile, and with it this request.
    if (this.#asked !== asked) return;
    const nowMs = clock.elapsedMs();
    const when = { at: this.#host.now(), rttMs: nowMs - asked.sentAt };
    const result =
      witness === undefined
        ? believed(asked.request, said, when)
        : this.#compared(asked, said, { ...when, heard: witness.take(), nowMs });
    tally(counters, result);
    if (result.kind === "timeout" || result.kind === "noise") this.#orphan(asked.request);
    this.#readyAt = nowMs + (this.#config.pauseBetweenRequestsMs ?? 0);
    this.#finish(asked, result);
    if (result.kind === "timeout") this.#host.timedOut();
    else if (result.kind !== "noise") this.#host.answered();
    this.pump();
  }

  /** What the library says, if it is what came over the line. */
  #compared({ request }: Asked, said: Said, { heard, nowMs, ...when }: Heard): WireResult {
    const [frame, ...more] = this.#answersIn(heard, request, nowMs);
    if (frame === undefined) return said.kind === "timeout" ? { kind: "timeout" } : NOISE;
    // Two answers that differ: one of them is that of somebody else.
    if (more.some((copy) => Buffer.compare(copy, frame) !== 0)) return NOISE;
    this.#duplicates.answered(request.unit, request, { nowMs, rttMs: when.rttMs });
    for (const copy of more) this.#stray(copy, nowMs);
    const result = believed(request, said, when);
    if (result.kind === "exception" && this.#mayBeOld(request))
      return { kind: "noise", reason: "inconclusive" };
    const isOther = result.kind === "data" && Buffer.compare(result.data, dataIn(frame)) !== 0;
    return isOther ? NOISE : result;
  }

  /** The frames that answer `request`; the others are counted. */
  #answersIn(heard: Uint8Array, request: WireRequest, nowMs: number): readonly Uint8Array[] {
    const frames = framesIn(heard);
    const own = frames.filter((frame) => isAnswerTo(request, frame));
    for (const frame of frames) if (!own.includes(frame)) this.#stray(frame, nowMs);
    return own;
  }

  /** An exception may be that of an earlier request. */
  #mayBeOld({ unit, pdu }: WireRequest): boolean {
    return this.#orphans.hasFunction(unit, pdu[0] ?? 0);
  }

  /** Frames that came while nobody was asked. */
  #lookAtStrays(witness: LineWitness | undefined, nowMs: number): void {
    if (witness === undefined) return;
    for (const frame of framesIn(witness.take())) this.#stray(frame, nowMs);
  }

  #stray(frame: Uint8Array, nowMs: number): void {
    const { counters } = this.#host;
    const [unit = 0] = frame;
    const pdu = frame.subarray(1, -2);
    if (this.#orphans.arrived(unit, pdu)) counters.late += 1;
    else if (this.#duplicates.isCopy(unit, pdu, nowMs)) counters.duplicates += 1;
    else counters.unsolicited += frame.length;
  }

  #orphan(request: WireRequest): void {
    // Transaction ids make this needless with MBAP.
    if (!isBus(this.#config)) return;
    const windowMs = this.#config.lateWindowMs ?? LATE_WINDOW_FACTOR * request.timeoutMs;
    this.#orphans.add(request.unit, request, this.#host.clock.elapsedMs() + windowMs);
  }

  #finish({ request }: Asked, result: WireResult): void {
    this.#asked = undefined;
    request.done(result);
  }

  #mayGo(request: WireRequest, nowMs: number): boolean {
    const { unit } = request;
    if (!isBus(this.#config)) return true;
    return !this.#orphans.blocks(unit, request) && !this.#duplicates.blocks(unit, request, nowMs);
  }
}

/** What the library says, as a result. */
function believed({ reply }: WireRequest, said: Said, when: Moment): WireResult {
  switch (said.kind) {
    case "timeout":
      return { kind: "timeout" };
    case "failed":
      return NOISE;
    case "exception":
      return { kind: "exception", code: said.code, ...when };
    case "done":
      if (said.data === undefined) return { kind: "written", ...when };
      if (reply.kind !== "data" || said.data.length !== reply.bytes) return NOISE;
      return { kind: "data", data: said.data, ...when };
  }
}

function isAnswerTo(request: WireRequest, frame: Uint8Array): boolean {
  return (
    frame[0] === request.unit && judgeReply(request, frame, 1, frame.length - 2) !== "mismatch"
  );
}

/** The data of a read's answer, unit and checksum included in `frame`. */
function dataIn(frame: Uint8Array): Uint8Array {
  return frame.subarray(3, -2);
}

function tally(counters: LinkCounters, { kind }: WireResult): void {
  if (kind === "timeout") counters.timeouts += 1;
  else if (kind === "noise") counters.mismatched += 1;
  else counters.replies += 1;
  if (kind === "exception") counters.exceptions += 1;
}
