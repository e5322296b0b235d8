/** The audit trail as the hub tells it: who did what, as far as it was asked for, a page at a time. */
import { changesOf, type AuditChange } from "./audit-change.ts";
import { askHub, isRecord, type SendLike } from "./hub-request.ts";
import { listOf, numberOf, oneOf } from "./json-parts.ts";
import { readSearch, searchWith } from "./own-search.ts";
import type { Understood } from "./poll.ts";

type AuditResult = "done" | "asked" | "refused" | "failed" | "unknown";

export interface AuditLine {
  readonly number: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly via: string;
  readonly address: string | null;
  readonly action: string;
  readonly object: string | null;
  /** What is not as it was before. */
  readonly changes: readonly AuditChange[];
  readonly result: AuditResult;
  readonly reason: string | null;
}

const RESULTS: ReadonlySet<unknown> = new Set<AuditResult>(["done", "asked", "refused", "failed"]);

/** `client gw-1`: the hub says of what kind it is. */
const WITH_KIND =
  /^(?:adapter|certificate|client|generation|psk|rule|session of|sink|token|user) |^first (?:administrator|start)$/;

/** Whether somebody has thought out all of it, as a client identifier or a topic; it is told as it is, not in the language of the page. */
export function isNameAlone(object: string): boolean {
  return !WITH_KIND.test(object);
}

function parseLine(json: Readonly<Record<string, unknown>>): AuditLine {
  const { number, result } = json;
  const text = (name: string): string | null => {
    const found = json[name];
    return typeof found === "string" ? found : null;
  };
  return {
    number: typeof number === "number" ? number : 0,
    at: text("at") ?? "",
    actor: text("actor") ?? "",
    via: text("via") ?? "",
    address: text("address"),
    action: text("action") ?? "",
    object: text("object"),
    changes: changesOf(json["before"], json["after"]),
    result: isResult(result) ? result : "unknown",
    reason: text("reason"),
  };
}

function isResult(value: unknown): value is AuditResult {
  return RESULTS.has(value);
}

/** What is asked for; what is empty or `null` asks for nothing. */
export interface AuditFilter {
  readonly text: string;
  readonly user: string;
  readonly action: string;
  readonly result: AuditResult | "all";
  /** Milliseconds since 1970 UTC. */
  readonly from: number | null;
  readonly to: number | null;
}

export const AUDIT_RESULTS = ["all", "done", "asked", "refused", "failed"] as const;

/** As the hub is asked, also for a file: `user=ann&result=refused`. */
function auditQuery({ text, user, action, result, from, to }: AuditFilter): string {
  const all: readonly (readonly [string, string | number | null])[] = [
    ["words", text.trim()],
    ["user", user.trim()],
    ["action", action],
    ["result", result === "all" ? null : result],
    ["from", from],
    ["to", to],
  ];
  return all
    .flatMap(([key, value]) =>
      value === null || value === ""
        ? []
        : [`${key}=${encodeURIComponent(String(value).toWellFormed())}`],
    )
    .join("&");
}

export function auditFile(filter: AuditFilter): string {
  return `/api/v1/audit/export?${auditQuery(filter)}`;
}

export function readAuditAddress(search: string): AuditFilter {
  const given = readSearch(search);
  return {
    text: given.get("f") ?? "",
    user: given.get("user") ?? "",
    action: given.get("action") ?? "",
    result: oneOf(AUDIT_RESULTS, given.get("result")) ?? "all",
    from: momentIn(given.get("from")),
    to: momentIn(given.get("to")),
  };
}

export function auditSearch(filter: AuditFilter, before: string): string {
  const { text, user, action, result, from, to } = filter;
  const own = {
    f: text,
    user,
    action,
    result: result === "all" ? null : result,
    from: from === null ? null : new Date(from).toISOString(),
    to: to === null ? null : new Date(to).toISOString(),
  };
  return searchWith(own, before);
}

function momentIn(text: string | undefined): number | null {
  const moment = Date.parse(text ?? "");
  return Number.isNaN(moment) ? null : moment;
}

/** What of the trail has been read. */
export interface AuditPages {
  /** The newest first. */
  readonly lines: readonly AuditLine[];
  readonly hasOlder: boolean;
}

/** The lines that fit, from the newest on, a page more whenever older ones are wanted. */
export interface AuditReader {
  readonly ask: (send: SendLike) => Promise<Understood<AuditPages>>;
  readonly wantOlder: () => void;
}

const A_PAGE = 200;

export function auditReader(filter: AuditFilter): AuditReader {
  const url = `/api/v1/audit?last=${A_PAGE}&${auditQuery(filter)}`;
  let lines: ReadonlyMap<number, AuditLine> = new Map();
  /** Where the page before all that was read begins. */
  let next: number | null = null;
  let isBegun = false;
  let isOlderWanted = false;
  const take = (page: Page): void => {
    lines = new Map([...lines, ...page.lines.map((line) => [line.number, line] as const)]);
  };
  const takeNewest = (page: Page): void => {
    if (isBegun && !isFarAhead(page)) return take(page);
    isBegun = true;
    lines = new Map(); // so much has come that nobody knows what lies between
    take(page);
    ({ next } = page);
  };
  /** Full of lines that are all new; one that is not full reaches back as far as the hub reads for a page, which is far. */
  const isFarAhead = (page: Page): boolean =>
    page.lines.length === A_PAGE && page.lines.every(({ number }) => !lines.has(number));
  const ask: AuditReader["ask"] = async (send) => {
    const newest = await askPage(send, url);
    if (newest.kind !== "done") return newest;
    if (newest.value === null) return { kind: "done", value: null };
    takeNewest(newest.value);
    if (isOlderWanted && next !== null) {
      const older = await askPage(send, `${url}&before=${next}`);
      if (older.kind !== "done") return older;
      isOlderWanted = false;
      if (older.value === null) return { kind: "done", value: null };
      take(older.value);
      ({ next } = older.value);
    }
    const all = [...lines.values()].toSorted((a, b) => b.number - a.number);
    return { kind: "done", value: { lines: all, hasOlder: next !== null } };
  };
  return {
    ask,
    wantOlder: () => {
      isOlderWanted = true;
    },
  };
}

interface Page {
  readonly lines: readonly AuditLine[];
  readonly next: number | null;
}

async function askPage(send: SendLike, url: string): Promise<Understood<Page>> {
  const answer = await askHub(send, "GET", url);
  return answer.kind === "done" ? { kind: "done", value: parsePage(answer.value) } : answer;
}

function parsePage(value: unknown): Page | null {
  if (!isRecord(value) || !Array.isArray(value["lines"])) return null;
  return { lines: listOf(value["lines"]).map(parseLine), next: numberOf(value["next"]) };
}
