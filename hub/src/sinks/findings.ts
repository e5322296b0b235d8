/** What is wrong with sinks, in the shape in which the guard's findings are told: one for each kind and sink. */

type SinkCode = "SINK-DOWN" | "SINK-GAP" | "SINK-REFUSED";

const KINDS: Readonly<Record<SinkCode, { readonly title: string; readonly advice: string }>> = {
  "SINK-DOWN": {
    title: "a sink cannot write",
    advice:
      "see unshub sinks for the reason; nothing is lost while history.replay keeps what it has not read",
  },
  "SINK-GAP": {
    title: "values are missing at a sink",
    advice:
      "raise history.replay.keep and maxSize above the longest time that the target may be away; " +
      "unshub export still has what is missing there, as long as history.keep",
  },
  "SINK-REFUSED": {
    title: "the target of a sink refuses values",
    advice: "see unshub sinks dead-letters NAME; when the cause is gone: unshub sinks retry NAME",
  },
};

export interface SinkFinding {
  readonly code: SinkCode;
  readonly title: string;
  readonly level: "warn";
  /** Of the sink, `sink influx`; there is no client. */
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

export class SinkFindings {
  readonly #now: () => number;
  readonly #findings = new Map<string, SinkFinding>();
  readonly #changed = new Set<string>();

  /** Milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(code: SinkCode, sink: string, because: string): void {
    const key = `${code} ${sink}`;
    const before = this.#findings.get(key);
    const at = this.#now();
    this.#findings.set(key, {
      code,
      ...KINDS[code],
      level: "warn",
      clientId: `sink ${sink}`,
      address: "in-process",
      subject: `sink ${sink}`,
      topic: "",
      because,
      ids: [],
      head: "",
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? at,
      lastAt: at,
    });
    this.#changed.add(key);
  }

  /** `since`: milliseconds since 1970 UTC. */
  findings(since = 0): readonly SinkFinding[] {
    return [...this.#findings.values()].filter(({ lastAt }) => lastAt >= since);
  }

  /** Up to `most` that changed since they were taken, for those who publish them. */
  takeChanged(most: number): { readonly changed: readonly SinkFinding[]; readonly gone: [] } {
    const keys = [...this.#changed].slice(0, most);
    for (const key of keys) this.#changed.delete(key);
    return { changed: keys.flatMap((key) => this.#findings.get(key) ?? []), gone: [] };
  }
}
