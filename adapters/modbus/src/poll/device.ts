/**
 * One device: is read until it answered completely, is born with all its metrics, is polled until it no longer answers,
 * dies, is asked ever more rarely, and so on. Its trouble stays its own: while it is dead, one small request now and then
 * is all that it costs the others on the link.
 */
import type {
  DeviceDiagnostics,
  DeviceReporter,
  DeviceState,
  Logger,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import { ModbusError } from "../errors.ts";
import type { LearnedHoles, PlannedBlock } from "../plan/index.ts";
import { encodeRequest, readRequest } from "../wire/pdu.ts";
import {
  expectedReply,
  type LinkConfig,
  type LinkState,
  type ModbusLink,
  type WireResult,
} from "../wire/index.ts";
import { BirthRecord } from "./birth-record.ts";
import { DeviceFigures } from "./device-figures.ts";
import { planOf, type DevicePlan } from "./device-plan.ts";
import { DeviceWrites } from "./device-writes.ts";
import { GroupPoll, type PassOutcome } from "./group-poll.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import type { UnitLocks } from "./unit-locks.ts";
import { ValueTable, type Moment } from "./value-table.ts";

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
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly random: () => number;
  readonly learned: LearnedHoles;
  remember(learned: LearnedHoles): void;
}

/** While it is not known to be dead for long. */
const FIRST_PROBE_MS = 1000;
const PROBE_GROWTH = 1.5;
const LONGEST_PROBE_MS = 300_000;
/** Part by which pauses differ by chance, so that many devices are not asked at once. */
const PROBE_SPREAD = 0.1;
/** Requests that a pass spends on learning while the device is alive. */
const PROBES_A_PASS = 4;
const OVERRUNS_WORTH_A_WARNING = 3;
/** A wall clock that goes back by more was set. */
const CLOCK_STEP_MS = 1000;
const SECOND_MS = 1000;

/** A group and its schedule. */
interface Group {
  readonly poll: GroupPoll;
  readonly plan: DevicePlan["groups"][number];
  /** Passes in a row that took longer than their interval. */
  slowPasses: number;
}

type Phase = "disabled" | "offline" | "birthing" | "online";

export class Device {
  readonly name: string;
  readonly figures = new DeviceFigures();
  readonly #options: DeviceOptions;
  readonly #plan: DevicePlan;
  readonly #table: ValueTable;
  readonly #groups: readonly Group[];
  readonly #writes: DeviceWrites;
  readonly #births: BirthRecord;
  #phase: Phase;
  #since: number;
  #lastError: string | undefined;
  #isSilenceLogged = false;
  #timeoutsInARow = 0;
  #failedPolls = 0;
  #probePauseMs = FIRST_PROBE_MS;
  #lastAt = 0;
  #planned: Planned[] = [];
  #dueAlarm: Planned | undefined;
  #grace: Planned | undefined;
  #probing: Planned | undefined;
  #unwatch: () => void = () => undefined;
  readonly #triggers: readonly Trigger[];

  constructor(options: DeviceOptions) {
    const { config, linkConfig, learned } = options;
    this.#options = options;
    this.name = config.name;
    this.#phase = "disabled";
    this.#since = options.now();
    this.#plan = planOf(config, linkConfig, learned);
    this.#table = new ValueTable(this.#plan.tags, this.#plan.staleAfterMs);
    this.#groups = this.#plan.groups.map((plan) => ({
      plan,
      poll: this.#groupPoll(plan),
      slowPasses: 0,
    }));
    this.#triggers = this.#groups.flatMap((group) => triggerOf(group, this.#plan));
    this.#births = new BirthRecord(config.offlineGraceMs);
    this.#writes = new DeviceWrites({
      ...options,
      tags: this.#plan.tags,
      isOnline: () => this.#phase === "online",
      readBack: (index, data, at) => this.#readBack(index, data, at),
    });
  }

  get isInUse(): boolean {
    return this.#phase !== "disabled";
  }

  get blocks(): readonly PlannedBlock[] {
    return this.#groups.flatMap(({ poll }) => poll.blocks);
  }

  /** Begins to live; `false` in the configuration keeps it out of the bus. */
  start(): void {
    if (this.#options.config.enabled) this.enable();
  }

  enable(): void {
    if (this.#phase !== "disabled") return;
    const { link } = this.#options;
    this.#enter("offline");
    this.#unwatch = link.watch({ changed: (state, cause) => this.#linkChanged(state, cause) });
    if (isUp(link.state)) this.#reach();
  }

  /** DDEATH when it lives; nothing of it is on the bus afterwards. */
  disable(): void {
    if (this.#phase === "disabled") return;
    if (this.#phase === "online") this.#die(new ModbusError("STOPPED", "the device is disabled"));
    this.#stopEverything();
    this.#enter("disabled");
  }

  /** As `disable`, without a word: who stops the adapter says the deaths. */
  async stop(): Promise<void> {
    this.#stopEverything();
    this.#enter("disabled");
    await this.#writes.stop();
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return this.#writes.write(commands);
  }

  /** Asks for all groups at once, those on demand too. */
  poll(): void {
    if (this.#phase !== "online") return;
    for (const group of this.#groups) this.#beginPass(group, this.#options.scheduler.nowMs());
  }

  /** What was refused is asked for again; a dead device is asked now. */
  rescan(): void {
    for (const { poll } of this.#groups) poll.forgive();
    if (this.#phase === "offline" && isUp(this.#options.link.state)) this.#reach();
    else this.poll();
  }

  /** Other rules of when a value is published; nothing is asked of the device. */
  adjust(config: DeviceConfig): void {
    this.#table.useRules(config.groups.flatMap(({ tags }) => tags));
  }

  /** The birth again, from the values that are known. */
  rebirth(): void {
    if (this.#phase === "online") this.#sayBirth();
  }

  diagnostics(): DeviceDiagnostics {
    const { config, link } = this.#options;
    const { figures } = this;
    const p50 = figures.rttMs(0.5);
    const p99 = figures.rttMs(0.99);
    return {
      deviceId: this.name,
      link: link.name,
      state: this.#state,
      since: this.#since,
      address: `${link.name} unit ${config.unit}`,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      isDemoted: this.#isDemoted,
      timeouts: figures.timeouts,
      exceptions: figures.exceptions,
      overruns: figures.overruns,
      coalesced: 0,
      ...(p50 !== undefined && { rttP50Ms: p50 }),
      ...(p99 !== undefined && { rttP99Ms: p99 }),
      requestsPerSecond: figures.requestsPerSecond,
      tags: this.#plan.tags.length,
      badTags: this.#table.badTags,
    };
  }

  get #isDemoted(): boolean {
    return this.#phase === "offline" && this.#timeoutsInARow >= this.#options.config.demoteAfter;
  }

  get #state(): DeviceState {
    if (this.#phase === "online") return this.#failedPolls > 0 ? "stale" : "online";
    return this.#isDemoted ? "demoted" : this.#phase;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#since = this.#options.now();
  }

  #groupPoll(plan: DevicePlan["groups"][number]): GroupPoll {
    const { config, link, scheduler, learned } = this.#options;
    return new GroupPoll({
      name: plan.config.name,
      unit: config.unit,
      timeoutMs: config.timeoutMs,
      // A dead device is asked once: the others on the link wait meanwhile.
      retries: () => (this.#phase === "online" ? config.retries : 0),
      splitOn: config.limits.splitOn,
      tags: plan.tags,
      limits: this.#plan.limits,
      learned,
      link,
      scheduler,
      table: this.#table,
      probeBudget: () => (this.#phase === "online" ? PROBES_A_PASS : Infinity),
      answersSoFar: () => this.figures.answers,
      answered: (result) => this.#answered(result),
      timedOut: () => this.#timedOut(),
      begin: (at) => this.#table.begin(this.#moment(at)),
      told: () => this.#tell(),
      learnedMore: (more) => this.#options.remember(more),
    });
  }

  #answered(result: WireResult): void {
    this.#timeoutsInARow = 0;
    if (result.kind === "exception") this.figures.exceptions += 1;
    if ("rttMs" in result) this.figures.answered(result.rttMs);
  }

  #timedOut(): void {
    this.#timeoutsInARow += 1;
    this.figures.timeouts += 1;
  }

  /** The two clocks; the wall clock never goes back within a life. */
  #moment(at: number = this.#options.now()): Moment {
    const nowMs = this.#options.scheduler.nowMs();
    if (at >= this.#lastAt) this.#lastAt = at;
    else if (this.#lastAt - at > CLOCK_STEP_MS) this.#clockSetBack(at);
    return { at: this.#lastAt, nowMs };
  }

  /** Values of the time to come would be the older ones: a birth begins a new time for whoever listens. */
  #clockSetBack(at: number): void {
    this.#lastAt = at;
    if (this.#phase === "online") this.#options.scheduler.after(0, () => this.rebirth());
  }

  /** What the last reply brought goes out as one message. */
  #tell(): void {
    const batch = this.#table.take();
    if (batch !== undefined) {
      this.#options.report.samples(this.name, batch);
      this.#table.giveBack(batch);
    }
    this.#pullTriggers();
    this.#armDue();
  }

  /** Values that wait for their interval to close, heartbeats. */
  #armDue(): void {
    const { scheduler } = this.#options;
    const dueMs = this.#table.nextDueMs;
    if (dueMs === Infinity || this.#dueAlarm !== undefined || this.#phase !== "online") return;
    this.#dueAlarm = scheduler.after(Math.max(0, dueMs - scheduler.nowMs()), () => {
      this.#dueAlarm = undefined;
      this.#age();
    });
  }

  #age(): void {
    if (this.#phase !== "online") return;
    this.#table.age(this.#moment());
    this.#tell();
  }

  #pullTriggers(): void {
    if (this.#phase !== "online") return;
    for (const trigger of this.#triggers) {
      const value = this.#table.valueOf(trigger.index);
      if (Object.is(value, trigger.last)) continue;
      const isFirst = trigger.last === undefined;
      trigger.last = value;
      if (!isFirst) this.#beginPass(trigger.group, this.#options.scheduler.nowMs());
    }
  }

  #linkChanged(state: LinkState, cause: ModbusError | undefined): void {
    if (isUp(state)) {
      this.#grace?.cancel();
      if (this.#phase === "offline") this.#reach();
      return;
    }
    this.#probing?.cancel();
    if (cause !== undefined) this.#lastError = cause.message;
    if (this.#phase === "birthing") this.#giveUpBirth();
    if (this.#phase !== "online" || this.#isGraceRunning) return;
    const graceMs = this.#births.graceMs;
    this.#isGraceRunning = true;
    this.#grace = this.#after(graceMs, () => {
      this.#isGraceRunning = false;
      if (isUp(this.#options.link.state)) return;
      const message = `${this.#where()}: no connection for ${graceMs} ms`;
      this.#die(new ModbusError("DEVICE_SILENT", message, { cause: this.#options.link.lastError }));
    });
  }

  #isGraceRunning = false;

  /** Reads everything, so that the birth carries fresh values. */
  #reach(): void {
    const { config, link } = this.#options;
    if (!isUp(link.state) || this.#phase !== "offline") return;
    this.#enter("birthing");
    this.#probing?.cancel();
    for (const { poll } of this.#groups) poll.forgive();
    this.#keep(this.#after(config.birthTimeoutMs, () => this.#birthTakesLong()));
    this.#readAll(this.#groups.filter(({ plan }) => plan.config.schedule.mode !== "onDemand"));
  }

  /** Passes over `groups` until each went through; all are read again while some answer and others do not. */
  #readAll(groups: readonly Group[]): void {
    let open = groups.length;
    let answered = 0;
    let failure: PassOutcome["cause"];
    for (const group of groups) {
      group.poll.begin(this.#options.scheduler.nowMs(), (outcome) => {
        if (outcome.isLinkDown) return;
        open -= 1;
        answered += outcome.answered;
        failure ??= outcome.cause;
        if (open > 0 || this.#phase !== "birthing") return;
        if (failure === undefined) this.#beBorn();
        else if (answered > 0) this.#readAll(groups);
        else this.#missed(failure);
      });
    }
  }

  #birthTakesLong(): void {
    if (this.#phase === "birthing" && this.#table.hasGood) this.#beBorn();
  }

  #giveUpBirth(): void {
    this.#enter("offline");
    this.#stopPasses();
  }

  #beBorn(): void {
    const { scheduler, log } = this.#options;
    this.#dropPlanned();
    this.#enter("online");
    this.#failedPolls = 0;
    this.#timeoutsInARow = 0;
    this.#probePauseMs = FIRST_PROBE_MS;
    this.#isSilenceLogged = false;
    this.#lastError = undefined;
    const isFlapping = this.#births.born(scheduler.nowMs());
    if (isFlapping) {
      const fields = { device: this.name, graceMs: this.#births.graceMs };
      log.warn(fields, "device comes and goes; it is given more time before it counts as dead");
    }
    this.#sayBirth();
    for (const group of this.#groups) this.#schedule(group);
    this.#keep(scheduler.every({ intervalMs: SECOND_MS, phaseMs: 0, due: () => this.#second() }));
  }

  #sayBirth(): void {
    const { report } = this.#options;
    report.born(this.name, this.#table.born(this.#moment()));
    for (const trigger of this.#triggers) trigger.last = this.#table.valueOf(trigger.index);
    this.#armDue();
  }

  #second(): void {
    this.figures.second();
    this.#age();
  }

  #schedule(group: Group): void {
    const { schedule } = group.plan.config;
    if (schedule.mode !== "interval") return;
    const { intervalMs } = schedule;
    const phaseMs = schedule.phase === "aligned" ? 0 : (this.#options.ordinal() % 1) * intervalMs;
    const due = (slotMs: number): void => this.#slot(group, slotMs, intervalMs);
    this.#keep(this.#options.scheduler.every({ intervalMs, phaseMs, due }));
  }

  #slot(group: Group, slotMs: number, intervalMs: number): void {
    // Without a link nobody is asked, so nobody fails to answer; the grace of the link decides.
    if (!isUp(this.#options.link.state)) return;
    if (this.#beginPass(group, slotMs + intervalMs)) return;
    this.figures.overruns += 1;
  }

  /** `false`: the pass before is still running. */
  #beginPass(group: Group, deadlineMs: number): boolean {
    if (group.poll.isRunning) return false;
    group.poll.begin(deadlineMs, (outcome) => this.#passEnded(group, outcome));
    return true;
  }

  #passEnded(group: Group, outcome: PassOutcome): void {
    group.slowPasses = isSlow(group, outcome) ? group.slowPasses + 1 : 0;
    if (group.slowPasses === OVERRUNS_WORTH_A_WARNING) this.#warnOfOverruns(group, outcome);
    if (outcome.isLinkDown || this.#phase !== "online") return;
    if (outcome.answered > 0) this.#failedPolls = 0;
    else if (outcome.cause !== undefined) this.#failedPolls += 1;
    if (this.#failedPolls < this.#options.config.offlineAfter) return;
    const message = `${this.#where()}: ${this.#failedPolls} polls in a row were not answered`;
    this.#die(new ModbusError("DEVICE_SILENT", message));
  }

  #warnOfOverruns({ plan }: Group, { tookMs }: PassOutcome): void {
    const { schedule, name } = plan.config;
    if (schedule.mode !== "interval") return;
    const needs = Math.round(tookMs);
    this.#options.log.warn(
      { device: this.name, group: name, neededMs: needs, intervalMs: schedule.intervalMs },
      `group ${name} of ${this.name} needs ${needs} ms per pass but is asked for every ${schedule.intervalMs} ms`,
    );
  }

  #die(cause: ModbusError): void {
    const { report, link } = this.#options;
    this.#stopPasses();
    this.#dropPlanned();
    this.#enter("offline");
    this.#lastError = cause.message;
    this.#table.died(this.#moment());
    this.#isSilenceLogged = true;
    report.died(this.name, cause);
    if (isUp(link.state)) this.#probeLater();
  }

  /** The device did not answer a first reading or a probe. */
  #missed(cause: PassOutcome["cause"]): void {
    this.#enter("offline");
    this.#dropPlanned();
    const text = cause instanceof ModbusError ? cause.message : `${this.#where()} does not answer`;
    this.#lastError = text;
    const level = this.#isSilenceLogged ? "debug" : "warn";
    this.#isSilenceLogged = true;
    this.#options.log[level]({ device: this.name, cause: text }, "device does not answer");
    this.#probeLater();
  }

  #probeLater(): void {
    const { config, random } = this.#options;
    const spread = 1 + PROBE_SPREAD * (2 * random() - 1);
    const pauseMs = this.#isDemoted ? this.#demotedPause() : FIRST_PROBE_MS;
    this.#probing = this.#after(Math.min(pauseMs, LONGEST_PROBE_MS) * spread, () => this.#probe());
    if (!this.#isDemoted) this.#probePauseMs = config.probeEveryMs;
  }

  #demotedPause(): number {
    const pauseMs = Math.max(this.#probePauseMs, this.#options.config.probeEveryMs);
    this.#probePauseMs = Math.min(pauseMs * PROBE_GROWTH, LONGEST_PROBE_MS);
    return pauseMs;
  }

  /** One small request: the last one that was answered, or a single register. */
  #probe(): void {
    const { config, link } = this.#options;
    if (this.#phase !== "offline" || !isUp(link.state)) return;
    const tag = this.#plan.tags.find(({ access }) => access !== "w");
    if (tag === undefined) return;
    const pdu = encodeRequest(readRequest(tag.table, tag.start, Math.min(tag.length, 2)));
    link.send({
      unit: config.unit,
      pdu,
      reply: expectedReply(pdu),
      timeoutMs: config.timeoutMs,
      priority: "probe",
      deadline: this.#options.scheduler.nowMs(),
      tags: [tag.name],
      done: (result) => this.#probed(result),
    });
  }

  #probed(result: WireResult): void {
    if (this.#phase !== "offline" || result.kind === "linkDown") return;
    if (isAnswer(result)) {
      this.#answered(result);
      return this.#reach();
    }
    this.#timedOut();
    return this.#missed("silent");
  }

  /** A write was read back: what the device has now counts. */
  #readBack(index: number, data: Uint8Array, at: number): void {
    if (this.#phase !== "online") return;
    this.#table.begin(this.#moment(at));
    this.#writes.decode(index, data, this.#table);
    this.#tell();
  }

  #after(ms: number, run: () => void): Planned {
    return this.#options.scheduler.after(ms, run);
  }

  #keep(planned: Planned): void {
    this.#planned.push(planned);
  }

  #dropPlanned(): void {
    for (const planned of this.#planned.splice(0)) planned.cancel();
    this.#grace?.cancel();
    this.#isGraceRunning = false;
    this.#dueAlarm?.cancel();
    this.#dueAlarm = undefined;
  }

  #stopPasses(): void {
    for (const { poll } of this.#groups) poll.abort();
  }

  #stopEverything(): void {
    this.#unwatch();
    this.#probing?.cancel();
    this.#dropPlanned();
    this.#stopPasses();
  }

  #where(): string {
    const { config, link } = this.#options;
    return `${config.name} (unit ${config.unit} at ${link.name})`;
  }
}

/** A group that is asked for when the value of a tag changes. */
interface Trigger {
  readonly group: Group;
  readonly index: number;
  last: unknown;
}

function triggerOf(group: Group, plan: DevicePlan): readonly Trigger[] {
  const { schedule } = group.plan.config;
  if (schedule.mode !== "onTrigger") return [];
  const index = plan.tags.findIndex(({ name }) => name === schedule.trigger);
  return index < 0 ? [] : [{ group, index, last: undefined }];
}

function isUp(state: LinkState): boolean {
  return state === "up" || state === "degraded";
}

function isSlow({ plan }: Group, { tookMs }: PassOutcome): boolean {
  const { schedule } = plan.config;
  return schedule.mode === "interval" && tookMs > schedule.intervalMs;
}

/** Whether the unit itself said something. */
function isAnswer(result: WireResult): boolean {
  if (result.kind === "exception") return result.code !== 10 && result.code !== 11;
  return result.kind === "data";
}
