/** `/api/v1/findings` and `/api/v1/conformance`: what the guard found, and how edge nodes and hosts stand. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parsed } from "./answers.ts";

/** Reports of the guard, as they are sent. `since`: milliseconds since 1970 UTC. */
export interface GuardReports {
  findings(since?: number): readonly object[];
  grades(since?: number): readonly object[];
}

const query = z.object({ since: z.coerce.number().min(0).default(0) });

export function addGuardRoutes(
  server: FastifyInstance,
  rooms: { readonly guard: GuardReports; now(): number },
): void {
  const { guard } = rooms;
  server.get("/api/v1/findings", (request, reply) => {
    const asked = parsed(query, request.query, reply);
    return asked === undefined
      ? reply
      : { now: rooms.now(), findings: guard.findings(asked.since) };
  });
  server.get("/api/v1/conformance", (request, reply) => {
    const asked = parsed(query, request.query, reply);
    return asked === undefined ? reply : { now: rooms.now(), grades: guard.grades(asked.since) };
  });
}
