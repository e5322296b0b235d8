/**
 * One device: is read until it answered completely, is born with all its metrics, is polled until it no longer answers,
 * dies, is asked ever more rarely, and so on. Its trouble stays its own: while it is dead, one small request now and then
 * is all that it costs the others on the link.
 */
import type {
  DeviceDiagnostics,
  DeviceReporter,
  DeviceState,
  LinkState,
  Logger,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import { ModbusError } from "../errors.ts";
import type { LearnedHoles } from "../plan/index.ts";
import type { LinkConfig, ModbusLink, WireResult } from "../wire/index.ts";
import { BirthRecord } from "./birth-record.ts";
import { DeadProbe } from "./dead-probe.ts";
import { DeviceFigures } from "./device-figures.ts";
import { planOf, type DevicePlan } from "./device-plan.ts";
import { DeviceValues } from "./device-values.ts";
import { DeviceWrites } from "./device-writes.ts";
import { GroupPoll, type PassOutcome } from "./group-poll.ts";
import { ReadableSpans } from "./readable-spans.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import { Triggers } from "./triggers.ts";
import type { UnitLocks } from "./unit-locks.ts";
import { ValueTable } from "./value-table.ts";

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

/** Requests that a pass spends on learning while the device is alive. */
const PROBES_A_PASS = 4;
const OVERRUNS_WORTH_A_WARNING = 3;
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
  readonly #values: DeviceValues;
  readonly #readable: ReadableSpans | undefined;
  readonly #groups: readonly Group[];
  readonly #writes: DeviceWrites;
  readonly #births: BirthRecord;
  #phase: Phase;
  #since: number;
  #lastError: string | undefined;
  #isSilenceLogged = false;
  #timeoutsInARow = 0;
  #failedPolls = 0;
  #planned: Planned[] = [];
  #grace: Planned | undefined;
  #unwatch: () => void = () => undefined;
  readonly #triggers: Triggers;
  readonly #probe: DeadProbe;

  constructor(options: DeviceOptions) {
    const { config, linkConfig, learned } = options;
    this.#options = options;
    this.name = config.name;
    this.#phase = "disabled";
    this.#since = options.now();
    this.#plan = planOf(config, linkConfig, learned);
    this.#table = new ValueTable(this.#plan.tags, this.#plan.staleAfterMs);
    const isBus = linkConfig.framing === "rtu" || linkConfig.framing === "rtuOverTcp";
    this.#readable = isBus ? new ReadableSpans() : undefined;
    this.#groups = this.#plan.groups.map((plan) => ({
      plan,
      poll: this.#groupPoll(plan),
      slowPasses: 0,
    }));
    this.#values = new DeviceValues({
      ...options,
      deviceId: config.name,
      table: this.#table,
      told: () => this.#pullTriggers(),
    });
    this.#triggers = new Triggers(this.#plan, this.#table);
    this.#probe = new DeadProbe({
      ...options,
      tag: this.#plan.tags.find(({ access }) => access !== "w"),
      isDemoted: () => this.#isDemoted,
      isWanted: () => this.#phase === "offline" && isUp(options.link.state),
      probed: (result) => this.#probed(result),
    });
    this.#births = new BirthRecord(config.offlineGraceMs);
    this.#writes = new DeviceWrites({
      ...options,
      tags: this.#plan.tags,
      isOnline: () => this.#phase === "online",
      readBack: (index, data, at) => this.#readBack(index, data, at),
    });
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
    if (this.#phase === "online") this.#values.born();
  }

  diagnostics(): DeviceDiagnostics {
    const { config, link } = this.#options;
    return {
      deviceId: this.name,
      link: link.name,
      state: this.#state,
      since: this.#since,
      address: `${link.name} unit ${config.unit}`,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      isDemoted: this.#isDemoted,
      ...this.figures.report(),
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
      readable: this.#readable,
      table: this.#table,
      probeBudget: () => (this.#phase === "online" ? PROBES_A_PASS : Infinity),
      answersSoFar: () => this.figures.answers,
      answered: (result) => this.#answered(result),
      timedOut: () => this.#timedOut(),
      begin: (at) => this.#values.begin(at),
      told: () => this.#values.tell(),
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

  #pullTriggers(): void {
    if (this.#phase !== "online") return;
    for (const name of this.#triggers.pulled()) {
      const group = this.#groups.find(({ plan }) => plan.config.name === name);
      if (group !== undefined) this.#beginPass(group, this.#options.scheduler.nowMs());
    }
  }

  #linkChanged(state: LinkState, cause: ModbusError | undefined): void {
    if (isUp(state)) {
      this.#endGrace();
      if (this.#phase === "offline") this.#reach();
      return;
    }
    this.#probe.cancel();
    if (cause !== undefined) this.#lastError = cause.message;
    if (this.#phase === "birthing") this.#giveUpBirth();
    if (this.#phase !== "online" || this.#grace !== undefined) return;
    const { graceMs } = this.#births;
    this.#grace = this.#after(graceMs, () => {
      if (isUp(this.#options.link.state)) return;
      const message = `${this.#where()}: no connection for ${graceMs} ms`;
      this.#die(new ModbusError("DEVICE_SILENT", message, { cause: this.#options.link.lastError }));
    });
  }

  /** Reads everything, so that the birth carries fresh values. */
  #reach(): void {
    const { config, link } = this.#options;
    if (!isUp(link.state) || this.#phase !== "offline") return;
    this.#enter("birthing");
    this.#probe.cancel();
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
    this.#probe.reset();
    this.#isSilenceLogged = false;
    this.#lastError = undefined;
    const isFlapping = this.#births.born(scheduler.nowMs());
    if (isFlapping) {
      const fields = { device: this.name, graceMs: this.#births.graceMs };
      log.warn(fields, "device comes and goes; it is given more time before it counts as dead");
    }
    this.#values.born();
    this.#triggers.arm();
    for (const group of this.#groups) this.#schedule(group);
    this.#keep(scheduler.every({ intervalMs: SECOND_MS, phaseMs: 0, due: () => this.#second() }));
  }

  #second(): void {
    this.figures.second();
    this.#values.age();
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
    const { link } = this.#options;
    this.#stopPasses();
    this.#dropPlanned();
    this.#enter("offline");
    this.#lastError = cause.message;
    this.#isSilenceLogged = true;
    this.#values.died(cause);
    if (isUp(link.state)) this.#probe.later();
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
    this.#probe.later();
  }

  #probed(result: WireResult): void {
    if (result.kind === "linkDown") return;
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
    this.#values.begin(at);
    this.#writes.decode(index, data, this.#table);
    this.#values.tell();
  }

  #after(ms: number, run: () => void): Planned {
    return this.#options.scheduler.after(ms, run);
  }

  #endGrace(): void {
    this.#grace?.cancel();
    this.#grace = undefined;
  }

  #keep(planned: Planned): void {
    this.#planned.push(planned);
  }

  #dropPlanned(): void {
    for (const planned of this.#planned.splice(0)) planned.cancel();
    this.#endGrace();
  }

  #stopPasses(): void {
    for (const { poll } of this.#groups) poll.abort();
  }

  #stopEverything(): void {
    this.#unwatch();
    this.#probe.cancel();
    this.#dropPlanned();
    this.#stopPasses();
    this.#values.stop();
  }

  #where(): string {
    const { config, link } = this.#options;
    return `${config.name} (unit ${config.unit} at ${link.name})`;
  }
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
