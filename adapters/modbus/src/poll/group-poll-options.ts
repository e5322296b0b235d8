/** What the reading of a group needs, and what it says of each pass. */
import type { Logger } from "@unshub/adapter";
import type { ModbusError } from "../errors.ts";
import type { LearnedHoles, PlanLimits } from "../plan/index.ts";
import type { PlannedTag } from "../types/index.ts";
import type { ModbusLink } from "../wire/index.ts";
import type { DeviceHealth } from "./device-health.ts";
import type { DeviceValues } from "./device-values.ts";
import type { RawBytes } from "./raw-bytes.ts";
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
  /** What the values were made of, for who looks at it. */
  readonly raw: RawBytes;
  /** They are kept of each reading, whether anybody looks or not. */
  readonly isSeldomRead: boolean;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  /** For the log. */
  readonly device: string;
  /** Whether a pass that has spent so many requests on learning may spend one more. */
  readonly mayLearn: (spent: number) => boolean;
  /** Is told what came of each request. */
  readonly health: DeviceHealth;
  learnedMore(learned: LearnedHoles): void;
  /** Told before the table is written to, and afterwards. */
  readonly values: () => DeviceValues;
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
