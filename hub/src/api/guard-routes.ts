/** `/api/v1/conformance`: how edge nodes and hosts stand with the standard. */
import { z } from "zod";
import { readsSubject } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { moment, sinceQuery } from "./shapes.ts";

/** Reports of the guard, as they are sent. `since`: milliseconds since 1970 UTC. */
export interface GuardReports {
  grades(since?: number): readonly { readonly kind: string; readonly name: string }[];
}

const grade = z.looseObject({ kind: z.string(), name: z.string(), lastAt: moment });

export function addGuardRoutes(
  routes: Routes,
  { guard, now }: { readonly guard: GuardReports; readonly now: () => number },
): void {
  routes.add({
    method: "GET",
    tag: "Diagnostics",
    needs: "read diagnostics",
    query: sinceQuery,
    path: "/api/v1/conformance",
    summary: "How edge nodes and host applications stand with the standard",
    answers: { 200: z.object({ now: moment, grades: z.array(grade) }) },
    handle: ({ query: { since }, caller }) => ({
      now: now(),
      grades: guard.grades(since).filter((each) => readsSubject(caller, each)),
    }),
  });
}
