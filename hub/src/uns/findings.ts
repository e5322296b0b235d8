/** What is wrong with places and plain topics, in the shape in which the guard's findings are told. */

/** What can be found; `unshub findings` shows it beside the codes of the guard. */
type UnsCode = "U01" | "U02" | "U03" | "U04";

interface Kind {
  readonly title: string;
  readonly advice: string;
}

const KINDS: Readonly<Record<UnsCode, Kind>> = {
  U01: {
    title: "no place in the plant",
    advice: "add a rule for it to uns.placement, or a last one for everything",
  },
  U02: {
    title: "two at one place",
    advice: "give one of them another place in uns.placement; the first one keeps the path",
  },
  U03: {
    title: "a metric stands where another one is written",
    advice: "rename the metric set, or write the other one by command",
  },
  U04: {
    title: "a path that cannot be a topic",
    advice: "shorten the name of the metric, or the path of its device",
  },
};

/** As `GET /api/v1/findings` gives it, whoever found it. */
export interface UnsFinding {
  readonly code: UnsCode;
  readonly title: string;
  readonly level: "warn";
  /** Of what it is about; there is no client. */
  readonly clientId: string;
  readonly address: string;
  readonly subject: string;
  /** The path. */
  readonly topic: string;
  readonly because: string;
  readonly advice: string;
  readonly ids: readonly string[];
  readonly head: string;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** One finding for each code and subject. */
export interface Found {
  readonly code: UnsCode;
  /** `device Plant1/gw/press-01`. */
  readonly subject: string;
  readonly topic: string;
  readonly because: string;
}

/** Findings kept; more are counted in the first one's place. */
const MAX_FINDINGS = 1000;

export class UnsFindings {
  readonly #now: () => number;
  readonly #findings = new Map<string, UnsFinding>();
  readonly #changed = new Set<string>();
  /** How many did not fit. */
  refused = 0;

  /** Milliseconds since 1970 UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Answers whether it is the first of its kind and subject. */
  note({ code, subject, topic, because }: Found): boolean {
    const key = JSON.stringify([code, subject]);
    const before = this.#findings.get(key);
    if (before === undefined && this.#findings.size >= MAX_FINDINGS) {
      this.refused += 1;
      return false;
    }
    const at = this.#now();
    this.#findings.set(key, {
      code,
      ...KINDS[code],
      level: "warn",
      clientId: subject,
      address: "",
      subject,
      topic,
      because,
      ids: [],
      head: "",
      count: (before?.count ?? 0) + 1,
      firstAt: before?.firstAt ?? at,
      lastAt: at,
    });
    this.#changed.add(key);
    return before === undefined;
  }

  /** `since`: milliseconds since 1970 UTC. */
  findings(since = 0): readonly UnsFinding[] {
    return [...this.#findings.values()].filter(({ lastAt }) => lastAt >= since);
  }

  /** Up to `most` that changed since they were taken, for those who publish them. */
  takeChanged(most: number): { readonly changed: readonly UnsFinding[]; readonly gone: [] } {
    const changed: UnsFinding[] = [];
    for (const key of this.#changed) {
      if (changed.length >= most) break;
      this.#changed.delete(key);
      const finding = this.#findings.get(key);
      if (finding !== undefined) changed.push(finding);
    }
    return { changed, gone: [] };
  }
}
