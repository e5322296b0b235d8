/** What is written down of a command: each step in the journal, asking and end on the audit trail, the end in the log. */
import type { Logger } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { MetricInfo, UnsTree } from "../tree/index.ts";
import { CommandAudit, type AuditDesk } from "./command-audit.ts";
import type { CommandNumbers } from "./command-numbers.ts";
import { CommandJournal } from "./journal.ts";
import type { Commander, CommandRecord, Writer, WriteOutcome } from "./outcome.ts";

export interface CommandNotesOptions {
  readonly tree: UnsTree;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Left out: commands are on no trail. */
  readonly audit?: AuditDesk | undefined;
  /** Left out: commands count from 1. */
  readonly numbers?: CommandNumbers | undefined;
}

/** What somebody asks for. */
interface AskedFor {
  readonly path: string;
  /** `undefined`: there is no such metric. */
  readonly info: MetricInfo | undefined;
  readonly asked: MetricValue;
}

export class CommandNotes {
  readonly journal: CommandJournal;
  readonly #tree: UnsTree;
  readonly #log: Logger;
  readonly #audit: CommandAudit;

  constructor({ tree, log, now, audit, numbers }: CommandNotesOptions) {
    this.journal = new CommandJournal(() => now(), numbers);
    this.#tree = tree;
    this.#log = log;
    this.#audit = new CommandAudit(audit);
  }

  /** Whether nothing can be noted, so that nothing may be done. */
  get isBroken(): boolean {
    return this.#audit.isBroken;
  }

  /** A command begins. Answers its number. */
  open({ path, info, asked }: AskedFor, { actor, via, address, reason }: Writer): number {
    return this.journal.open({
      path,
      metricId: info?.id,
      by: { actor, via, address },
      reason,
      asked,
      before: info === undefined ? null : this.#tree.values.value(info.id),
    });
  }

  /** Before it is sent. `false`: it could not be noted, and must not be sent. */
  asked(command: number): boolean {
    return this.#noted(command, (record) => this.#audit.asked(record));
  }

  /** A second person said yes or no. `false`: it could not be noted, and does not count. */
  answered(command: number, by: Commander, answer: "approve" | "reject"): boolean {
    return this.#noted(command, (record) => this.#audit.answered(record, by, answer));
  }

  /** It has ended, or waits. Answers with what came of it. */
  end(command: number, outcome: WriteOutcome): WriteOutcome {
    this.journal.end(command, outcome);
    const record = this.journal.get(command);
    if (record !== undefined) this.#ended(record);
    return outcome;
  }

  #noted(command: number, note: (record: CommandRecord) => void): boolean {
    const record = this.journal.get(command);
    try {
      if (record !== undefined) note(record);
      return true;
    } catch (error) {
      this.#log.error({ command, error }, "the audit trail cannot be written");
      return false;
    }
  }

  #ended(record: CommandRecord): void {
    const { path, by, outcome, asked } = record;
    const because = outcome !== undefined && "because" in outcome ? outcome.because : undefined;
    const fields = { path, by: by.actor, via: by.via, asked, because };
    this.#log.info(fields, `command ${outcome?.result ?? "under way"}`);
    this.#audit.ended(record);
  }
}
