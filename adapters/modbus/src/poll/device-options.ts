/** What a device is made of. */
import type { DeviceReporter, Logger } from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import type { LearnedHoles } from "../plan/index.ts";
import type { LinkConfig, ModbusLink } from "../wire/index.ts";
import type { Scheduler } from "./scheduler.ts";
import type { UnitLocks } from "./unit-locks.ts";

/** What a device is lent by its adapter. */
export interface DeviceOptions {
  readonly config: DeviceConfig;
  readonly linkConfig: LinkConfig;
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  readonly report: DeviceReporter;
  readonly locks: UnitLocks;
  /** Spreads the groups of all devices over their intervals. */
  readonly ordinal: () => number;
  /** How many groups share the link. */
  readonly sharing: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly random: () => number;
  readonly learned: LearnedHoles;
  /** A birth of it stands from before a reload: it has to be said when it does not come back. */
  readonly isAnnounced?: boolean;
  remember(learned: LearnedHoles): void;
  /** It wants its link, or no longer. */
  enabledChanged(): void;
}
