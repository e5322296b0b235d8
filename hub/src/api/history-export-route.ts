/** `/api/history/export`: the values of what was chosen, of a part of the tree, or of what fits a filter, as a file. */
import { Readable } from "node:stream";
import { z } from "zod";
import { filtered } from "../feed/index.ts";
import type { HistoryReader } from "../history/index.ts";
import { askHistory, instant } from "./history-asking.ts";
import { exportLines } from "./history-export.ts";
import { factsFor, type FactRooms } from "./metric-facts.ts";
import { problem, Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface HistoryExportRoutes extends FactRooms {
  /** `undefined`: nothing is recorded. */
  readonly history: { readonly reader: HistoryReader } | undefined;
  readonly now: () => number;
}

const MOST_PATHS = 500;
const place = z.string().max(65_536);

const query = z.object({
  path: z
    .union([place, z.array(place).max(MOST_PATHS)])
    .default("")
    .describe("Metrics, or rows that have some below them; several: once each"),
  f: z.string().max(500).optional().describe("Only what fits this filter now, as in /api/ns/find"),
  from: instant,
  to: instant.optional(),
  format: z.enum(["csv", "jsonl"]).default("csv"),
});

/** `sees`: whether the metric at a path may be read by somebody. */
export function addHistoryExport(
  routes: Routes,
  rooms: HistoryExportRoutes,
  sees: (caller: Caller, path: string) => boolean,
): void {
  routes.add({
    method: "GET",
    path: "/api/history/export",
    tag: "History",
    summary: "Every value of all metrics at or below paths, as CSV or JSON lines",
    needs: "read values",
    problems: [404],
    query,
    answers: {
      200: {
        type: "text/csv",
        orType: "application/x-ndjson",
        description: "One line a value; JSON lines with format=jsonl",
      },
    },
    handle: ({
      query: { path: given, f: filter, format, from, to = rooms.now() },
      caller,
      reply,
    }) =>
      askHistory(rooms, async (reader) => {
        const fits = await fitting(rooms, caller, filter);
        if (fits instanceof Problem) return fits;
        const { tree } = rooms;
        void reply.type(format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson");
        const paths = typeof given === "string" ? [given] : given;
        const asked = { paths: withoutInner(paths), format, since: from, until: to };
        const mayRead = (metric: string): boolean => sees(caller, metric) && fits(metric);
        return Readable.from(exportLines({ reader, tree, mayRead }, asked));
      }),
  });
}

/**
 * What is gone from the tree fits no filter: it looks at what is now. One that is not understood as a whole would let
 * through more than was meant, and a file does not say so.
 */
async function fitting(
  rooms: HistoryExportRoutes,
  caller: Caller,
  filter: string | undefined,
): Promise<((path: string) => boolean) | Problem> {
  if (filter === undefined) return () => true;
  const gather = factsFor(rooms, caller);
  const { fits, faults } = await filtered(caller.sight, { filter, now: rooms.now(), gather });
  const [fault] = faults;
  if (fault !== undefined) return problem(400, `f: ${fault.says}`);
  return (metric) => {
    const id = rooms.tree.find(metric);
    return id !== undefined && fits(id);
  };
}

/** What stands below another one is exported with that. */
function withoutInner(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  return [...all].filter((one) => ![...all].some((other) => isBelow(one, other)));
}

function isBelow(path: string, other: string): boolean {
  return path !== other && (other === "" || path.startsWith(`${other}/`));
}
