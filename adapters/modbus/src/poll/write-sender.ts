/**
 * Sends one write to a device and says what came of it. A register of which only a part is written is read, changed and
 * written under the lock of its unit. What was not answered is unknown, not failed, and is not sent again unless the
 * tag allows that.
 */
import type { Logger, WriteRejection, WriteResult } from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import {
  modified,
  overlaid,
  type EncodedWrite,
  type Overlay,
  type ReadModifyWrite,
} from "../types/index.ts";
import type { RefusalCode } from "../types/refusal.ts";
import type { ModbusError, ModbusErrorCode } from "../errors.ts";
import { readRequest, wordAt, writeAndReadRequest, type ModbusRequest } from "../wire/pdu.ts";
import type { WireResult } from "../wire/index.ts";
import { BUSY_PAUSES_MS } from "./exception-rules.ts";
import type { Naps } from "./naps.ts";
import type { UnitLocks } from "./unit-locks.ts";
import type { WriteLane } from "./write-lane.ts";

export interface WriteSenderOptions {
  readonly config: DeviceConfig;
  readonly lane: WriteLane;
  readonly locks: UnitLocks;
  readonly naps: Naps;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  isOnline(): boolean;
}

/** What came of one request. */
export type Sent =
  | { readonly kind: "accepted"; readonly shown?: ShownRegisters }
  | { readonly kind: "unknown"; readonly because: string }
  | { readonly kind: "refused"; readonly result: WriteResult };

/** What the device showed with its answer to a write, by FC23. `at`: milliseconds since 1970 UTC. */
interface ShownRegisters {
  readonly start: number;
  readonly data: Uint8Array;
  readonly at: number;
}

/** What is written. */
export interface WriteOrder {
  readonly encoded: EncodedWrite;
  /** For sentences and the trace: device and tag. */
  readonly name: string;
  readonly isIdempotent: boolean;
  /** By the scheduler: nothing of it is sent later than this. */
  readonly untilMs: number;
  /** Its registers may be asked for in the same request. */
  readonly mayShow: boolean;
}

const ILLEGAL_FUNCTION = 1;
/** The device has begun something long and answers its result later. */
const ACKNOWLEDGED = 5;
const ACKNOWLEDGED_PAUSE_MS = 500;
const BUSY = 6;
const GATEWAY_NO_PATH = 10;
const GATEWAY_SILENT = 11;

export class WriteSender {
  readonly #options: WriteSenderOptions;
  /** It said that it does not know FC23: not asked again before somebody has worked on it. */
  #refusesFc23 = false;

  constructor(options: WriteSenderOptions) {
    this.#options = options;
  }

  async send(order: WriteOrder): Promise<Sent> {
    const { encoded, name } = order;
    if (encoded.kind === "problem") {
      return this.#refused(rejectionOf(encoded.code), `${name}: ${encoded.problem}`);
    }
    const sent = await this.#once(encoded, order);
    const isAgain = sent.kind === "unknown" && order.isIdempotent && this.#options.isOnline();
    return isAgain ? asKnown(sent, await this.#once(encoded, order)) : sent;
  }

  /** What was refused may be known by now. */
  forgive(): void {
    this.#refusesFc23 = false;
  }

  async #once(
    encoded: Exclude<EncodedWrite, { kind: "problem" }>,
    order: WriteOrder,
  ): Promise<Sent> {
    return await this.#options.locks.run(this.#options.config.unit, async () => {
      // The lock may have been another device's for long.
      if (!this.#options.isOnline()) {
        return this.#refused("offline", `${order.name}: the device is offline`);
      }
      if (encoded.kind === "request") return await this.#send(encoded.request, order);
      const changed = await this.#changed(encoded, order);
      return "functionCode" in changed ? await this.#send(changed, order) : changed;
    });
  }

  /** The registers as they are now, with the bits changed; the lock of the unit is ours. */
  async #changed(
    encoded: ReadModifyWrite | Overlay,
    { name, untilMs }: WriteOrder,
  ): Promise<ModbusRequest | Sent> {
    const count = encoded.kind === "overlay" ? encoded.bits.length / 2 : 1;
    const request = readRequest("hr", encoded.start, count);
    const result = await this.#options.lane.ask({ request, name, untilMs });
    if (result.kind === "data") {
      if (encoded.kind === "overlay") return overlaid(encoded, result.data);
      return modified(encoded, wordAt(result.data, 0));
    }
    if (result.kind === "linkDown") return this.#notSent(result.cause, name);
    const isNo = result.kind === "exception" && result.code !== GATEWAY_SILENT;
    if (isNo) return this.#exception(result.code, name);
    return this.#refused("failed", `${name}: its register could not be read before the write`);
  }

  async #send(request: ModbusRequest, order: WriteOrder): Promise<Sent> {
    const { name, mayShow } = order;
    const both = mayShow && !this.#refusesFc23 ? writeAndReadRequest(request) : undefined;
    if (both !== undefined) {
      const result = await this.#askUntilFree(both, order);
      const isUnknownThere = result.kind === "exception" && result.code === ILLEGAL_FUNCTION;
      if (!isUnknownThere) return await this.#judged(result, name, request.start);
      this.#refuseFc23();
    }
    return await this.#judged(await this.#askUntilFree(request, order), name, request.start);
  }

  #refuseFc23(): void {
    this.#refusesFc23 = true;
    const { log, config } = this.#options;
    const message = "device does not know FC23; it is written and read back in two requests";
    log.info({ device: config.name }, message);
  }

  /** A busy device is asked again, a few times. */
  async #askUntilFree(request: ModbusRequest, { name, untilMs }: WriteOrder): Promise<WireResult> {
    const { lane } = this.#options;
    let result = await lane.ask({ request, name, untilMs });
    for (const pauseMs of BUSY_PAUSES_MS) {
      if (result.kind !== "exception" || result.code !== BUSY) break;
      await this.#options.naps.nap(pauseMs);
      if (!this.#options.isOnline()) break; // it may have been disabled or stopped meanwhile
      result = await lane.ask({ request, name, untilMs });
    }
    return result;
  }

  async #judged(result: WireResult, name: string, start: number): Promise<Sent> {
    switch (result.kind) {
      case "written":
        return { kind: "accepted" };
      case "exception":
        if (result.code !== ACKNOWLEDGED) return this.#exception(result.code, name);
        await this.#options.naps.nap(ACKNOWLEDGED_PAUSE_MS);
        return { kind: "accepted" };
      case "linkDown": {
        if (!result.wasSent) return this.#notSent(result.cause, name);
        return { kind: "unknown", because: `${name}: ${result.cause.message}` };
      }
      case "timeout":
      case "noise":
        return { kind: "unknown", because: `${name}: the device did not answer` };
      case "data":
        return { kind: "accepted", shown: { start, data: result.data, at: result.at } };
    }
  }

  #exception(code: number, name: string): Sent {
    if (code === GATEWAY_NO_PATH) {
      return this.#refused(
        "offline",
        `${name}: the gateway has no path to the unit (exception 10)`,
      );
    }
    if (code === GATEWAY_SILENT) {
      return { kind: "unknown", because: `${name}: the unit did not answer its gateway` };
    }
    const because = `${name}: the device answered exception ${code}`;
    const at = this.#options.now();
    return { kind: "refused", result: { outcome: `exception_${code}`, because, at } };
  }

  /** No byte has left. */
  #notSent({ code, message }: ModbusError, name: string): Sent {
    return this.#refused(UNSENT[code] ?? "offline", `${name}: ${message}`);
  }

  #refused(code: WriteRejection, because: string): Sent {
    const at = this.#options.now();
    return { kind: "refused", result: { outcome: `rejected_${code}`, because, at } };
  }
}

/** A second try that was not carried out says nothing of the first, which may have been. */
function asKnown(first: Extract<Sent, { kind: "unknown" }>, second: Sent): Sent {
  if (second.kind !== "refused") return second;
  const { because = "refused" } = second.result;
  return { kind: "unknown", because: `${first.because}; asked once more: ${because}` };
}

/** Why a request was not sent that could have been. */
const UNSENT: Readonly<Partial<Record<ModbusErrorCode, WriteRejection>>> = {
  BAD_REQUEST: "failed",
  QUEUE_FULL: "failed",
  TOO_OLD: "too_old",
};

const REJECTIONS: Readonly<Partial<Record<RefusalCode, WriteRejection>>> = {
  not_finite: "not_a_number",
  not_in_enum: "unknown_text",
  not_integer: "not_integer",
  not_writable: "not_writable",
  out_of_range: "out_of_range",
  not_atomic: "group_incomplete",
};

/** Why nothing is sent, in the words of the contract. */
export function rejectionOf(code: RefusalCode): WriteRejection {
  return REJECTIONS[code] ?? "bad_value";
}
