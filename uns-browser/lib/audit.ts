/** The audit trail as the hub tells it: who did what, filtered, and as a file for a spreadsheet. */
import { isRecord } from "./hub-request.ts";

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
  /** JSON of what was and what is; `null`: nothing was said of it. */
  readonly before: string | null;
  readonly after: string | null;
  readonly result: AuditResult;
  readonly reason: string | null;
}

export interface AuditFilter {
  readonly text: string;
  readonly result: AuditResult | "all";
}

const RESULTS: ReadonlySet<unknown> = new Set<AuditResult>(["done", "asked", "refused", "failed"]);

/** The newest first. */
export function parseAudit(value: unknown): readonly AuditLine[] | null {
  if (!isRecord(value) || !Array.isArray(value["lines"])) return null;
  return value["lines"].filter(isRecord).map(parseLine).toReversed();
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
    before: jsonOf(json["before"]),
    after: jsonOf(json["after"]),
    result: isResult(result) ? result : "unknown",
    reason: text("reason"),
  };
}

function isResult(value: unknown): value is AuditResult {
  return RESULTS.has(value);
}

function jsonOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function fittingLines(
  lines: readonly AuditLine[],
  { text, result }: AuditFilter,
): readonly AuditLine[] {
  const words = text.toLowerCase().split(/\s+/);
  return lines.filter((line) => {
    if (result !== "all" && line.result !== result) return false;
    const all = columnsOf(line).join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

const HEAD = "number,time_utc,actor,via,address,action,object,before,after,result,reason";

/** As a file: what a spreadsheet would take for a formula gets a quote in front. [RFC 4180] */
export function auditCsv(lines: readonly AuditLine[]): string {
  const rows = lines.map((line) => columnsOf(line).map(cell).join(","));
  return `${[HEAD, ...rows].join("\r\n")}\r\n`;
}

function columnsOf(line: AuditLine): readonly string[] {
  const { number, at, actor, via, address, action, object, before, after, result, reason } = line;
  const texts = [at, actor, via, address, action, object, before, after, result, reason];
  return [String(number), ...texts.map((text) => text ?? "")];
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
