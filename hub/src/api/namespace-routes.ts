/** `/api/ns/…`: the tree over HTTP, in the shapes of `feed/protocol.ts`, as far as the caller may see it. */
import { z } from "zod";
import { children, find, MAX_LIMIT, pathRows, valueAnswer } from "../feed/index.ts";
import type { Uns, UnsPaths } from "../uns/index.ts";
import { factsFor, type FactRooms } from "./metric-facts.ts";
import { problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";

export interface NamespaceRoutes extends FactRooms {
  readonly epoch: string;
  readonly uns: Pick<Uns, "topicOf" | "isRetained"> & { readonly paths: Pick<UnsPaths, "pathOf"> };
  now(): number;
}

const DEFAULT_LIMIT = 500;
const id = z.coerce.number().int().min(0);
const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);

const row = z.looseObject({ id: z.int(), name: z.string(), kind: z.string(), branch: z.boolean() });
const rowsAnswer = z.looseObject({ epoch: z.string(), rows: z.array(row) });

const READING = {
  method: "GET",
  tag: "Namespace",
  needs: "read values",
} as const satisfies Partial<RouteHead>;

export function addNamespaceRoutes(routes: Routes, rooms: NamespaceRoutes): void {
  const { epoch } = rooms;
  routes.add({
    ...READING,
    path: "/api/ns/children",
    summary: "The rows below a row, sorted by name; the groups when no id is given",
    query: z.object({
      id: id.optional(),
      after: id.optional(),
      limit,
      values: z.literal("1").optional(),
    }),
    answers: { 200: rowsAnswer },
    problems: [404],
    handle: ({ query, caller: { sight } }) => {
      const valuesAt = query.values === undefined ? undefined : rooms.now();
      const ask = { id: query.id, after: query.after, limit: query.limit, valuesAt };
      return children(sight, epoch, ask) ?? problem(404, `there is no row ${query.id}`);
    },
  });
  routes.add({
    ...READING,
    path: "/api/ns/path",
    summary: "The rows from the group down to a path",
    query: z.object({ p: z.string().max(4000) }),
    answers: { 200: rowsAnswer },
    problems: [404],
    handle: ({ query: { p }, caller: { sight } }) =>
      pathRows(sight, epoch, p) ?? problem(404, `there is nothing at "${p}"`),
  });
  routes.add({
    ...READING,
    path: "/api/ns/find",
    summary: "Metrics that fit a filter, with the rows above them",
    query: z.object({ f: z.string().max(500), limit }),
    answers: { 200: rowsAnswer.extend({ hits: z.int() }) },
    handle: ({ query: { f: filter, limit: most }, caller }) =>
      find(caller.sight, epoch, {
        filter,
        limit: most,
        now: rooms.now(),
        gather: factsFor(rooms, caller),
      }),
  });
  addMetricRoutes(routes, rooms);
}

function addMetricRoutes(routes: Routes, { epoch, uns }: NamespaceRoutes): void {
  routes.add({
    ...READING,
    path: "/api/ns/value",
    summary: "One metric with everything that the hub knows of it",
    query: z.object({ id }),
    answers: { 200: z.looseObject({ epoch: z.string(), row, path: z.string() }) },
    problems: [404],
    handle: ({ query, caller: { sight } }) => {
      const answer = valueAnswer(sight, epoch, query.id);
      if (answer === undefined) return problem(404, `row ${query.id} is no metric`);
      const unsPath = uns.paths.pathOf(query.id);
      return { ...answer, unsPath, plainTopic: uns.topicOf(query.id) ?? unsPath };
    },
  });
}
