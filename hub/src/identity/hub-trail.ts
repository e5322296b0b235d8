/** What the hub itself puts on its audit trail: that it started and how it ended before, that it stops, where the trail ends. */
import type { Logger } from "@unshub/adapter";
import { Audit } from "./audit.ts";
import { unanswered, type Unanswered } from "./unanswered.ts";

export interface HubTrailOptions {
  readonly file: string;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const TELL_HEAD_EVERY_MS = 3_600_000;
const OWN = { actor: "hub", via: "system" } as const;
const STOP = "stop";

export class HubTrail {
  readonly audit: Audit;
  /** Commands that the run before left open. */
  readonly leftOpen: readonly Unanswered[];
  readonly #options: HubTrailOptions;
  #toldHeadAt: number;

  constructor(options: HubTrailOptions) {
    const { file, log, now } = options;
    this.#options = options;
    this.#toldHeadAt = now();
    this.leftOpen = unanswered(file);
    this.audit = new Audit({
      file,
      now,
      failed: (error) =>
        log.error(
          { error },
          "the audit trail cannot be written: no commands and no changes until it can",
        ),
      recovered: () => log.info({}, "the audit trail can be written again"),
    });
  }

  /** What was asked for before ended with the hub. */
  started(): void {
    const { lastAction } = this.audit;
    for (const { end } of this.leftOpen) this.audit.later(end);
    const wasClean = lastAction === undefined || lastAction === STOP;
    this.audit.write({
      ...OWN,
      action: "start",
      result: "done",
      ...(!wasClean && { reason: "the hub was ended before without stopping" }),
    });
  }

  /** The configuration and the certificates are to be read again. `false`: it cannot be noted, and must not be done. */
  reloading(): boolean {
    this.audit.later({ ...OWN, action: "read configuration again", result: "asked" });
    this.audit.flush();
    if (!this.audit.isBroken) return true;
    this.#options.log.error({}, "configuration not read again: the audit trail cannot be written");
    return false;
  }

  /** The hub stops: nobody is there any more. */
  stopping(): void {
    this.audit.later({ ...OWN, action: STOP, result: "done" });
    this.audit.flush(true);
  }

  /** Call it once a second. */
  sweep(): void {
    this.audit.flush();
    this.#tellHead();
  }

  /** In the log, which is often kept elsewhere: who cuts off the end of the trail does not reach it there. */
  #tellHead(): void {
    const { log, now } = this.#options;
    if (now() - this.#toldHeadAt < TELL_HEAD_EVERY_MS) return;
    this.#toldHeadAt = now();
    log.info(this.audit.head, "the audit trail ends with this line now");
  }
}
