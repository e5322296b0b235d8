/**
 * The way of a device's writes to its link. What waits there for its turn is taken back when it may not be sent any more:
 * nobody may find a machine moved who was told that nothing was sent. What is on the wire is only waited for.
 */
import type { DeviceConfig } from "../config/config.ts";
import { ModbusError } from "../errors.ts";
import { encodeRequest, type ModbusRequest } from "../wire/pdu.ts";
import {
  expectedReply,
  type ModbusLink,
  type WireRequest,
  type WireResult,
} from "../wire/index.ts";
import type { Planned, Scheduler } from "./scheduler.ts";

export interface WriteLaneOptions {
  readonly config: DeviceConfig;
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  /** Unit 0 of a serial line: everybody obeys and nobody answers. */
  readonly isBroadcast: boolean;
  /** What the device said to a write, or to the reading after it. */
  readonly heard: (result: WireResult) => void;
}

/** What is asked. */
interface LaneQuestion {
  readonly request: ModbusRequest;
  /** For the trace: device and tag. */
  readonly name: string;
  /** By the scheduler: not sent later than this. */
  readonly untilMs?: number;
}

export class WriteLane {
  readonly #options: WriteLaneOptions;
  readonly #open = new Map<WireRequest, (result: WireResult) => void>();

  constructor(options: WriteLaneOptions) {
    this.#options = options;
  }

  /** Resolves with the answer; its data is a copy. */
  async ask({ request, name, untilMs }: LaneQuestion): Promise<WireResult> {
    const { config, link, scheduler, isBroadcast, heard } = this.#options;
    if (untilMs !== undefined && scheduler.nowMs() > untilMs) {
      return { kind: "linkDown", cause: tooOld(), wasSent: false };
    }
    const pdu = encodeRequest(request);
    const { promise, resolve } = Promise.withResolvers<WireResult>();
    const wire: WireRequest = {
      unit: config.unit,
      pdu,
      reply: isBroadcast ? { kind: "none" } : expectedReply(pdu),
      timeoutMs: config.timeoutMs,
      priority: "write",
      deadline: scheduler.nowMs(),
      tags: [name],
      done: (result) => {
        heard(result);
        resolve(result.kind === "data" ? { ...result, data: result.data.slice() } : { ...result });
      },
    };
    this.#open.set(wire, resolve);
    const limit = this.#limit(wire, untilMs);
    link.send(wire);
    const result = await promise;
    limit?.cancel();
    this.#open.delete(wire);
    return result;
  }

  /** Takes it back when its time is over. */
  #limit(wire: WireRequest, untilMs: number | undefined): Planned | undefined {
    const { scheduler } = this.#options;
    if (untilMs === undefined) return undefined;
    return scheduler.after(untilMs - scheduler.nowMs(), () => this.#takeBack(wire, tooOld()));
  }

  /** The device is gone: what still waits is not sent. */
  takeBack(): void {
    const cause = new ModbusError("STOPPED", "the device went before it was sent");
    for (const wire of this.#open.keys()) this.#takeBack(wire, cause);
  }

  #takeBack(wire: WireRequest, cause: ModbusError): void {
    if (!this.#options.link.cancel(wire)) return;
    this.#open.get(wire)?.({ kind: "linkDown", cause, wasSent: false });
  }
}

function tooOld(): ModbusError {
  return new ModbusError("TOO_OLD", "it waited too long for its turn");
}
