/**
 * Takes commands for all devices of an adapter and has them carried out: checked first, in payload order, one at a time
 * per device. What waits gives way to a later write of the same metrics; members of an atomic group go together or not at
 * all; each write is told to the audit.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { ageFault, rejected } from "./write-checks.ts";
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
  /** Carries out one write, or all of an atomic group in one request; one result for each. */
  perform(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]>;
  /** The last known value of the metric, for the audit. */
  valueOf(command: WriteCommand): MetricValue | undefined;
  audit(entry: WriteAudit): void;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Default 30 000. */
  readonly maxAgeMs?: number;
}

/** Writes that go out as one. */
interface Job {
  /** The same for jobs that write the same metrics. */
  readonly key: string;
  readonly commands: readonly WriteCommand[];
  settle(results: readonly WriteResult[]): void;
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
    for (const job of this.#jobsOf(commands.filter((_command, index) => !faults[index]))) {
      const done = this.#enqueue(job);
      for (const [index, command] of job.entries()) {
        results.set(
          command,
          done.then((all) => this.#resultAt(command, all[index])),
        );
      }
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
    const { now, maxAgeMs } = { now: this.#options.now(), maxAgeMs: this.#options.maxAgeMs };
    return ageFault(command, now, maxAgeMs) ?? this.#options.check(command);
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
  #jobsOf(commands: readonly WriteCommand[]): readonly (readonly WriteCommand[])[] {
    const jobs = new Map<string, WriteCommand[]>();
    for (const [index, command] of commands.entries()) {
      const key = this.#groupOf(command) ?? `#${index}`;
      const members = [...(jobs.get(key) ?? []), command];
      jobs.delete(key);
      jobs.set(key, members);
    }
    return [...jobs.values()];
  }

  /** Groups of different devices are different ones. */
  #groupOf(command: WriteCommand): string | undefined {
    const group = this.#options.groupOf?.(command);
    return group === undefined ? undefined : JSON.stringify([command.deviceId, group]);
  }

  #enqueue(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const deviceId = commands[0]?.deviceId ?? "";
    return new Promise((resolve) => {
      const key = JSON.stringify(commands.map(({ metric }) => metric).toSorted());
      const job: Job = { key, commands, settle: resolve };
      const waiting = this.#waiting.get(deviceId);
      if (waiting === undefined) void this.#run(deviceId, job);
      else this.#waiting.set(deviceId, [...this.#superseded(waiting, job), job]);
    });
  }

  /** What waits and would be written over at once. */
  #superseded(waiting: readonly Job[], by: Job): readonly Job[] {
    const at = this.#options.now();
    const because = "a later write of the same came before its turn";
    for (const job of waiting.filter(({ key }) => key === by.key)) {
      job.settle(job.commands.map((command) => rejected(command, "superseded", { because, at })));
    }
    return waiting.filter(({ key }) => key !== by.key);
  }

  /** Until nothing of the device waits. */
  async #run(deviceId: string, first: Job): Promise<void> {
    this.#waiting.set(deviceId, []);
    for (let job: Job | undefined = first; job !== undefined;) {
      job.settle(await this.#perform(job.commands));
      const [next, ...rest]: readonly Job[] = this.#waiting.get(deviceId) ?? [];
      this.#waiting.set(deviceId, rest);
      job = next;
    }
    this.#waiting.delete(deviceId);
  }

  async #perform(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    try {
      return await this.#options.perform(commands);
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
