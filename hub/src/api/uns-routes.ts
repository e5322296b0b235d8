/**
 * `/api/ns/uns`, `/api/v1/uns/places` and `/api/v1/uns/cleared`: the plant by its paths, where devices and edge nodes
 * stand, and the plain topics that were cleared.
 */
import { z } from "zod";
import { treeRow, valueEntries, type Sight } from "../feed/index.ts";
import { joinPath } from "../tree/index.ts";
import { browse, chainBelow, type PathRow, type Uns } from "../uns/index.ts";
import { readsMember } from "./reading.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import { count, moment, topicText } from "./shapes.ts";

export interface UnsRoutes {
  readonly uns: Pick<Uns, "paths" | "levels" | "cleared" | "figures">;
  readonly now: () => number;
}

const MAX_LIMIT = 5000;
/** Topics of one batch that are shown; the file has them all. */
const MAX_TOPICS = 1000;

const pathRow = z.looseObject({ name: z.string(), path: z.string(), kind: z.string() });
const placeRow = z.looseObject({ path: z.string(), placed: z.boolean() });
const batch = z.object({
  at: moment,
  because: z.string(),
  count,
  topics: z.array(z.string()),
});

export function addUnsRoutes(routes: Routes, rooms: UnsRoutes): void {
  const { uns } = rooms;
  routes.add({
    method: "GET",
    path: "/api/ns/uns",
    tag: "Namespace",
    summary: "What stands just below an ISA-95 path, a page at a time",
    needs: "read values",
    query: z.object({
      p: topicText.default(""),
      after: topicText.optional().describe("The key of the last row of the page before"),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
      values: z.literal("1").optional(),
    }),
    answers: { 200: z.looseObject({ rows: z.array(pathRow), more: z.boolean() }) },
    problems: [404],
    handle: ({ query, caller: { sight } }) => {
      const looking = { tree: sight.tree, paths: uns.paths, sees: (id: number) => sight.sees(id) };
      const all = browse(looking, query.p);
      if (all === undefined) return problem(404, `nothing stands at "${query.p}"`);
      const page = pageOf(all, query);
      const at = query.p === "" ? undefined : uns.paths.find(query.p);
      const own = at === undefined || !sight.sees(at) ? undefined : treeRow(sight, at);
      const answer = {
        rows: page.rows.map((row) => ({
          ...shown(sight, rooms, row),
          only: chainBelow(looking, row).map((one) => shown(sight, rooms, one)),
        })),
        more: page.more,
        own,
      };
      if (query.values === undefined) return answer;
      const ids = page.rows.flatMap(({ id }) => (id === undefined ? [] : [id]));
      return { ...answer, ...valuesOf(sight, own === undefined ? ids : [own.id, ...ids], rooms) };
    },
  });
  addLineRoute(routes, rooms);
  addPlaceRoutes(routes, rooms);
}

function addLineRoute(routes: Routes, rooms: UnsRoutes): void {
  const { uns } = rooms;
  routes.add({
    method: "GET",
    path: "/api/ns/uns/line",
    tag: "Namespace",
    summary:
      "What stands at each level from the top of the plant down to a path, of the plant or of the tree",
    needs: "read values",
    query: z.object({ p: topicText.min(1) }),
    answers: { 200: z.object({ rows: z.array(pathRow) }) },
    problems: [404],
    handle: ({ query: { p }, caller: { sight } }) => {
      const looking = { tree: sight.tree, paths: uns.paths, sees: (id: number) => sight.sees(id) };
      const inTree = sight.find(p);
      const path = (inTree === undefined ? undefined : uns.paths.pathOf(inTree)) ?? p;
      const levels = path.split("/");
      const rows = levels.flatMap((_, at) => {
        const own = levels.slice(0, at + 1).join("/");
        const row = browse(looking, levels.slice(0, at).join("/"))?.find((one) => one.path === own);
        return row === undefined ? [] : [shown(sight, rooms, row)];
      });
      return rows.length === levels.length ? { rows } : problem(404, `nothing stands at "${p}"`);
    },
  });
}

function addPlaceRoutes(routes: Routes, { uns }: UnsRoutes): void {
  routes.add({
    method: "GET",
    path: "/api/v1/uns/places",
    tag: "Diagnostics",
    summary: "Where devices and edge nodes stand in the plant",
    needs: "read diagnostics",
    query: z.object({
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
    }),
    answers: { 200: z.object({ rows: z.array(placeRow), more: z.boolean() }) },
    handle: ({ query: { from, limit }, caller }) => {
      const all = Array.from(uns.paths.all()).filter(
        ({ member: { groupId: group, edgeNodeId: edgeNode, deviceId: device } }) =>
          readsMember(caller, { group, edgeNode, device }),
      );
      const rows = all
        .slice(from, from + limit)
        .map(({ member, path, isPlaced }) => ({ ...member, path, placed: isPlaced }));
      return { rows, more: from + limit < all.length };
    },
  });
  routes.add({
    method: "GET",
    path: "/api/v1/uns/cleared",
    tag: "Diagnostics",
    summary:
      "Plain topics that were cleared because their metrics left the plant, and what the projection does",
    needs: "read diagnostics",
    answers: { 200: z.object({ batches: z.array(batch), projection: z.unknown() }) },
    handle: ({ caller }) => ({
      batches: caller.sight.seesAll ? uns.cleared.map(shownBatch) : [],
      projection: uns.figures ?? null,
    }),
  });
}

/** The values of rows, as the live feed sends them. */
function valuesOf(
  { tree }: Sight,
  ids: readonly number[],
  { now }: Pick<UnsRoutes, "now">,
): object {
  const t = now();
  return { t, u: ids.flatMap((id) => valueEntries(tree, id, t, 0)) };
}

function shownBatch({
  at,
  because,
  topics,
}: UnsRoutes["uns"]["cleared"][number]): z.output<typeof batch> {
  return { at, because, count: topics.length, topics: topics.slice(0, MAX_TOPICS) };
}

function pageOf(
  all: readonly PathRow[],
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): { readonly rows: readonly PathRow[]; readonly more: boolean } {
  const from = after === undefined ? 0 : all.findIndex((row) => keyOf(row) === after) + 1;
  return { rows: all.slice(from, from + limit), more: from + limit < all.length };
}

/** What names a row of a page, for the next one. */
function keyOf({ kind, path }: PathRow): string {
  return `${kind} ${path}`;
}

/** A place also says what its level is called, if the configuration says so. */
function shown(sight: Sight, { uns }: UnsRoutes, row: PathRow): object {
  const { id, path } = row;
  const level = row.kind === "place" ? uns.levels[path.split("/").length - 1] : undefined;
  const more =
    id === undefined ? { level } : { ...treeRow(sight, id), at: joinPath(sight.tree.segments(id)) };
  return { ...more, ...row, key: keyOf(row), branch: row.kind !== "metric" };
}
