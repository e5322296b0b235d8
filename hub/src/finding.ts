/** What was found, in one shape, whoever found it: the guard about clients, other rooms about the hub itself. */

/** One kind of deviation by one client, or of one part of the hub, with how often it was seen. */
export interface Finding<Code extends string = string, Level extends string = string> {
  readonly code: Code;
  readonly title: string;
  readonly level: Level;
  /** Of what it is about, where there is no client. */
  readonly clientId: string;
  /** `host:port`, or `"in-process"`. */
  readonly address: string;
  /** The edge node, host, client or part of the hub that it is about, e.g. `edge node Plant1/press`. */
  readonly subject: string;
  /** Of the last one; the Will's when it is about a CONNECT. A path, where that was found. */
  readonly topic: string;
  /** What was found, what was expected. */
  readonly because: string;
  readonly advice: string;
  /** Statements of the standard, `tck-id-…`. */
  readonly ids: readonly string[];
  /** The first 64 bytes of the payload, in hex. */
  readonly head: string;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What all findings of one code have in common. */
export interface FindingKind {
  readonly title: string;
  readonly advice: string;
}

/** What a room found; one finding for each code and subject. */
interface Found<Code> {
  readonly code: Code;
  /** `device Plant1/gw/press-01`. */
  readonly subject: string;
  /** Left out: the subject. */
  readonly clientId?: string;
  /** Left out: the hub itself. */
  readonly address?: string;
  readonly topic?: string;
  readonly because: string;
}

/** Kept of one room. */
const MAX_FINDINGS = 1000;
/** What happens beyond: they are only counted, or the one that was seen last the longest ago is forgotten. */
type WhenFull = "count" | "forget the oldest";

/** Findings of a room about what is not a client's fault. */
export class OwnFindings<Code extends string> {
  readonly #kinds: Readonly<Record<Code, FindingKind>>;
  readonly #now: () => number;
  readonly #findings = new Map<string, Finding<Code, "warn">>();
  readonly #changed = new Set<string>();
  readonly #whenFull: WhenFull;
  /** Forgotten since somebody took them. */
  #gone: Finding<Code>[] = [];
  /** How many did not fit. */
  refused = 0;

  /** `now`: milliseconds since 1970 UTC. */
  constructor(
    kinds: Readonly<Record<Code, FindingKind>>,
    now: () => number,
    whenFull: WhenFull = "count",
  ) {
    this.#kinds = kinds;
    this.#now = now;
    this.#whenFull = whenFull;
  }

  /** Answers whether it is the first of its kind and subject. */
  note(found: Found<Code>): boolean {
    const { code, subject, clientId = subject, address = "in-process", topic = "" } = found;
    const { because } = found;
    const key = JSON.stringify([code, subject]);
    const before = this.#findings.get(key);
    if (before === undefined && this.#findings.size >= MAX_FINDINGS) {
      if (this.#whenFull === "count") {
        this.refused += 1;
        return false;
      }
      this.#forgetOldest();
    }
    const at = this.#now();
    this.#findings.delete(key); // the one seen last comes last
    this.#findings.set(key, {
      code,
      ...this.#kinds[code],
      level: "warn",
      clientId,
      address,
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
  findings(since = 0): readonly Finding<Code, "warn">[] {
    return [...this.#findings.values()].filter(({ lastAt }) => lastAt >= since);
  }

  /** Up to `most` that changed since they were taken, for those who publish them. */
  takeChanged(most: number): {
    readonly changed: readonly Finding<Code>[];
    readonly gone: readonly Finding<Code>[];
  } {
    const keys = [...this.#changed].slice(0, most);
    for (const key of keys) this.#changed.delete(key);
    const gone = this.#gone;
    this.#gone = [];
    return { changed: keys.flatMap((key) => this.#findings.get(key) ?? []), gone };
  }

  #forgetOldest(): void {
    const [oldest] = this.#findings;
    if (oldest === undefined) return;
    const [key, finding] = oldest;
    this.#findings.delete(key);
    this.#changed.delete(key);
    if (this.#gone.length < MAX_FINDINGS) this.#gone.push(finding);
  }
}
