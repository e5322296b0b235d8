/** What is asked over a link, and what comes of it. */
import type { ModbusError } from "../errors.ts";

/** What the answer to a request must look like; anything else is not its answer. */
export type ExpectedReply =
  /** A read: so many bytes of data. */
  | { readonly kind: "data"; readonly bytes: number }
  /** A write: exactly this PDU comes back. */
  | { readonly kind: "echo"; readonly bytes: Uint8Array }
  /** A broadcast on a serial line: nobody answers. */
  | { readonly kind: "none" };

/** Another read that contains the data of a request, for the orphan rule of serial lines. */
export interface AlternativeRead {
  readonly pdu: Uint8Array;
  readonly reply: ExpectedReply;
  /** Bytes of its data before the data of the request. */
  readonly offset: number;
}

/** A write goes before a probe that is due, a probe before polls; among polls the earliest deadline goes first. */
type Priority = "write" | "probe" | "poll";

/** One request as it goes on the wire, made once per block and used again. */
export interface WireRequest {
  /** 0 to 255. 0 is a broadcast on serial lines. */
  readonly unit: number;
  /** Function code first. */
  readonly pdu: Uint8Array;
  readonly reply: ExpectedReply;
  /** Other reads that contain the same data; taken when an answer to this one could not be told from a late one. */
  readonly alternatives?: readonly AlternativeRead[];
  readonly timeoutMs: number;
  readonly priority: Priority;
  /** Milliseconds of the monotonic clock; orders polls. */
  readonly deadline: number;
  /** The tags behind it, for the trace. */
  readonly tags?: readonly string[];
  /** Called exactly once for each `send`, never inside it. What is in `result` is only valid during the call. */
  done(result: WireResult): void;
}

/** Why bytes came that were no answer. `inconclusive`: an exception that may belong to an earlier request. */
type NoiseReason = "crc" | "inconclusive";

/** What became of a request. `at`: milliseconds since 1970 UTC. */
export type WireResult =
  /** `data`: registers high byte first, or bits. A view into the receive buffer: copy what you keep. */
  | {
      readonly kind: "data";
      readonly data: Uint8Array;
      readonly at: number;
      readonly rttMs: number;
    }
  | { readonly kind: "written"; readonly at: number; readonly rttMs: number }
  /** The device said no; exceptions are answers. */
  | {
      readonly kind: "exception";
      readonly code: number;
      readonly at: number;
      readonly rttMs: number;
    }
  | { readonly kind: "timeout" }
  /** `wasSent`: nobody knows whether the device carried it out. */
  | { readonly kind: "linkDown"; readonly cause: ModbusError; readonly wasSent: boolean }
  | { readonly kind: "noise"; readonly reason: NoiseReason };
