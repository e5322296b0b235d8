/** `/api/ns/…`: the tree over HTTP, in the shapes of `feed/protocol.ts`. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Commands } from "../command/index.ts";
import { children, find, MAX_LIMIT, pathRows, valueAnswer, wireValue } from "../feed/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { parsed, problem } from "./answers.ts";

export interface NamespaceRoutes {
  readonly tree: UnsTree;
  readonly commands: Commands;
  readonly epoch: string;
  now(): number;
}

const DEFAULT_LIMIT = 500;
const id = z.coerce.number().int().min(0);
const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT);

const childrenQuery = z.object({
  id: id.optional(),
  after: id.optional(),
  limit,
  values: z.literal("1").optional(),
});
const findQuery = z.object({ f: z.string().max(500), limit });
const pathQuery = z.object({ p: z.string().max(4000) });
const valueQuery = z.object({ id });
const writeBody = z.object({
  path: z.string().max(4000),
  value: z.union([z.string(), z.number(), z.boolean()]),
});

export function addNamespaceRoutes(server: FastifyInstance, rooms: NamespaceRoutes): void {
  const { tree, epoch } = rooms;
  server.get("/api/ns/children", (request, reply) => {
    const query = parsed(childrenQuery, request.query, reply);
    if (query === undefined) return reply;
    const valuesAt = query.values === undefined ? undefined : rooms.now();
    const ask = { id: query.id, after: query.after, limit: query.limit, valuesAt };
    return children(tree, epoch, ask) ?? problem(reply, 404, `there is no row ${query.id}`);
  });
  server.get("/api/ns/path", (request, reply) => {
    const query = parsed(pathQuery, request.query, reply);
    if (query === undefined) return reply;
    return (
      pathRows(tree, epoch, query.p) ?? problem(reply, 404, `there is nothing at "${query.p}"`)
    );
  });
  server.get("/api/ns/find", (request, reply) => {
    const query = parsed(findQuery, request.query, reply);
    return query === undefined ? reply : find(tree, epoch, { words: query.f, limit: query.limit });
  });
  server.get("/api/ns/value", (request, reply) => {
    const query = parsed(valueQuery, request.query, reply);
    if (query === undefined) return reply;
    return (
      valueAnswer(tree, epoch, query.id) ?? problem(reply, 404, `row ${query.id} is no metric`)
    );
  });
  server.post("/api/ns/write", async (request, reply) => {
    const body = parsed(writeBody, request.body, reply);
    if (body === undefined) return reply;
    const outcome = await rooms.commands.write(body.path, body.value);
    return "value" in outcome ? { ...outcome, value: wireValue(outcome.value) } : outcome;
  });
}
