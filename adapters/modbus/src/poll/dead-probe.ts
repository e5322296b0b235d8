/**
 * Asks a dead device now and then whether it is back: one small request, ever more rarely, at moments that differ by
 * chance so that many dead devices are not asked at once.
 */
import type { DeviceConfig } from "../config/config.ts";
import type { Tag } from "../tag.ts";
import { encodeRequest, readRequest } from "../wire/pdu.ts";
import { expectedReply, type ModbusLink, type WireResult } from "../wire/index.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import type { ValueTable } from "./value-table.ts";

/** While it is not known to be dead for long. */
const FIRST_PAUSE_MS = 1000;
const GROWTH = 1.5;
const LONGEST_PAUSE_MS = 300_000;
const SPREAD = 0.1;

export interface DeadProbeOptions {
  readonly config: DeviceConfig;
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly random: () => number;
  readonly table: Pick<ValueTable, "tags" | "lastGood">;
  /** Whether so many requests were not answered that it is asked rarely. */
  isDemoted(): boolean;
  /** Whether it is still to be asked. */
  isWanted(): boolean;
  probed(result: WireResult): void;
}

export class DeadProbe {
  readonly #options: DeadProbeOptions;
  readonly #readable: readonly Tag[];
  #pauseMs = 0;
  #attempt = 0;
  #isOut = false;
  #planned: Planned | undefined;

  constructor(options: DeadProbeOptions) {
    this.#options = options;
    this.#readable = options.table.tags.filter(({ access }) => access !== "w");
  }

  /** Asks once, after a pause. */
  later(): void {
    const { scheduler, random } = this.#options;
    this.#planned?.cancel();
    const spread = 1 + SPREAD * (2 * random() - 1);
    this.#planned = scheduler.after(this.#nextPause() * spread, () => this.#ask());
  }

  /** Asks once, when those who waited for the link meanwhile have had their turn. */
  soon(): void {
    const { scheduler, config } = this.#options;
    this.#planned?.cancel();
    const pauseMs = Math.min(FIRST_PAUSE_MS, config.probeEveryMs);
    this.#planned = scheduler.after(pauseMs, () => this.#ask());
  }

  cancel(): void {
    this.#planned?.cancel();
  }

  /** The device lives: pauses begin anew. */
  reset(): void {
    this.cancel();
    this.#pauseMs = 0;
    this.#attempt = 0;
  }

  #nextPause(): number {
    const { config } = this.#options;
    if (!this.#options.isDemoted()) return Math.min(FIRST_PAUSE_MS, config.probeEveryMs);
    const pauseMs = Math.max(this.#pauseMs, config.probeEveryMs);
    this.#pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    return Math.min(pauseMs, LONGEST_PAUSE_MS);
  }

  #ask(): void {
    const { config, link, scheduler, table } = this.#options;
    // What was read well last, else one tag after the other.
    const tag = table.lastGood ?? this.#readable[this.#attempt % this.#readable.length];
    if (tag === undefined || this.#isOut || !this.#options.isWanted()) return;
    this.#attempt += 1;
    this.#isOut = true;
    const pdu = encodeRequest(readRequest(tag.table, tag.start, Math.min(tag.length, 2)));
    link.send({
      unit: config.unit,
      pdu,
      reply: expectedReply(pdu),
      timeoutMs: config.timeoutMs,
      priority: "probe",
      deadline: scheduler.nowMs(),
      tags: [tag.name],
      done: (result) => {
        this.#isOut = false;
        if (this.#options.isWanted()) this.#options.probed(result);
      },
    });
  }
}
