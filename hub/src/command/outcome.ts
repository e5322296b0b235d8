/** What comes of a command, and what is kept of it. */
import type { MetricValue } from "@unshub/sparkplug";
import type { MetricInfo } from "../tree/index.ts";

/** Why nothing was sent, for programs; people read `because`. */
export type RefusalCode =
  | "FORBIDDEN"
  | "BLOCKED"
  | "NO_METRIC"
  | "READ_ONLY"
  | "TYPE_NOT_WRITABLE"
  | "OFFLINE"
  | "MISFIT"
  | "OUT_OF_RANGE"
  | "INTERLOCK"
  | "TOO_SOON"
  | "NOT_HEARD"
  | "NO_SECOND_PERSON"
  | "REJECTED"
  | "EXPIRED"
  | "NO_AUDIT"
  | "NOT_SENT";

export interface Refusal {
  readonly code: RefusalCode;
  readonly because: string;
}

/** How a command that was sent has ended. */
export type SentOutcome =
  /** The metric now has the value that was asked for. */
  | {
      readonly result: "confirmed";
      readonly value: MetricValue;
      readonly afterMs: number;
      /** It had this value before; the device was told all the same, but no change can come back. */
      readonly unchanged: boolean;
    }
  /**
   * Another value came back (`mismatch`), none did in time (`timeout`), the edge node or device died meanwhile (`offline`),
   * the device said no (`failed`). `value` is what the metric says now.
   */
  | {
      readonly result: "mismatch" | "timeout" | "offline" | "failed";
      readonly value: MetricValue;
      readonly because: string;
    };

export type WriteOutcome =
  | SentOutcome
  /** Somebody else must say yes; until then nothing is sent. `until`: milliseconds since 1970 UTC. */
  | {
      readonly result: "waiting";
      readonly id: number;
      readonly until: number;
      readonly because: string;
    }
  /** Nothing was sent. */
  | ({ readonly result: "refused" } & Refusal);

export function refused(code: RefusalCode, because: string): WriteOutcome {
  return { result: "refused", code, because };
}

export const NO_AUDIT = {
  result: "refused",
  code: "NO_AUDIT",
  because: "the audit trail cannot be written: no commands until it can",
} as const satisfies WriteOutcome;

/** The hub ended before it was known what came of it. */
interface LostOutcome {
  readonly result: "unknown";
  readonly because: string;
}

/** Who commands. */
export interface Commander {
  /** As on the audit trail: `user:ann`; `anonymous` is nobody in particular. */
  readonly actor: string;
  readonly via: "mqtt" | "api" | "ui" | "opcua" | "mcp" | "console" | "system";
  readonly address?: string | undefined;
}

/** What is asked for, and by whom. */
export interface Writer extends Commander {
  /** Why he may not write this metric; `undefined` when he may. */
  fault(info: MetricInfo): string | undefined;
  /** Why he does it, in his words. */
  readonly reason?: string | undefined;
  /** Whether he only proposes it: a second person must say yes whatever the rules say. */
  readonly isProposing?: boolean | undefined;
}

/**
 * One step of a command, a fact that the hub saw. `delivered`: the edge node was subscribed when it was sent. `accepted`:
 * the adapter of the hub that serves the device says that the device took it.
 */
export interface CommandStep {
  readonly step: "asked" | "waiting" | "approved" | "sent" | "delivered" | "accepted" | "ended";
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly note?: string | undefined;
}

/** A command of an assistant, as its receipt names it. */
interface Proposed {
  readonly id: number;
  /** See `receipt.ts`. */
  readonly receipt: string;
  readonly reason: string | undefined;
}

/** A command that the run of the hub before did not see to its end. */
export interface LeftOver extends Pick<
  CommandRecord,
  "path" | "metricId" | "by" | "asked" | "before"
> {
  /** Milliseconds since 1970 UTC. */
  readonly askedAt: number;
  readonly because: string;
  /** Whether it waited for a second person: then it was not sent. */
  readonly wasWaiting: boolean;
  /** What the trail says of one that an assistant proposed. */
  readonly proposed: Proposed | undefined;
}

/** One command from its asking to its end. */
export interface CommandRecord {
  /** Given once, see `command-numbers.ts`. */
  readonly id: number;
  readonly path: string;
  /** The row of the metric; `undefined`: there is none. */
  readonly metricId: number | undefined;
  readonly by: Commander;
  readonly reason: string | undefined;
  /** See `receipt.ts`. */
  readonly receipt: string | undefined;
  /** As it was asked for. */
  readonly asked: MetricValue;
  /** What the metric said when it was asked. */
  readonly before: MetricValue;
  readonly steps: readonly CommandStep[];
  /** `undefined` as long as it is under way. */
  readonly outcome: WriteOutcome | LostOutcome | undefined;
}
