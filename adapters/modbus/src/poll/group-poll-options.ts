/** What the reading of a group needs, and what it says of each pass. */
import type { Logger } from "@unshub/adapter";
import type { ModbusError } from "../errors.ts";
import type { LearnedHoles, PlanLimits } from "../plan/index.ts";
import type { PlannedTag } from "../types/index.ts";
import type { ModbusLink, WireResult } from "../wire/index.ts";
import type { ReadableSpans } from "./readable-spans.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SourceTime } from "./source-time.ts";
import type { ValueTable } from "./value-table.ts";

/** What a group needs of its device. */
export interface GroupPollOptions {
  readonly name: string;
  readonly unit: number;
  readonly timeoutMs: number;
  /** How often a request is sent again that was not answered, or not readably. */
  readonly retries: () => number;
  /** Whether so many requests in a row were not answered that there is no use in another one. */
  readonly isSilent: () => boolean;
  /** So many blocks of a pass are asked for at once. */
  readonly burst: number;
  /** Exceptions upon which a block is taken apart. */
  readonly splitOn: readonly number[];
  readonly tags: readonly PlannedTag[];
  readonly limits: PlanLimits;
  readonly learned: LearnedHoles;
  readonly link: ModbusLink;
  /** Of a bus only: what the device is known to answer. */
  readonly readable: ReadableSpans | undefined;
  readonly table: ValueTable;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  /** For the log. */
  readonly device: string;
  /** Whether a pass that has spent so many requests on learning may spend one more. */
  readonly mayLearn: (spent: number) => boolean;
  /** How many answers the device has given so far, to whatever request. */
  readonly answersSoFar: () => number;
  /** The device answered, by a value or an exception. */
  answered(result: WireResult): void;
  /** A request was not answered in time. */
  timedOut(): void;
  /** The gateway says that it has no such unit. */
  noUnit(): void;
  /** The values of a reply, or news about tags, are in the table. `at`: milliseconds since 1970 UTC; now if left out. */
  readonly told: (at?: number) => void;
  learnedMore(learned: LearnedHoles): void;
  /** Before the table is written to: when the news was here, and the time of the device that came with it. */
  readonly begin: (at?: number, sourceAt?: number) => void;
  /** Of devices that tell the time. */
  readonly sourceTime: SourceTime | undefined;
}

/** How a pass went. */
export interface PassOutcome {
  /** Requests that were answered; exceptions are answers. */
  readonly answered: number;
  /** Some block stayed without an answer. */
  readonly cause?: ModbusError | "silent";
  /** Whether the link was lost meanwhile; then nobody failed to answer. */
  readonly isLinkDown: boolean;
  readonly tookMs: number;
}
