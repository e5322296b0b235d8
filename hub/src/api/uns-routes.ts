/**
 * `/api/ns/uns`, `/api/v1/uns/places` and `/api/v1/uns/cleared`: the plant by its paths, where devices and edge nodes
 * stand, and the plain topics that were cleared.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { treeRow, valueEntries } from "../feed/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { browse, type PathRow, type Uns } from "../uns/index.ts";
import { parsed, problem } from "./answers.ts";

export interface UnsRoutes {
  readonly tree: UnsTree;
  readonly uns: Pick<Uns, "paths" | "levels" | "cleared" | "figures">;
  now(): number;
}

const MAX_LIMIT = 5000;
/** Topics of one batch that are shown; the file has them all. */
const MAX_TOPICS = 1000;

const query = z.object({
  p: z.string().max(65_535).default(""),
  after: z.string().max(65_535).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
  values: z.literal("1").optional(),
});

const placesQuery = z.object({
  from: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
});

export function addUnsRoutes(server: FastifyInstance, rooms: UnsRoutes): void {
  const { tree, uns } = rooms;
  server.get("/api/ns/uns", (request, reply) => {
    const ask = parsed(query, request.query, reply);
    if (ask === undefined) return reply;
    const all = browse(tree, uns.paths, ask.p);
    if (all === undefined) return problem(reply, 404, `nothing stands at "${ask.p}"`);
    const page = pageOf(all, ask);
    const answer = { rows: page.rows.map((row) => shown(rooms, row)), more: page.more };
    const at = ask.p === "" ? undefined : uns.paths.find(ask.p);
    const own = at === undefined ? undefined : treeRow(tree, at);
    if (ask.values === undefined) return { ...answer, own };
    const t = rooms.now();
    const ids = page.rows.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const asked = own === undefined ? ids : [own.id, ...ids];
    return { ...answer, own, t, u: asked.flatMap((id) => valueEntries(tree, id, t, 0)) };
  });
  server.get("/api/v1/uns/places", (request, reply) => {
    const ask = parsed(placesQuery, request.query, reply);
    if (ask === undefined) return reply;
    const { from, limit } = ask;
    const places = Array.from(uns.paths.all()).slice(from, from + limit);
    const rows = places.map(({ member, path, isPlaced }) => ({
      ...member,
      path,
      placed: isPlaced,
    }));
    return { rows, more: from + limit < uns.paths.size };
  });
  server.get("/api/v1/uns/cleared", () => ({
    batches: uns.cleared.map(({ at, because, topics }) => ({
      at,
      because,
      count: topics.length,
      topics: topics.slice(0, MAX_TOPICS),
    })),
    projection: uns.figures ?? null,
  }));
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
function shown({ tree, uns }: UnsRoutes, row: PathRow): object {
  const { id, path } = row;
  const level = row.kind === "place" ? uns.levels[path.split("/").length - 1] : undefined;
  const more = id === undefined ? { level } : treeRow(tree, id);
  return { ...more, ...row, key: keyOf(row), branch: row.kind !== "metric" };
}
