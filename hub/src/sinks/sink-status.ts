/** Whether a sink writes, whatever it reads: since when, why not, what it has done, and what is said about all that. */
import type { Logger } from "@unshub/adapter";
import type { SinkConfig } from "./config/index.ts";
import type { SinkFindings } from "./findings.ts";
import { reasonOf } from "./target.ts";

export interface SinkState {
  readonly name: string;
  readonly type: SinkConfig["type"];
  /** Where it writes to, without secrets. */
  readonly target: string;
  /** `starting`: not written yet; `up`: the last write succeeded, or there was nothing to write. */
  readonly status: "starting" | "up" | "down" | "stopped";
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  /** Why it is down. */
  readonly error: string | undefined;
  /** Of the next row in the log. */
  readonly position: number;
  readonly backlogRows: number;
  readonly lagMs: number;
  /** Since the start, as all that follow. */
  readonly rowsWritten: number;
  readonly errors: number;
  /** Rows that were deleted before they could be read. */
  readonly missedRows: number;
  readonly deadLetters: number;
  readonly deadLettersDropped: number;
  readonly lastWriteAt: number | undefined;
}

export interface SinkStatusOptions {
  readonly config: Pick<SinkConfig, "name" | "type">;
  readonly findings: SinkFindings;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Down for so long, it is a finding. */
const DOWN_MS = 60_000;

export class SinkStatus {
  rowsWritten = 0;
  missedRows = 0;
  lastWriteAt: number | undefined;
  readonly #options: SinkStatusOptions;
  #status: SinkState["status"] = "starting";
  #since: number;
  #error: string | undefined;
  #errors = 0;
  /** Whether it was said that it is down for long. */
  #isFound = false;

  constructor(options: SinkStatusOptions) {
    this.#options = options;
    this.#since = options.now();
  }

  /** As far as all sinks are alike. */
  shown(): Pick<
    SinkState,
    | "name"
    | "type"
    | "status"
    | "since"
    | "error"
    | "rowsWritten"
    | "errors"
    | "missedRows"
    | "lastWriteAt"
  > {
    const { name, type } = this.#options.config;
    const { rowsWritten, missedRows, lastWriteAt } = this;
    return {
      name,
      type,
      status: this.#status,
      since: this.#since,
      error: this.#error,
      rowsWritten,
      errors: this.#errors,
      missedRows,
      lastWriteAt,
    };
  }

  up(): void {
    if (this.#status !== "up") {
      this.#isFound = false;
      this.#options.log.info({ sink: this.#options.config.name }, "a sink writes");
    }
    this.#become("up", undefined);
  }

  stopped(): void {
    this.#become("stopped", undefined);
  }

  /** It could not write, and tries again; said once, and found when it has been so for long. */
  failed(cause: unknown): void {
    const { config, log, now } = this.#options;
    const because = reasonOf(cause);
    this.#errors += 1;
    if (this.#status !== "down") {
      log.warn({ sink: config.name, because }, "a sink cannot write; it tries again");
    }
    this.#become("down", because);
    if (this.#isFound || now() - this.#since < DOWN_MS) return;
    this.#isFound = true;
    this.found("SINK-DOWN", because);
  }

  found(code: Parameters<SinkFindings["note"]>[0]["code"], because: string): void {
    this.#options.findings.note({ code, subject: `sink ${this.#options.config.name}`, because });
  }

  #become(status: SinkState["status"], error: string | undefined): void {
    this.#error = error;
    if (status === this.#status) return;
    this.#status = status;
    this.#since = this.#options.now();
  }
}
