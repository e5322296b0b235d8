/** What was found against the rules of Sparkplug, and why a value is stale, as the hub tells it. */
import { isRecord } from "./hub-request.ts";

type Level = "off" | "observe" | "warn" | "reject";

/** One kind of deviation by one client. Times in milliseconds since 1970 UTC. */
export interface Finding {
  /** Of this finding as long as the hub runs. */
  readonly key: string;
  readonly code: string;
  readonly title: string;
  readonly level: Level;
  readonly clientId: string;
  readonly address: string;
  readonly subject: string;
  readonly topic: string;
  readonly because: string;
  readonly advice: string;
  readonly ids: readonly string[];
  /** The first bytes of the payload, in hex. */
  readonly head: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** All that the hub said of it, for a vendor's ticket. */
  readonly evidence: string;
}

export interface Findings {
  /** The hub's time. */
  readonly now: number;
  readonly findings: readonly Finding[];
}

const LEVELS: ReadonlySet<unknown> = new Set<Level>(["off", "observe", "warn", "reject"]);

/** `null` when it is something else; a finding of another shape is left out. */
export function parseFindings(value: unknown): Findings | null {
  if (!isRecord(value)) return null;
  const { now, findings } = value;
  if (typeof now !== "number" || !Array.isArray(findings)) return null;
  return { now, findings: findings.map(parseFinding).filter((finding) => finding !== null) };
}

function parseFinding(value: unknown): Finding | null {
  if (!isRecord(value)) return null;
  const { level, count, firstAt, lastAt, ids } = value;
  if (!isLevel(level) || typeof count !== "number") return null;
  if (typeof firstAt !== "number" || typeof lastAt !== "number") return null;
  const text = (name: string): string => {
    const found = value[name];
    return typeof found === "string" ? found : "";
  };
  return {
    key: `${text("code")} ${text("clientId")}`,
    code: text("code"),
    title: text("title"),
    level,
    clientId: text("clientId"),
    address: text("address"),
    subject: text("subject"),
    topic: text("topic"),
    because: text("because"),
    advice: text("advice"),
    head: text("head"),
    ids: Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [],
    count,
    firstAt,
    lastAt,
    evidence: JSON.stringify(value, null, 2),
  };
}

function isLevel(value: unknown): value is Level {
  return LEVELS.has(value);
}

/** What a person wants to see. */
export interface FindingFilter {
  readonly text: string;
  readonly level: Level | "all";
  /** Seen within so many milliseconds; `null`: whenever. */
  readonly withinMs: number | null;
}

/** Those that fit, the worst first, then as the hub found them first: the order does not follow traffic. */
export function fitting(
  { now, findings }: Findings,
  { text, level, withinMs }: FindingFilter,
): readonly Finding[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return findings
    .filter((finding) => {
      if (level !== "all" && finding.level !== level) return false;
      if (withinMs !== null && now - finding.lastAt > withinMs) return false;
      const all = finding.evidence.toLowerCase();
      return words.every((word) => all.includes(word));
    })
    .toSorted((a, b) => RANK[a.level] - RANK[b.level] || b.firstAt - a.firstAt);
}

const RANK: Readonly<Record<Level, number>> = { reject: 0, warn: 1, observe: 2, off: 3 };

/** The path of the edge node or device on whose topic something was found; `null`: of neither. */
export function pathOfTopic(topic: string): string | null {
  const found = /spBv1\.0\/([^/]+)\/[ND][A-Z]+\/([^/]+)(?:\/([^/]+))?$/.exec(topic);
  if (found === null) return null;
  const parts = found.slice(1).filter((part) => part !== undefined);
  return parts.map(encodeURIComponent).join("/");
}

export interface Hop {
  readonly name: string;
  readonly status: "ok" | "broken" | "suspect" | "unknown";
  readonly says: string;
  readonly todo: string | null;
}

export interface Explanation {
  readonly says: string;
  readonly todo: string | null;
  readonly hops: readonly Hop[];
}

/** `null` when it is something else. */
export function parseExplanation(value: unknown): Explanation | null {
  if (!isRecord(value) || !isRecord(value["verdict"]) || !Array.isArray(value["hops"])) return null;
  const { says, todo } = value["verdict"];
  return {
    says: typeof says === "string" ? says : "",
    todo: typeof todo === "string" ? todo : null,
    hops: value["hops"].map(parseHop).filter((hop) => hop !== null),
  };
}

function parseHop(value: unknown): Hop | null {
  if (!isRecord(value)) return null;
  const { hop, status, says, todo } = value;
  if (typeof hop !== "string" || typeof says !== "string" || !isStatus(status)) return null;
  return { name: hop, status, says, todo: typeof todo === "string" ? todo : null };
}

function isStatus(value: unknown): value is Hop["status"] {
  return value === "ok" || value === "broken" || value === "suspect" || value === "unknown";
}
