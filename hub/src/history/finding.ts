/** That the history is not recorded: one finding, counted. */
import { OwnFindings } from "../finding.ts";

export class HistoryFindings extends OwnFindings<"HISTORY"> {
  readonly #hubId: string;
  readonly #found: () => unknown;

  /** `found`: called for each. `now`: milliseconds since 1970 UTC. */
  constructor(hubId: string, found: () => unknown, now: () => number) {
    super(KINDS, now);
    this.#hubId = hubId;
    this.#found = found;
  }

  notRecorded(because: string): void {
    this.note({
      code: "HISTORY",
      clientId: this.#hubId,
      subject: "the history of the hub",
      because,
    });
    this.#found();
  }
}

const KINDS = {
  HISTORY: {
    title: "the history is not recorded",
    advice:
      "make room on the disk of hub.dataDir, or keep less (history.keep, history.maxSize); " +
      "unshub history --completeness shows what is missing",
  },
} as const;
