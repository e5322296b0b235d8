/** The last commands with their steps, for those who look at them; the audit trail keeps them for good. */
import type { MetricValue } from "@unshub/sparkplug";
import { CommandNumbers } from "./command-numbers.ts";
import { receiptOf } from "./receipt.ts";
import type { Commander, CommandRecord, CommandStep, LeftOver, WriteOutcome } from "./outcome.ts";

const MOST_KEPT = 1000;

/** A command as it begins. */
export interface Asked {
  readonly path: string;
  readonly metricId: number | undefined;
  readonly by: Commander;
  readonly reason: string | undefined;
  readonly asked: MetricValue;
  readonly before: MetricValue;
}

/** What an adapter says of one that the device took. */
interface Accepted {
  readonly askedAt: number | undefined;
  readonly note: string | undefined;
}

export class CommandJournal {
  readonly #now: () => number;
  readonly #records = new Map<number, CommandRecord>();
  /** The timestamps of those that were sent. */
  readonly #askedAt = new Map<number, number>();
  readonly #observers = new Set<(record: CommandRecord) => void>();
  readonly #numbers: CommandNumbers;

  /** `now`: milliseconds since 1970 UTC. */
  constructor(now: () => number, numbers = new CommandNumbers()) {
    this.#now = now;
    this.#numbers = numbers;
  }

  /** The newest first. */
  get records(): readonly CommandRecord[] {
    return [...this.#records.values()].toReversed();
  }

  get(id: number): CommandRecord | undefined {
    return this.#records.get(id);
  }

  /** Whether a number was given by an earlier run of the hub. */
  isOfEarlierRun(id: number): boolean {
    return id <= this.#numbers.before;
  }

  /** Tells `observer` of each command that begins or goes on; the answer ends it. */
  observe(observer: (record: CommandRecord) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Answers the id. */
  open(asked: Asked): number {
    const id = this.#numbers.next();
    const steps: readonly CommandStep[] = [{ step: "asked", at: this.#now() }];
    const record = { ...asked, id, steps, outcome: undefined };
    this.#put({ ...record, receipt: asked.by.via === "mcp" ? receiptOf(record) : undefined });
    this.#forget();
    return id;
  }

  /** Takes up what the run before left over; before anything else is asked for. */
  takeUp({ askedAt, because, wasWaiting, proposed, ...record }: LeftOver): void {
    const outcome = wasWaiting
      ? ({ result: "refused", code: "EXPIRED", because } as const)
      : ({ result: "unknown", because } as const);
    const steps: readonly CommandStep[] = [
      { step: "asked", at: askedAt },
      { step: "ended", at: this.#now(), note: because },
    ];
    const id = proposed?.id ?? this.#numbers.next();
    const kept = { reason: proposed?.reason, receipt: proposed?.receipt, id };
    this.#put({ ...record, ...kept, steps, outcome });
  }

  /** It went out; `askedAt`: its own timestamp, if it has one. */
  sent(id: number, askedAt: number | undefined): void {
    if (askedAt !== undefined) this.#askedAt.set(id, askedAt);
    this.step(id, "sent");
  }

  step(id: number, step: CommandStep["step"], note?: string): void {
    const record = this.#records.get(id);
    if (record === undefined || isOver(record.outcome)) return;
    const next = { step, at: this.#now(), ...(note !== undefined && { note }) };
    this.#put({ ...record, steps: [...record.steps, next] });
  }

  /**
   * The device took the command of that timestamp to a metric, or the last one; adapters say so when they have read back,
   * which the data has often told before.
   */
  accepted(metricId: number, { askedAt, note }: Accepted): void {
    const record = this.records.find(
      (each) =>
        each.metricId === metricId &&
        (askedAt === undefined || this.#askedAt.get(each.id) === askedAt),
    );
    if (record === undefined || !record.steps.some(({ step }) => step === "sent")) return;
    if (record.steps.some(({ step }) => step === "accepted")) return;
    const next = {
      step: "accepted",
      at: this.#now(),
      ...(note !== undefined && { note }),
    } as const;
    this.#put({ ...record, steps: [...record.steps, next] });
  }

  end(id: number, outcome: WriteOutcome): void {
    const record = this.#records.get(id);
    if (record === undefined || isOver(record.outcome)) return;
    const step = outcome.result === "waiting" ? "waiting" : "ended";
    const note = "because" in outcome ? outcome.because : undefined;
    const next = { step, at: this.#now(), ...(note !== undefined && { note }) } as const;
    this.#put({ ...record, steps: [...record.steps, next], outcome });
  }

  #put(record: CommandRecord): void {
    this.#records.set(record.id, record);
    for (const observer of this.#observers) observer(record);
  }

  #forget(): void {
    const [oldest] = this.#records.values();
    if (this.#records.size <= MOST_KEPT || oldest === undefined) return;
    this.#records.delete(oldest.id);
    this.#askedAt.delete(oldest.id);
  }
}

function isOver(outcome: CommandRecord["outcome"]): boolean {
  return outcome !== undefined && outcome.result !== "waiting";
}
