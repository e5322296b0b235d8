/** The list of findings as a person wants to see it: filtered, in its order, by cause, and as a file. */
import { csvCell } from "./csv.ts";
import {
  areaOf,
  nodeOf,
  type Finding,
  type FindingArea,
  type Findings,
  type Level,
} from "./findings.ts";
import { inOurLanguage } from "./hub-words.ts";

/** `current`: open and acknowledged. Muted ones are shown by `muted` and `all` only. */
export const SHOWN_STATES = [
  "current",
  "open",
  "acknowledged",
  "resolved",
  "muted",
  "all",
] as const;
export type ShownState = (typeof SHOWN_STATES)[number];
export const SHOWN_LEVELS = ["all", "reject", "warn", "observe"] as const satisfies readonly (
  | Level
  | "all"
)[];

/** What a person wants to see. */
export interface FindingFilter {
  readonly area: FindingArea | "all";
  readonly text: string;
  readonly level: (typeof SHOWN_LEVELS)[number];
  readonly state: ShownState;
  /** `group/edge node`; `null`: whatever it is about. */
  readonly node: string | null;
  /** Seen then or later: `1h` before now, or a time as `2026-11-26T14:00Z`; `null`: whenever. */
  readonly since: string | null;
}

export const ANYTHING: FindingFilter = {
  area: "all",
  text: "",
  level: "all",
  state: "current",
  node: null,
  since: null,
};

/** Whether nobody has filtered anything. */
export function isAnything(filter: FindingFilter): boolean {
  const { area, text, level, state, node, since } = ANYTHING;
  return (
    filter.area === area &&
    filter.text === text &&
    filter.level === level &&
    filter.state === state &&
    filter.node === node &&
    filter.since === since
  );
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds since 1970 UTC; 0 when it is no time. */
export function sinceAt(since: string | null, now: number): number {
  if (since === null) return 0;
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(since) ?? [];
  if (count !== undefined && (unit === "m" || unit === "h" || unit === "d"))
    return now - Number(count) * UNITS[unit];
  const at = Date.parse(since);
  return Number.isNaN(at) ? 0 : at;
}

/** Whether its state is one that is wanted. */
export function isInState({ state, muted }: Finding, wanted: ShownState): boolean {
  if (wanted === "all") return true;
  if (wanted === "muted") return muted !== null;
  if (muted !== null) return false;
  return wanted === "current" ? state !== "resolved" : state === wanted;
}

/**
 * Those that fit in everything but their state and what they are about, the worst first, then as the hub found them
 * first: the order follows neither traffic nor what becomes of them.
 */
export function fitting(
  { now, findings }: Findings,
  { text, level, node, since }: FindingFilter,
): readonly Finding[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const from = sinceAt(since, now);
  return findings
    .filter((finding) => {
      if (level !== "all" && finding.level !== level) return false;
      if (finding.lastAt < from) return false;
      if (node !== null && nodeOf(finding) !== node) return false;
      const all = `${finding.evidence}\n${shownOf(finding)}`.toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .toSorted((a, b) => RANK[a.level] - RANK[b.level] || b.firstAt - a.firstAt);
}

export function isAbout(finding: Finding, area: FindingFilter["area"]): boolean {
  return area === "all" || areaOf(finding) === area;
}

/** What a person reads of it, in the language of the page. */
function shownOf({ title, because, advice, subject }: Finding): string {
  return [title, because, advice, subject].map(inOurLanguage).join("\n");
}

const RANK: Readonly<Record<Level, number>> = { reject: 0, warn: 1, observe: 2, off: 3 };

/** The edge nodes that findings are about, in the order of their names. */
export function nodesIn(findings: readonly Finding[]): readonly string[] {
  const nodes = findings.map(nodeOf).filter((node) => node !== null);
  return [...new Set(nodes)].toSorted();
}

/** Findings of one cause, of one subject each. */
export interface Cause {
  readonly code: string;
  readonly findings: readonly [Finding, ...Finding[]];
}

/** In the order in which the first of each cause stands. */
export function byCause(findings: readonly Finding[]): readonly Cause[] {
  const causes = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const same = causes.get(finding.code);
    if (same === undefined) causes.set(finding.code, [finding]);
    else same.push(finding);
  }
  return Array.from(causes, ([code, same]) => ({ code, findings: same }));
}

/** How many there are of each state. */
export function stateCounts(findings: readonly Finding[]): Readonly<Record<ShownState, number>> {
  const count = (state: ShownState): number =>
    findings.filter((finding) => isInState(finding, state)).length;
  return {
    current: count("current"),
    open: count("open"),
    acknowledged: count("acknowledged"),
    resolved: count("resolved"),
    muted: count("muted"),
    all: findings.length,
  };
}

/** A picture without what was found later than `at`; what became of the rest since then is not known any more. */
export function foundBy({ now, findings }: Findings, at: number): Findings {
  return { now, findings: findings.filter(({ firstAt }) => firstAt <= at) };
}

/** How many are new, or were seen again, since a picture was taken. */
export function newsSince(before: Findings, now: Findings): number {
  const counts = new Map(before.findings.map(({ key, count }) => [key, count]));
  return now.findings.filter(({ key, count, muted }) => muted === null && counts.get(key) !== count)
    .length;
}

/** A picture in which one finding is as it is now. */
export function withNewest(before: Findings, now: Findings, key: string): Findings {
  const newest = now.findings.find((finding) => finding.key === key);
  if (newest === undefined) return before;
  const findings = before.findings.map((finding) => (finding.key === key ? newest : finding));
  return { ...before, findings };
}

const CSV_HEAD =
  "code,title,level,count,first_time_utc,last_time_utc,subject,client,address,topic,because,advice,statements," +
  "state,acknowledged_by,note,muted_by,muted_until_utc,resolved_time_utc";

/** As a file for a spreadsheet. */
export function findingsCsv(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => {
    const { code, title, level, count, firstAt, lastAt, subject, clientId, address } = finding;
    const { topic, because, advice, ids, state, acknowledged, muted, resolved } = finding;
    const words = [subject, clientId, address, topic, because, advice, ids.join(" ")];
    const said = [
      state,
      acknowledged?.by ?? "",
      acknowledged?.note ?? "",
      muted?.by ?? "",
      muted === null ? "" : utc(muted.until),
      resolved === null ? "" : utc(resolved.at),
    ];
    const figures = [String(count), utc(firstAt), utc(lastAt)];
    return [code, title, level, ...figures, ...words, ...said].map(csvCell).join(",");
  });
  return `${[CSV_HEAD, ...rows].join("\r\n")}\r\n`;
}

/** As the hub told them, for programs. */
export function findingsJson(findings: readonly Finding[]): string {
  const told = findings.map(({ evidence }): unknown => JSON.parse(evidence));
  return `${JSON.stringify(told, null, 2)}\n`;
}

function utc(at: number): string {
  return new Date(at).toISOString();
}
