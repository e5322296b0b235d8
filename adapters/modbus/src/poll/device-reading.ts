/** What a device is asked: its plan, the readers of its groups, what they learn, and another scan rate at run time. */
import type { Logger } from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import { learnedTogether, type LearnedHoles } from "../plan/index.ts";
import { isBus, type LinkConfig, type ModbusLink } from "../wire/index.ts";
import { DeviceGroups } from "./device-groups.ts";
import type { DeviceHealth } from "./device-health.ts";
import { planOf, scanRateMs, withScanRate, type DevicePlan } from "./device-plan.ts";
import type { DeviceValues } from "./device-values.ts";
import type { PassOutcome } from "./group-poll-options.ts";
import { GroupPoll } from "./group-poll.ts";
import { isSeldomRead, RawBytes } from "./raw-bytes.ts";
import { ReadableSpans } from "./readable-spans.ts";
import type { Scheduler } from "./scheduler.ts";
import { SourceTime } from "./source-time.ts";
import { ValueTable } from "./value-table.ts";

export interface DeviceReadingOptions {
  readonly config: DeviceConfig;
  readonly linkConfig: LinkConfig;
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  readonly ordinal: () => number;
  /** How many groups share the link. */
  readonly sharing: number;
  readonly learned: LearnedHoles;
  readonly health: DeviceHealth;
  readonly values: () => DeviceValues;
  remember(learned: LearnedHoles): void;
  /** Whether a birth of the device stands and it answers. */
  readonly isOnline: () => boolean;
  /** Whether the device may be asked now. */
  readonly mayRead: () => boolean;
  /** A slot came and nobody was asked. */
  readonly unasked: () => void;
  readonly passEnded: (outcome: PassOutcome) => void;
}

/** Requests that a pass spends on learning while the device is alive. */
const LEARNING_A_PASS = 4;

export class DeviceReading {
  readonly table: ValueTable;
  readonly raw: RawBytes;
  readonly #options: DeviceReadingOptions;
  readonly #readable: ReadableSpans | undefined;
  readonly #sourceTime: SourceTime | undefined;
  /** What each group has learned. */
  readonly #learned = new Map<string, LearnedHoles>();
  #config: DeviceConfig;
  #groups: DeviceGroups;

  constructor(options: DeviceReadingOptions) {
    const { config, linkConfig, learned } = options;
    this.#options = options;
    this.#config = config;
    this.#readable = isBus(linkConfig) ? new ReadableSpans() : undefined;
    const { sourceTime } = config;
    this.#sourceTime = sourceTime && new SourceTime(sourceTime.tag, sourceTime.maxSkewMs);
    const plan = planOf(config, linkConfig, learned);
    this.table = new ValueTable(plan.tags, plan.staleAfterMs);
    this.raw = new RawBytes(plan.tags, options.scheduler);
    this.#groups = this.#newGroups(plan);
  }

  get groups(): DeviceGroups {
    return this.#groups;
  }

  /** How far the clock of the device is ahead of ours. */
  get clockSkewSeconds(): number | undefined {
    return this.#sourceTime?.skewSeconds;
  }

  /** The interval of the fastest group; 0 when none has one. */
  get scanRateMs(): number {
    return scanRateMs(this.#config);
  }

  /** The fastest groups get another interval, until the next start; who rides along in them is planned anew. */
  useScanRate(ms: number): void {
    const { linkConfig, learned } = this.#options;
    this.#config = withScanRate(this.#config, ms);
    const known = learnedTogether([learned, ...this.#learned.values()]);
    const plan = planOf(this.#config, linkConfig, known);
    for (const { config } of plan.groups) this.#learned.set(config.name, known);
    this.table.useStaleAfter(plan.staleAfterMs);
    this.#groups.stop();
    this.#groups = this.#newGroups(plan);
  }

  #newGroups(plan: DevicePlan): DeviceGroups {
    const { config, health, mayRead, unasked, passEnded } = this.#options;
    return new DeviceGroups({
      ...this.#options,
      name: config.name,
      plan,
      table: this.table,
      reader: (group) => this.#newReader(plan, group),
      mayRead,
      unasked,
      overrun: () => {
        health.figures.overruns += 1;
      },
      ended: passEnded,
    });
  }

  #newReader(plan: DevicePlan, { tags, config: group }: DevicePlan["groups"][number]): GroupPoll {
    const { config, learned, isOnline } = this.#options;
    const isSeldom = isSeldomRead(group.schedule);
    if (isSeldom) this.raw.keepAlways(tags.map(({ index }) => index));
    return new GroupPoll({
      ...this.#options,
      name: group.name,
      device: config.name,
      unit: config.unit,
      timeoutMs: config.timeoutMs,
      // A dead device is asked once: the others on the link wait meanwhile.
      retries: () => (isOnline() ? config.retries : 0),
      splitOn: config.limits.splitOn,
      burst: config.limits.maxBlocksPerBurst,
      tags,
      limits: plan.limits,
      learned: this.#learned.get(group.name) ?? learned,
      readable: this.#readable,
      table: this.table,
      raw: this.raw,
      isSeldomRead: isSeldom,
      mayLearn: (spent) => this.#mayLearn(group.name, spent),
      sourceTime: this.#sourceTime,
      learnedMore: (more) => {
        this.#learned.set(group.name, more);
        this.#options.remember(learnedTogether([...this.#learned.values()]));
      },
    });
  }

  /** Learning must not starve polling; one request a pass keeps it going. */
  #mayLearn(group: string, spent: number): boolean {
    if (!this.#options.isOnline() || spent === 0) return true;
    return spent < LEARNING_A_PASS && !this.#groups.isBusyBeside(group);
  }
}
