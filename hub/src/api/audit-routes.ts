/** `/api/v1/audit`: who did what, as far as it fits; a page at a time, or all of it as a file. */
import { Readable } from "node:stream";
import { z } from "zod";
import {
  auditPage,
  verifyAudit,
  type Access,
  type AuditQuestion,
  type ShownAuditLine,
} from "../identity/index.ts";
import { csvCells } from "./history-json.ts";
import type { RouteHead, Routes } from "./routes.ts";

export interface AuditRoutes {
  readonly access: Pick<Access, "audit">;
  readonly auditFile: string;
}

const wanted = z.object({
  words: z.string().max(500).optional().describe("All in who, what, whom, why or from where"),
  user: z.string().max(200).optional().describe("Part of who did it, any case"),
  action: z.string().max(200).optional().describe("What was done, exactly"),
  result: z.enum(["done", "asked", "refused", "failed", "unknown"]).optional(),
  via: z.string().max(20).optional(),
  from: z.coerce.number().optional().describe("Not before; milliseconds since 1970 UTC"),
  to: z.coerce.number().optional().describe("Before this moment"),
});
const auditQuery = wanted.extend({
  last: z.coerce.number().int().min(1).max(10_000).default(100),
  before: z.coerce.number().int().min(1).optional().describe("Only lines before this number"),
});
type Wanted = z.output<typeof wanted>;

const AUDIT = {
  method: "GET",
  tag: "Audit",
  needs: "read audit",
} as const satisfies Partial<RouteHead>;

export function addAuditRoutes(routes: Routes, { access, auditFile: file }: AuditRoutes): void {
  routes.add({
    ...AUDIT,
    path: "/api/v1/audit",
    summary: "Lines of the audit trail from its end, the oldest first; a page at a time",
    query: auditQuery,
    answers: {
      200: z.object({
        lines: z.array(z.looseObject({ number: z.int() })),
        next: z.int().optional().describe("`before` of the page before; left out: that was all"),
      }),
    },
    handle: async ({ query: { last, before, ...asked } }) => {
      access.audit.flush(); // also what waits to be written
      return await auditPage(file, { limit: last, before, ...fitting(asked) });
    },
  });
  routes.add({
    ...AUDIT,
    path: "/api/v1/audit/export",
    summary: "All lines of the audit trail that fit, as CSV, the newest first",
    query: wanted,
    answers: { 200: { type: "text/csv", description: "One line each" } },
    handle: ({ query, reply }) => {
      access.audit.flush();
      void reply.type("text/csv; charset=utf-8");
      void reply.header("content-disposition", 'attachment; filename="audit.csv"');
      return Readable.from(auditCsv(file, query));
    },
  });
  routes.add({
    ...AUDIT,
    path: "/api/v1/audit/verify",
    summary: "Whether the audit trail is whole",
    answers: {
      200: z.object({ faults: z.array(z.object({ line: z.int(), because: z.string() })) }),
    },
    handle: () => ({ faults: verifyAudit(file) }),
  });
}

const LINES_AT_ONCE = 1000;
const COLUMNS = ["actor", "via", "address", "action", "object", "before", "after"] as const;

/** Pieces of text, a page of the trail each. */
async function* auditCsv(file: string, asked: Wanted): AsyncGenerator<string> {
  yield `${["number", "time_utc", ...COLUMNS, "result", "reason"].join(",")}\r\n`;
  let before: number | undefined;
  do {
    // A page begins where the one after it ended.
    // oxlint-disable-next-line no-await-in-loop
    const page = await auditPage(file, { limit: LINES_AT_ONCE, before, ...fitting(asked) });
    yield page.lines
      .toReversed()
      .map((line) => `${csvOf(line)}\r\n`)
      .join("");
    before = page.next;
  } while (before !== undefined);
}

function csvOf(line: ShownAuditLine): string {
  const keys = ["at", ...COLUMNS, "result", "reason"];
  return csvCells([line.number, ...keys.map((key) => line[key])]);
}

type Fitting = Pick<AuditQuestion, "fits" | "from" | "to">;

function fitting({ words, user, action, result, via, from, to }: Wanted): Fitting {
  const all = words?.toLowerCase().split(/\s+/) ?? [];
  const who = user?.toLowerCase() ?? "";
  const fits = (line: ShownAuditLine): boolean => {
    if (result !== undefined && line["result"] !== result) return false;
    if (via !== undefined && line["via"] !== via) return false;
    if (action !== undefined && line["action"] !== action) return false;
    if (!textIn(line, ["actor"]).includes(who)) return false;
    const text = textIn(line, ["actor", "action", "object", "reason", "address"]);
    return all.every((word) => text.includes(word));
  };
  return { fits, from, to };
}

function textIn(line: ShownAuditLine, keys: readonly string[]): string {
  return keys
    .map((key) => line[key])
    .filter((value) => typeof value === "string")
    .join(" ")
    .toLowerCase();
}
