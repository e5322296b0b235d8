/** What carries out the requests of a link over one connection after the other. */
import type { ModbusError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { Carrier } from "./carrier.ts";
import type { LinkCounters } from "./counters.ts";
import type { FrameTrace } from "./trace.ts";
import type { RequestQueue } from "./request-queue.ts";

/** What a link lends its engine. */
export interface EngineHost {
  /** For messages. */
  readonly name: string;
  readonly queue: RequestQueue;
  readonly counters: LinkCounters;
  readonly trace: FrameTrace;
  readonly clock: Clock;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Some unit has answered. */
  answered(): void;
  /** A request was not answered. */
  timedOut(): void;
  /** The stream is lost; the link closes it at once. */
  broken(cause: ModbusError): void;
}

/** Sends what waits in the queue and finds the answers. */
export interface Engine {
  /** Requests on the wire. */
  readonly inFlight: number;
  /** From now on `carrier` is used. `readyAt`: no request before (monotonic milliseconds). */
  attach(carrier: Carrier, readyAt: number): void;
  /** The connection is gone: finishes every request on the wire with `cause`. */
  detach(cause: ModbusError): void;
  /** Something waits: sends what may go now. */
  pump(): void;
  received(bytes: Uint8Array, length: number): void;
}
