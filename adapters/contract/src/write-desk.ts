/**
 * Takes commands for all devices of an adapter and has them carried out: checked first, in payload order, one at a time
 * per device. What waits gives way to a later write of the same metrics, and is dropped when it has become too old; members
 * of an atomic group go together or not at all; each write is told to the audit.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { ageFault, leftMs, rejected, waitFault } from "./write-checks.ts";
import { failedWrite, type WriteCommand, type WriteResult } from "./write.ts";

/** What an audit keeps of a write. */
export interface WriteAudit {
  readonly command: WriteCommand;
  /** What the metric was worth before; `undefined` when that is not known. */
  readonly before: MetricValue | undefined;
  readonly result: WriteResult;
}

export interface WriteDeskOptions {
  /** Why a command cannot be carried out, as far as can be said before a byte leaves. */
  check(command: WriteCommand): WriteResult | undefined;
  /** The atomic group of a command's metric, if it has one. */
  groupOf?(command: WriteCommand): string | undefined;
  /** Whether a command goes out in the same request as the one right before it, e.g. neighbouring coils. */
  joins?(before: WriteCommand, command: WriteCommand): boolean;
  /**
   * Carries out one write, or all that go out in one request; one result for each. `waitMs`: how long they may still wait
   * before they leave.
   */
  perform(commands: readonly WriteCommand[], waitMs: number): Promise<readonly WriteResult[]>;
  /** The last known value of the metric, for the audit. */
  valueOf(command: WriteCommand): MetricValue | undefined;
  audit(entry: WriteAudit): void;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Default 30 000. */
  readonly maxAgeMs?: number;
}

interface Waiting {
  readonly command: WriteCommand;
  /** When it is too old; milliseconds since 1970 UTC. */
  readonly until: number;
  readonly settle: (result: WriteResult) => void;
}

/** Writes that go out as one. */
interface Job {
  /** An atomic group: it gives way as a whole or not at all. */
  readonly isWhole: boolean;
  readonly writes: readonly Waiting[];
}

interface Bundle {
  readonly isWhole: boolean;
  readonly commands: readonly WriteCommand[];
}

export class WriteDesk {
  readonly #options: WriteDeskOptions;
  /** By device: what waits while another job of the device runs. */
  readonly #waiting = new Map<string, Job[]>();

  constructor(options: WriteDeskOptions) {
    this.#options = options;
  }

  /** One result for each command, in their order. Never rejects. */
  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const before = commands.map((command) => this.#options.valueOf(command));
    const faults = this.#wholeGroups(
      commands,
      commands.map((command) => this.#check(command)),
    );
    const results = new Map<WriteCommand, Promise<WriteResult>>();
    for (const bundle of this.#bundlesOf(commands.filter((_command, index) => !faults[index]))) {
      const writes = bundle.commands.map((command): Waiting => {
        const { promise, resolve } = Promise.withResolvers<WriteResult>();
        results.set(command, promise);
        return { command, until: this.#untilOf(command), settle: resolve };
      });
      this.#enqueue({ isWhole: bundle.isWhole, writes });
    }
    return await Promise.all(
      commands.map(async (command, index) => {
        const fault = faults[index];
        const result = fault ?? (await results.get(command)) ?? this.#resultAt(command, undefined);
        this.#options.audit({ command, before: before[index], result });
        return result;
      }),
    );
  }

  #check(command: WriteCommand): WriteResult | undefined {
    return this.#ageFault(command) ?? this.#options.check(command);
  }

  #ageFault(command: WriteCommand): WriteResult | undefined {
    return ageFault(command, this.#options.now(), this.#options.maxAgeMs);
  }

  #untilOf(command: WriteCommand): number {
    const now = this.#options.now();
    return now + leftMs(command, now, this.#options.maxAgeMs);
  }

  /** Judged by the moment it came, since the clock of its sender may be wrong. */
  #waitFault({ command, until }: Waiting): WriteResult | undefined {
    const now = this.#options.now();
    return now > until ? waitFault(command, now, this.#options.maxAgeMs) : undefined;
  }

  /** One bad member spoils its group. */
  #wholeGroups(
    commands: readonly WriteCommand[],
    faults: readonly (WriteResult | undefined)[],
  ): readonly (WriteResult | undefined)[] {
    const spoilt = new Map<string, string>();
    for (const [index, command] of commands.entries()) {
      const group = this.#groupOf(command);
      if (group !== undefined && faults[index] !== undefined) spoilt.set(group, command.metric);
    }
    return commands.map((command, index) => {
      const culprit = spoilt.get(this.#groupOf(command) ?? "");
      if (faults[index] !== undefined || culprit === undefined) return faults[index];
      const because = `its group goes as a whole, and ${culprit} was rejected`;
      return rejected(command, "group_incomplete", { because, at: this.#options.now() });
    });
  }

  /** A group stands where its last member stands. */
  #bundlesOf(commands: readonly WriteCommand[]): readonly Bundle[] {
    const bundles = new Map<string, WriteCommand[]>();
    let last: WriteCommand[] | undefined;
    for (const [index, command] of commands.entries()) {
      const group = this.#groupOf(command);
      if (group === undefined && last !== undefined && this.#joins(last.at(-1), command)) {
        last.push(command);
        continue;
      }
      const key = group ?? `#${index}`;
      const members = [...(bundles.get(key) ?? []), command];
      bundles.delete(key);
      bundles.set(key, members);
      last = group === undefined ? members : undefined;
    }
    return Array.from(bundles, ([key, members]) => ({
      isWhole: !key.startsWith("#"),
      commands: members,
    }));
  }

  #joins(before: WriteCommand | undefined, command: WriteCommand): boolean {
    if (before === undefined || before.deviceId !== command.deviceId) return false;
    return this.#options.joins?.(before, command) ?? false;
  }

  /** Groups of different devices are different ones. */
  #groupOf(command: WriteCommand): string | undefined {
    const group = this.#options.groupOf?.(command);
    return group === undefined ? undefined : JSON.stringify([command.deviceId, group]);
  }

  #enqueue(job: Job): void {
    const deviceId = job.writes[0]?.command.deviceId ?? "";
    const waiting = this.#waiting.get(deviceId);
    if (waiting === undefined) void this.#run(deviceId, job);
    else this.#waiting.set(deviceId, [...this.#superseded(waiting, job), job]);
  }

  /** What waits and would be written over at once. */
  #superseded(waiting: readonly Job[], by: Job): readonly Job[] {
    const metrics = new Set(by.writes.map(({ command }) => command.metric));
    const isOver = ({ command }: Waiting): boolean => metrics.has(command.metric);
    return waiting.flatMap((job): readonly Job[] => {
      const over = job.writes.filter(isOver);
      if (over.length === 0 || (job.isWhole && over.length < job.writes.length)) return [job];
      this.#giveWay(over);
      const writes = job.writes.filter((write) => !isOver(write));
      return writes.length === 0 ? [] : [{ ...job, writes }];
    });
  }

  #giveWay(writes: readonly Waiting[]): void {
    const at = this.#options.now();
    const because = "a later write of the same came before its turn";
    for (const { command, settle } of writes)
      settle(rejected(command, "superseded", { because, at }));
  }

  /** Until nothing of the device waits. */
  async #run(deviceId: string, first: Job): Promise<void> {
    this.#waiting.set(deviceId, []);
    for (let job: Job | undefined = first; job !== undefined;) {
      await this.#carryOut(this.#stillDue(job));
      const [next, ...rest]: readonly Job[] = this.#waiting.get(deviceId) ?? [];
      this.#waiting.set(deviceId, rest);
      job = next;
    }
    this.#waiting.delete(deviceId);
  }

  /** What has become too old while it waited is not carried out: whoever asked was told long ago that nobody knows. */
  #stillDue({ writes, isWhole }: Job): readonly Waiting[] {
    const commands = writes.map(({ command }) => command);
    const ages = writes.map((write) => this.#ageFault(write.command) ?? this.#waitFault(write));
    const faults = isWhole ? this.#wholeGroups(commands, ages) : ages;
    return writes.filter(({ settle }, index) => {
      const fault = faults[index];
      if (fault !== undefined) settle(fault);
      return fault === undefined;
    });
  }

  async #carryOut(writes: readonly Waiting[]): Promise<void> {
    if (writes.length === 0) return;
    const until = writes.reduce((least, each) => Math.min(least, each.until), Infinity);
    const commands = writes.map(({ command }) => command);
    const results = await this.#perform(commands, Math.max(0, until - this.#options.now()));
    for (const [index, { command, settle }] of writes.entries()) {
      settle(this.#resultAt(command, results[index]));
    }
  }

  async #perform(
    commands: readonly WriteCommand[],
    waitMs: number,
  ): Promise<readonly WriteResult[]> {
    try {
      return await this.#options.perform(commands, waitMs);
    } catch (error) {
      return commands.map(() => failedWrite(error, this.#options.now()));
    }
  }

  #resultAt(command: WriteCommand, result: WriteResult | undefined): WriteResult {
    const because = "the adapter gave no result";
    return result ?? rejected(command, "failed", { because, at: this.#options.now() });
  }
}

/** An audit entry as fields of a log line. */
export function auditFields({ command, before, result }: WriteAudit): object {
  const { deviceId, metric, value, by, askedAt } = command;
  const { outcome, because, read } = result;
  return {
    device: deviceId,
    metric,
    before: plain(before),
    asked: plain(value),
    outcome,
    ...(read !== undefined && { read: plain(read) }),
    ...(because !== undefined && { because }),
    ...(askedAt !== undefined && { askedAt }),
    ...by,
  };
}

/** What survives the log. */
function plain(value: MetricValue | undefined): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
