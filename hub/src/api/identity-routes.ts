/** Administration of who may come in: users, tokens, bans, the audit trail. Secrets never leave. */
import { readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { AccessError, ROLES, verifyAudit, type Access } from "../identity/index.ts";
import { parsed, problem } from "./answers.ts";
import { changerOf } from "./who.ts";

export interface IdentityRoutes {
  readonly access: Access;
  readonly auditFile: string;
}

const grants = z.array(z.string()).default([]);
const userBody = z.strictObject({
  role: z.enum(ROLES),
  grants,
  password: z.string().optional(),
  isDisabled: z.boolean().optional(),
});
const firstBody = z.strictObject({ code: z.string(), name: z.string(), password: z.string() });
const tokenBody = z.strictObject({ role: z.enum(ROLES), grants, expiresAt: z.int() });
const pskBody = z.strictObject({ role: z.enum(ROLES), grants });
const nameParams = z.object({ name: z.string() });
const banQuery = z.object({ name: z.string().optional() });
const auditQuery = z.object({ last: z.coerce.number().int().min(1).max(10_000).default(100) });

export function addIdentityRoutes(
  server: FastifyInstance,
  { access, auditFile }: IdentityRoutes,
): void {
  server.get("/api/v1/users", () => ({ users: access.users }));
  server.put("/api/v1/users/:name", (request, reply) => putUser(access, request, reply));
  server.delete("/api/v1/users/:name", (request, reply) => {
    const { name } = nameParams.parse(request.params);
    return answer(reply, () => found(reply, access.deleteUser(name, changerOf(request)), name));
  });
  server.post("/api/v1/first-admin", async (request, reply) => {
    const body = parsed(firstBody, request.body, reply);
    if (body === undefined) return reply;
    const { code, ...user } = body;
    return await answer(reply, async () => {
      await access.makeFirstAdmin(code, { ...user, role: "admin", grants: [] }, request.ip);
      return reply.code(204).send();
    });
  });
  server.get("/api/v1/tokens", () => ({ tokens: access.tokens }));
  server.put("/api/v1/tokens/:name", (request, reply) => putToken(access, request, reply));
  server.delete("/api/v1/tokens/:name", (request, reply) => {
    const { name } = nameParams.parse(request.params);
    return answer(reply, () => found(reply, access.deleteToken(name, changerOf(request)), name));
  });
  server.get("/api/v1/psks", () => ({ psks: access.psks }));
  server.put("/api/v1/psks/:name", (request, reply) => putPsk(access, request, reply));
  server.delete("/api/v1/psks/:name", (request, reply) => {
    const { name } = nameParams.parse(request.params);
    return answer(reply, () => found(reply, access.deletePsk(name, changerOf(request)), name));
  });
  server.get("/api/v1/bans", () => ({ bans: access.attempts.bans() }));
  server.delete("/api/v1/bans/:name", (request, reply) => {
    const { name: address } = nameParams.parse(request.params);
    const query = parsed(banQuery, request.query, reply);
    if (query === undefined) return reply;
    return found(reply, access.pardon({ address, name: query.name }, changerOf(request)), address);
  });
  server.get("/api/v1/audit", (request, reply) => {
    const query = parsed(auditQuery, request.query, reply);
    return query === undefined ? reply : { lines: lastLines(auditFile, query.last) };
  });
  server.get("/api/v1/audit/verify", () => ({ faults: verifyAudit(auditFile) }));
}

async function putUser(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { name } = nameParams.parse(request.params);
  const body = parsed(userBody, request.body, reply);
  if (body === undefined) return reply;
  return await answer(reply, async () => {
    await access.putUser({ name, ...body }, changerOf(request));
    return reply.code(204).send();
  });
}

async function putToken(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { name } = nameParams.parse(request.params);
  const body = parsed(tokenBody, request.body, reply);
  if (body === undefined) return reply;
  return await answer(reply, () => {
    const secret = access.addToken({ name, ...body }, changerOf(request));
    return reply.header("cache-control", "no-store").send({ secret });
  });
}

async function putPsk(
  access: Access,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { name } = nameParams.parse(request.params);
  const body = parsed(pskBody, request.body, reply);
  if (body === undefined) return reply;
  return await answer(reply, () => {
    const key = access.addPsk({ name, ...body }, changerOf(request));
    return reply.header("cache-control", "no-store").send({ key });
  });
}

/** What the caller did wrong is a sentence; what cannot be written on the audit trail is not done. */
async function answer(
  reply: FastifyReply,
  act: () => FastifyReply | Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    return problem(reply, 409, error.message);
  }
}

function found(reply: FastifyReply, isFound: boolean, name: string): FastifyReply {
  return isFound ? reply.code(204).send() : problem(reply, 404, `there is no "${name}"`);
}

function lastLines(file: string, count: number): readonly unknown[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
  return lines.flatMap((text): readonly unknown[] => {
    try {
      const line: unknown = JSON.parse(text);
      return [line];
    } catch {
      return []; // `verify` tells of it
    }
  });
}
