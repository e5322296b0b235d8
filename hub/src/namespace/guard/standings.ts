/**
 * How each edge node and host stands with the standard: which statements it had occasion to break, and which it broke.
 */
import { RULE_CODES, type RuleCode } from "../../config/index.ts";
import { idsOf, isAdvice, occasionsOf } from "./catalogue.ts";
import type { Occasion } from "./rule.ts";

export type SubjectKind = "edge node" | "host" | "client";

/** What is known of one edge node, host, or client that is neither. */
export interface Subject {
  readonly kind: SubjectKind;
  /** `group/edge node`, the host id, or the client id. */
  readonly name: string;
  /** What it had occasion to do wrong. */
  readonly seen: Map<Occasion, Sighted>;
  readonly broken: Map<string, Break>;
  lastAt: number;
}

/** When something was seen last: milliseconds since 1970 UTC. Who sees it often keeps it. */
export interface Sighted {
  at: number;
}

interface Break {
  readonly code: RuleCode;
  readonly occasion: Occasion;
  count: number;
  because: string;
  /** Milliseconds since 1970 UTC. */
  lastAt: number;
}

/** One statement that was broken. */
interface BrokenStatement {
  readonly id: string;
  readonly code: RuleCode;
  readonly count: number;
  readonly because: string;
  readonly lastAt: number;
}

/** The grade of one edge node or host. */
export interface Grade {
  readonly kind: SubjectKind;
  readonly name: string;
  /** Statements it had occasion to break and did not. */
  readonly fine: readonly string[];
  readonly broken: readonly BrokenStatement[];
  /** What it did against a SHOULD; it conforms all the same. */
  readonly unadvised: readonly BrokenStatement[];
  /** Statements it had no occasion to break so far. */
  readonly notSeen: readonly string[];
  readonly lastAt: number;
}

const MAX_SUBJECTS = 20_000;

/** On which occasions each kind shows what it can. */
const SHOWN: Readonly<Record<SubjectKind, readonly Occasion[]>> = {
  "edge node": [
    "any",
    "edge CONNECT",
    "NBIRTH",
    "DBIRTH",
    "NDATA",
    "DDATA",
    "NDEATH",
    "DDEATH",
    "edge DISCONNECT",
    "primary host",
    "rebirth",
    "alias",
    "properties",
    "quality",
    "DataSet",
    "template definition",
    "template instance",
    "template parameter",
  ],
  host: ["any", "host CONNECT", "STATE online", "STATE offline", "host DISCONNECT", "NCMD", "DCMD"],
  client: ["NCMD", "DCMD"],
};

export class Standings {
  readonly #subjects = new Map<string, Subject>();
  /** How often something came that was not known; times alone do not count. */
  changes = 0;

  /** The one of this name; it is made when it is new. */
  of(kind: SubjectKind, name: string): Subject {
    const key = `${kind} ${name}`;
    const known = this.#subjects.get(key);
    if (known !== undefined) return known;
    const subject: Subject = { kind, name, seen: new Map(), broken: new Map(), lastAt: 0 };
    this.#subjects.set(key, subject);
    if (this.#subjects.size > MAX_SUBJECTS) this.#forgetOldest();
    return subject;
  }

  /** The one of this name when there is one. */
  find(kind: SubjectKind, name: string): Subject | undefined {
    return this.#subjects.get(`${kind} ${name}`);
  }

  all(): IterableIterator<Subject> {
    return this.#subjects.values();
  }

  /** It had occasion to do this wrong. */
  saw(subject: Subject, occasion: Occasion, at: number): Sighted {
    if (at > subject.lastAt) subject.lastAt = at;
    const before = subject.seen.get(occasion);
    if (before !== undefined) {
      before.at = at;
      return before;
    }
    this.changes += 1;
    const sighted = { at };
    subject.seen.set(occasion, sighted);
    return sighted;
  }

  /** It broke a rule. */
  broke(subject: Subject, what: Omit<Break, "count" | "lastAt"> & { readonly at: number }): void {
    const { code, occasion, because, at } = what;
    const key = `${code} ${occasion}`;
    const count = (subject.broken.get(key)?.count ?? 0) + 1;
    this.changes += 1;
    subject.broken.set(key, { code, occasion, because, count, lastAt: at });
  }

  /**
   * Grades of those who were seen since `since`, by kind and name; what was broken or kept before does not count.
   */
  grades(since = 0): readonly Grade[] {
    return [...this.#subjects.values()]
      .filter(({ lastAt, seen, broken }) => lastAt >= since && seen.size + broken.size > 0)
      .map((subject) => gradeOf(subject, since))
      .filter(({ fine, broken, unadvised }) => fine.length + broken.length + unadvised.length > 0)
      .toSorted((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
  }

  #forgetOldest(): void {
    const [oldest] = this.#subjects.keys();
    if (oldest !== undefined) this.#subjects.delete(oldest);
  }
}

function gradeOf({ kind, name, seen, broken, lastAt }: Subject, since: number): Grade {
  const faults = new Map<string, BrokenStatement>();
  for (const each of broken.values()) {
    if (each.lastAt < since) continue;
    const { code, count, because } = each;
    for (const id of idsOf(code, each.occasion))
      faults.set(id, { id, code, count, because, lastAt: each.lastAt });
  }
  const recent = [...seen].flatMap(([occasion, { at }]) => (at >= since ? [occasion] : []));
  const exercised = idsFor(["any", ...recent]); // it was seen since then, or it would not be graded
  const all = idsFor(SHOWN[kind]);
  const told = [...faults.values()].toSorted((a, b) => a.id.localeCompare(b.id));
  return {
    kind,
    name,
    fine: [...exercised].filter((id) => all.has(id) && !faults.has(id)).toSorted(),
    broken: told.filter(({ id }) => !isAdvice(id)),
    unadvised: told.filter(({ id }) => isAdvice(id)),
    notSeen: [...all].filter((id) => !exercised.has(id) && !faults.has(id)).toSorted(),
    lastAt,
  };
}

/** All statements that can be broken on these occasions. */
function idsFor(occasions: readonly Occasion[]): ReadonlySet<string> {
  const wanted = new Set(occasions);
  return new Set(
    RULE_CODES.flatMap((code) =>
      occasionsOf(code).flatMap((occasion) =>
        wanted.has(occasion) ? idsAlone(code, occasion) : [],
      ),
    ),
  );
}

/** Without those that stand for any occasion. */
function idsAlone(code: RuleCode, occasion: Occasion): readonly string[] {
  if (occasion === "any") return idsOf(code, "any");
  const always = new Set(idsOf(code, "any"));
  return idsOf(code, occasion).filter((id) => !always.has(id));
}
