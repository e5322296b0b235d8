/**
 * The groups of one device and when each is read: at its interval, on demand, when a tag changes, at birth. A group is
 * never read twice at once: a slot that comes too early is left out and counted; what was asked for meanwhile follows.
 */
import type { Logger, PollCycle } from "@unshub/adapter";
import type { DevicePlan } from "./device-plan.ts";
import type { PassOutcome } from "./group-poll-options.ts";
import type { GroupPoll } from "./group-poll.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import { Triggers } from "./triggers.ts";
import type { ValueTable } from "./value-table.ts";

export interface DeviceGroupsOptions {
  /** Of the device, for the log. */
  readonly name: string;
  readonly plan: DevicePlan;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  readonly table: ValueTable;
  /** Spreads the groups of all devices over their intervals. */
  readonly ordinal: () => number;
  /** How many groups share the link. */
  readonly sharing: number;
  reader(plan: DevicePlan["groups"][number]): GroupPoll;
  /** Whether the device may be asked now. */
  mayRead(): boolean;
  /** A slot came and nobody was asked. */
  unasked(): void;
  /** A slot came while the group was still being read. */
  overrun(): void;
  ended(outcome: PassOutcome): void;
}

interface Group {
  readonly poll: GroupPoll;
  readonly plan: DevicePlan["groups"][number];
  readonly isOnce: boolean;
  /** Infinite when it is read at no interval. */
  readonly intervalMs: number;
  /** The last pass that came to its end. */
  tookMs: number | undefined;
  /** Passes in a row that took longer than their interval. */
  slowPasses: number;
  /** Somebody asked for it while it was being read. */
  isAskedAgain: boolean;
  /** Told how each pass went. */
  readonly ended: (outcome: PassOutcome) => void;
}

const OVERRUNS_WORTH_A_WARNING = 3;
/** Groups that are read once are read again as long as a tag of theirs was not answered, or not well. */
const UNREAD_AGAIN_MS = 10_000;
const BAD_AGAIN_MS = 60_000;

export class DeviceGroups {
  readonly #options: DeviceGroupsOptions;
  readonly #groups: readonly Group[];
  readonly #triggers: Triggers;
  #planned: Planned[] = [];
  #phaseMs = 0;
  #isLive = false;

  constructor(options: DeviceGroupsOptions) {
    this.#options = options;
    this.#groups = options.plan.groups.map((plan) => this.#newGroup(plan));
    this.#triggers = new Triggers(options.plan, options.table);
  }

  #newGroup(plan: DevicePlan["groups"][number]): Group {
    const { schedule } = plan.config;
    const group: Group = {
      plan,
      isOnce: schedule.mode === "once",
      intervalMs: schedule.mode === "interval" ? schedule.intervalMs : Infinity,
      poll: this.#options.reader(plan),
      slowPasses: 0,
      tookMs: undefined,
      isAskedAgain: false,
      ended: (outcome) => this.#ended(group, outcome),
    };
    return group;
  }

  /** Of the group that was scheduled last: what is done for a device beside may be done when it is at hand anyway. */
  get phaseMs(): number {
    return this.#phaseMs;
  }

  /** Of those that are read at an interval, the fastest first. */
  get cycles(): readonly PollCycle[] {
    return this.#groups
      .filter(({ intervalMs, plan }) => intervalMs < Infinity && plan.tags.length > 0)
      .map(({ plan, poll, intervalMs, tookMs }) => ({
        group: plan.config.name,
        everyMs: intervalMs,
        requests: poll.blocks.length,
        ...(tookMs !== undefined && { tookMs }),
      }))
      .toSorted((a, b) => a.everyMs - b.everyMs);
  }

  /** Whether other groups than `name` are being read. */
  isBusyBeside(name: string): boolean {
    return this.#groups.some(({ plan, poll }) => poll.isRunning && plan.config.name !== name);
  }

  /** Reads everything but what is only read on demand, once. `ended` is told once, how all of it went. */
  readAll(ended: (outcome: PassOutcome) => void): void {
    const { scheduler } = this.#options;
    const groups = this.#groups.filter(({ plan }) => plan.config.schedule.mode !== "onDemand");
    let open = groups.length;
    let whole: PassOutcome = { answered: 0, isLinkDown: false, tookMs: 0 };
    for (const { poll } of groups) {
      poll.beginWhole(scheduler.nowMs(), (outcome) => {
        open -= 1;
        whole = joined(whole, outcome);
        if (open === 0) ended(whole);
      });
    }
    if (groups.length === 0) ended(whole);
  }

  /** From now on groups are read when they are due. */
  live(): void {
    this.#isLive = true;
    this.#triggers.arm();
    for (const group of this.#groups) this.#schedule(group);
  }

  /** Nothing is read any more; what is on the wire is not listened to. */
  stop(): void {
    this.#isLive = false;
    for (const planned of this.#planned.splice(0)) planned.cancel();
    for (const group of this.#groups) {
      group.poll.abort();
      group.isAskedAgain = false;
    }
  }

  /** All groups at once, those on demand too. */
  askAll(): void {
    for (const group of this.#groups) this.#ask(group);
  }

  /** What was refused is asked for again. */
  forgive(): void {
    for (const { poll } of this.#groups) poll.forgive();
  }

  /** Reads the groups whose tag has changed. */
  pull(): void {
    if (!this.#isLive) return;
    for (const name of this.#triggers.pulled()) {
      const group = this.#groups.find(({ plan }) => plan.config.name === name);
      if (group !== undefined) this.#ask(group);
    }
  }

  #ask(group: Group): void {
    if (!this.#isLive) return;
    if (group.poll.isRunning) group.isAskedAgain = true;
    else group.poll.beginWhole(this.#options.scheduler.nowMs(), group.ended);
  }

  #schedule(group: Group): void {
    const { schedule } = group.plan.config;
    if (schedule.mode === "once") return this.#againIfNotGood(group);
    // All tags of a group may ride along in a faster one.
    if (schedule.mode !== "interval" || group.plan.tags.length === 0) return undefined;
    const { intervalMs } = schedule;
    const { ordinal, sharing } = this.#options;
    const phaseMs = schedule.phase === "aligned" ? 0 : (ordinal() % 1) * intervalMs;
    this.#phaseMs = phaseMs;
    const due = (slotMs: number): void => this.#slot(group, slotMs + intervalMs);
    this.#planned.push(this.#options.scheduler.every({ intervalMs, phaseMs, sharing, due }));
    return undefined;
  }

  #slot(group: Group, deadlineMs: number): void {
    if (!this.#options.mayRead()) this.#options.unasked();
    else if (group.poll.isRunning) this.#options.overrun();
    else group.poll.begin(deadlineMs, group.ended);
  }

  #ended(group: Group, outcome: PassOutcome): void {
    if (outcome.cause === undefined) group.tookMs = Math.round(outcome.tookMs * 10) / 10;
    group.slowPasses = outcome.tookMs > group.intervalMs ? group.slowPasses + 1 : 0;
    if (group.slowPasses === OVERRUNS_WORTH_A_WARNING) this.#warnOfOverruns(group, outcome);
    this.#options.ended(outcome);
    if (!this.#isLive) return;
    if (group.isAskedAgain) {
      group.isAskedAgain = false;
      this.#ask(group);
    } else if (group.isOnce) this.#againIfNotGood(group);
  }

  #againIfNotGood(group: Group): void {
    const { table, scheduler } = this.#options;
    const isUnread = group.plan.tags.some(({ index }) => table.isUnread(index));
    const isBad = group.plan.tags.some(
      ({ tag, index }) => tag.access !== "w" && !table.isGood(index),
    );
    if (!isUnread && !isBad) return;
    const planned = scheduler.after(isUnread ? UNREAD_AGAIN_MS : BAD_AGAIN_MS, () => {
      this.#planned = this.#planned.filter((other) => other !== planned);
      if (this.#options.mayRead()) this.#ask(group);
      else this.#againIfNotGood(group);
    });
    this.#planned.push(planned);
  }

  #warnOfOverruns({ plan }: Group, { tookMs }: PassOutcome): void {
    const { schedule, name } = plan.config;
    if (schedule.mode !== "interval") return;
    const neededMs = Math.round(tookMs);
    const { intervalMs } = schedule;
    const device = this.#options.name;
    this.#options.log.warn(
      { device, group: name, neededMs, intervalMs },
      `group ${name} of ${device} needs ${neededMs} ms per pass but is asked for every ${intervalMs} ms`,
    );
  }
}

function joined(a: PassOutcome, b: PassOutcome): PassOutcome {
  const cause = a.cause ?? b.cause;
  return {
    answered: a.answered + b.answered,
    ...(cause !== undefined && { cause }),
    isLinkDown: a.isLinkDown || b.isLinkDown,
    tookMs: Math.max(a.tookMs, b.tookMs),
  };
}
