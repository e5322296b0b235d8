/** Findings and grades as lines of a file, and back. What the catalogue knows is not kept: it may say it better by then. */
import { z } from "zod";
import { RULE_CODES } from "../../config/index.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { Ledger } from "./ledger.ts";
import { OCCASIONS } from "./rule.ts";
import type { Standings, Subject } from "./standings.ts";

/** Those seen last; more are not kept. */
const MAX_SUBJECTS = 5000;
/** Letters of a sentence, a topic or an id. */
const MAX_LETTERS = 2000;
/** What was not seen for so long is forgotten at start. */
const KEPT_MS = 30 * 86_400_000;

const text = z.string().max(MAX_LETTERS);
const time = z.number().min(0);
const code = z.enum(RULE_CODES);
const occasion = z.enum(OCCASIONS);
const findingSchema = z.object({
  code,
  level: z.enum(["off", "observe", "warn", "reject"]),
  clientId: text,
  address: text,
  subject: text,
  topic: text,
  because: text,
  ids: z.array(text),
  head: text,
  count: time,
  firstAt: time,
  lastAt: time,
});
const subjectSchema = z.object({
  kind: z.enum(["edge node", "host", "client"]),
  name: text,
  lastAt: time,
  seen: z.array(z.tuple([occasion, time])),
  broken: z.array(z.object({ code, occasion, count: time, because: text, lastAt: time })),
});
const recordSchema = z.union([
  z.object({ finding: findingSchema }),
  z.object({ subject: subjectSchema }),
]);

/** What is remembered, a line each, without line ends. */
export function* linesOf(ledger: Ledger, standings: Standings): Generator<string> {
  for (const finding of ledger.findings()) {
    const { title: _title, advice: _advice, ...kept } = finding;
    yield JSON.stringify({ finding: kept }, shortened);
  }
  const subjects = [...standings.all()].toSorted((a, b) => b.lastAt - a.lastAt);
  for (const subject of subjects.slice(0, MAX_SUBJECTS).toReversed()) {
    yield JSON.stringify({ subject: keptSubject(subject) }, shortened);
  }
}

function keptSubject({ kind, name, lastAt, seen, broken }: Subject): object {
  return {
    kind,
    name,
    lastAt,
    seen: Array.from(seen, ([what, { at }]) => [what, at]),
    broken: [...broken.values()],
  };
}

function shortened(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.slice(0, MAX_LETTERS) : value;
}

/** Takes a line that `linesOf` gave; answers whether it could be read. `now`: milliseconds since 1970 UTC. */
export function restoreLine(
  line: string,
  ledger: Ledger,
  standings: Standings,
  now: number,
): boolean {
  const record = recordSchema.safeParse(parsed(line));
  if (!record.success) return false;
  if ("finding" in record.data) {
    const { finding } = record.data;
    const { title, advice } = CATALOGUE[finding.code];
    if (now - finding.lastAt < KEPT_MS) ledger.restore({ ...finding, title, advice });
    return true;
  }
  const { kind, name, lastAt, seen, broken } = record.data.subject;
  if (now - lastAt >= KEPT_MS) return true;
  const subject = standings.of(kind, name);
  subject.lastAt = Math.max(subject.lastAt, lastAt);
  for (const [what, at] of seen) if (!subject.seen.has(what)) subject.seen.set(what, { at });
  for (const each of broken) subject.broken.set(`${each.code} ${each.occasion}`, each);
  return true;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the schema refuses it
  }
}
