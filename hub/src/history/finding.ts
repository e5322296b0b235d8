/** That the history is not recorded, as a finding like those of the guard: counted, the last one kept. */

/** In the shape of the guard's findings, so that whoever reads those reads it too. */
export interface HistoryFinding {
  readonly code: "HISTORY";
  readonly title: string;
  readonly level: "warn";
  /** The id of the hub. */
  readonly clientId: string;
  readonly address: "in-process";
  readonly subject: string;
  readonly topic: "";
  readonly because: string;
  readonly advice: string;
  readonly ids: readonly string[];
  readonly head: "";
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
}

const ADVICE =
  "make room on the disk of hub.dataDir, or keep less (history.keep, history.maxSize); " +
  "unshub history --completeness shows what is missing";

export class HistoryFindings {
  readonly #hubId: string;
  readonly #found: (finding: HistoryFinding) => unknown;
  #finding: HistoryFinding | undefined;

  constructor(hubId: string, found: (finding: HistoryFinding) => unknown) {
    this.#hubId = hubId;
    this.#found = found;
  }

  /** `at`: milliseconds since 1970 UTC. */
  note(because: string, at: number): void {
    const before = this.#finding;
    this.#finding = {
      code: "HISTORY",
      title: "the history is not recorded",
      level: "warn",
      clientId: this.#hubId,
      address: "in-process",
      subject: "the history of the hub",
      topic: "",
      because,
      advice: ADVICE,
      ids: [],
      head: "",
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? at,
      lastAt: at,
    };
    this.#found(this.#finding);
  }

  /** What was found since a time. */
  since(at: number): readonly HistoryFinding[] {
    return this.#finding !== undefined && this.#finding.lastAt >= at ? [this.#finding] : [];
  }
}
