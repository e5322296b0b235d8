/** `/api/v1/explain`: why the value at a path is stale. */
import { z } from "zod";
import type { Explainer } from "../explain/index.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";

const hop = z.looseObject({});
const explanation = z.looseObject({ path: z.string(), kind: z.string(), hops: z.array(hop) });

export function addExplainRoutes(
  routes: Routes,
  { explainer }: { readonly explainer: Explainer },
): void {
  routes.add({
    method: "GET",
    path: "/api/v1/explain",
    tag: "Diagnostics",
    summary: "Why the value at a path is stale, hop by hop from the PLC to the reader",
    needs: "read diagnostics",
    query: z.object({ path: z.string().min(1).max(65_536) }),
    answers: { 200: explanation },
    problems: [404],
    handle: async ({ query: { path }, caller: { sight } }) => {
      const isHidden = !sight.seesAll && sight.find(path) === undefined;
      if (isHidden) return problem(404, `there is nothing at "${path}"`);
      const answer = await explainer.explain(path);
      if (!("nothing" in answer)) return answer;
      const near = answer.near.filter((other) => sight.find(other) !== undefined);
      const hint = near.length === 0 ? "" : `. Near it: ${near.join(", ")}`;
      return problem(404, `${answer.nothing}${hint}`);
    },
  });
}
