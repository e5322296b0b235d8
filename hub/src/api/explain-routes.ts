/** `/api/v1/explain`: why the value at a path is stale. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Explainer } from "../explain/index.ts";
import { parsed, problem } from "./answers.ts";

const query = z.object({ path: z.string().min(1).max(65_536) });

export function addExplainRoutes(
  server: FastifyInstance,
  { explainer }: { readonly explainer: Explainer },
): void {
  server.get("/api/v1/explain", async (request, reply) => {
    const asked = parsed(query, request.query, reply);
    if (asked === undefined) return await reply;
    const answer = await explainer.explain(asked.path);
    if (!("nothing" in answer)) return answer;
    const { nothing, near } = answer;
    const hint = near.length === 0 ? "" : `. Near it: ${near.join(", ")}`;
    return await problem(reply, 404, `${nothing}${hint}`);
  });
}
