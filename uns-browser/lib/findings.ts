/** What was found against the rules of Sparkplug, and why a value is stale, as the hub tells it. */
import { isRecord } from "./hub-request.ts";
import { numberOf, oneOf, textOf } from "./json-parts.ts";

export type Level = "off" | "observe" | "warn" | "reject";
const STATES = ["open", "acknowledged", "resolved"] as const;
type FindingState = (typeof STATES)[number];

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
  readonly state: FindingState;
  readonly acknowledged: {
    readonly by: string;
    readonly at: number;
    readonly note: string | null;
  } | null;
  /** As long as it holds. */
  readonly muted: { readonly by: string; readonly until: number } | null;
  /** That the hub saw its end. */
  readonly resolved: { readonly at: number; readonly because: string } | null;
  /** When it is over by itself, in the hub's words; `null`: the hub cannot know. */
  readonly ends: string | null;
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
    ...parseState(value),
    evidence: JSON.stringify(value, null, 2),
  };
}

/** A hub of before tells no states: what it found is open. */
function parseState(
  value: Readonly<Record<string, unknown>>,
): Pick<Finding, "state" | "acknowledged" | "muted" | "resolved" | "ends"> {
  const { acknowledged, muted, resolved } = value;
  return {
    state: oneOf(STATES, value["state"]) ?? "open",
    acknowledged: isRecord(acknowledged)
      ? {
          by: textOf(acknowledged["by"]) ?? "",
          at: numberOf(acknowledged["at"]) ?? 0,
          note: textOf(acknowledged["note"]),
        }
      : null,
    muted: isRecord(muted)
      ? { by: textOf(muted["by"]) ?? "", until: numberOf(muted["until"]) ?? 0 }
      : null,
    resolved: isRecord(resolved)
      ? { at: numberOf(resolved["at"]) ?? 0, because: textOf(resolved["because"]) ?? "" }
      : null,
    ends: textOf(value["ends"]),
  };
}

function isLevel(value: unknown): value is Level {
  return LEVELS.has(value);
}

/** What a finding is about. */
export const FINDING_AREAS = [
  "sparkplug",
  "namespace",
  "adapters",
  "clients",
  "sinks",
  "history",
] as const;
export type FindingArea = (typeof FINDING_AREAS)[number];

/** By the letters of its rule; those of the guard are about Sparkplug. */
export function areaOf({ code }: Pick<Finding, "code">): FindingArea {
  if (/^U\d/.test(code) || code === "CLIENT-NAMESPACE") return "namespace";
  if (code.startsWith("ADAPTER")) return "adapters";
  if (code.startsWith("CLIENT")) return "clients";
  if (code.startsWith("SINK")) return "sinks";
  return code === "HISTORY" ? "history" : "sparkplug";
}

/** Whether a client did it; the rest is about the hub itself. */
export function isOfClient({ code }: Pick<Finding, "code">): boolean {
  return code.startsWith("CLIENT") || areaOf({ code }) === "sparkplug";
}

/** Where the hub is asked about one finding, or told of it. */
export function findingUrl(
  { code, clientId }: Pick<Finding, "code" | "clientId">,
  what: "acknowledgement" | "mute" | "message" | "allow",
): string {
  const id = `${encodeURIComponent(code)}/${encodeURIComponent(clientId)}`;
  return `/api/v1/findings/${id}/${what}`;
}

/** The client on its page. */
export function clientHref({ clientId }: Pick<Finding, "clientId">): string {
  const id = encodeURIComponent(clientId);
  return `/clients/?id=${id}&f=${id}`;
}

/** The edge node that it is about, as `group/edge node`; `null`: none. */
export function nodeOf({ subject, topic }: Pick<Finding, "subject" | "topic">): string | null {
  const named = /^(?:edge node|device) ([^/]+\/[^/]+)(?:\/.*)?$/.exec(subject)?.[1];
  if (named !== undefined) return named;
  const [, group, node] = NODE_TOPIC.exec(topic) ?? [];
  return group === undefined || node === undefined ? null : `${group}/${node}`;
}

/** The path of the edge node or device on whose topic something was found; `null`: of neither. */
export function pathOfTopic(topic: string): string | null {
  const found = NODE_TOPIC.exec(topic);
  if (found === null) return null;
  const parts = found.slice(1).filter((part) => part !== undefined);
  return parts.map(encodeURIComponent).join("/");
}

const NODE_TOPIC = /spBv1\.0\/([^/]+)\/[ND][A-Z]+\/([^/]+)(?:\/([^/]+))?$/;

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
