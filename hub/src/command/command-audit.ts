/** Commands on the audit trail: that they were asked for, before they are sent, and how they ended. */
import { proofOf, type AuditEntry } from "../identity/index.ts";
import { plainValue } from "./plain-outcome.ts";
import type { Commander, CommandRecord } from "./outcome.ts";

/** As much of the audit trail as commands need. */
export interface AuditDesk {
  readonly isBroken: boolean;
  later(entry: AuditEntry): void;
  /** On disk when it returns. @throws when it cannot be written */
  write(entry: AuditEntry): void;
  refused(entry: AuditEntry): void;
}

export class CommandAudit {
  readonly #desk: AuditDesk | undefined;

  constructor(desk: AuditDesk | undefined) {
    this.#desk = desk;
  }

  /** Whether nothing can be noted, so that nothing may be done. */
  get isBroken(): boolean {
    return this.#desk?.isBroken === true;
  }

  /**
   * What people ask for is on disk when it returns; clients that command by MQTT do not wait for the disk.
   * @throws when it cannot be written; then it must not be done.
   */
  asked(record: CommandRecord): void {
    const reason = record.receipt === undefined ? undefined : toldOf(record).join("; ");
    const entry = { ...entryOf(record), result: "asked", reason } as const;
    if (record.by.via === "mqtt") this.#desk?.later(entry);
    else this.#desk?.write(entry);
  }

  /** Somebody has said yes or no to what another one asked for. @throws as `asked` */
  answered(record: CommandRecord, by: Commander, answer: "approve" | "reject"): void {
    const { actor, via, address } = by;
    const what = {
      action: `${answer} command`,
      object: record.path,
      after: plainValue(record.asked),
    };
    this.#desk?.write({ actor, via, address, ...what, result: "done" });
  }

  ended(record: CommandRecord): void {
    const { outcome } = record;
    if (outcome === undefined) return;
    const reason = reasonOf(record, outcome);
    const entry = entryOf(record);
    if (outcome.result === "refused") this.#desk?.refused({ ...entry, result: "refused", reason });
    else this.#desk?.later({ ...entry, result: RESULTS[outcome.result], reason });
  }
}

const RESULTS = {
  confirmed: "done",
  mismatch: "failed",
  failed: "failed",
  timeout: "unknown",
  offline: "unknown",
  waiting: "asked",
  unknown: "unknown",
} as const;

function entryOf({ by, path, before, asked }: CommandRecord): Omit<AuditEntry, "result"> {
  return {
    ...by,
    action: "command",
    object: path,
    before: plainValue(before),
    after: plainValue(asked),
  };
}

/** Why he did it, and why it did not end well. */
function reasonOf(
  record: CommandRecord,
  outcome: NonNullable<CommandRecord["outcome"]>,
): string | undefined {
  const because = "because" in outcome ? [`${outcome.result}: ${outcome.because}`] : [];
  const parts = [...toldOf(record), ...because];
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** What he said, and what the assistant that he is got for it. */
function toldOf({ id, reason, receipt, steps }: CommandRecord): readonly string[] {
  const askedAt = steps[0]?.at ?? 0;
  const proof = receipt === undefined ? [] : [proofOf({ id, receipt, askedAt })];
  return reason === undefined ? proof : [reason, ...proof];
}
