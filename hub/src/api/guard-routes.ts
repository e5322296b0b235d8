/** `/api/v1/findings` and `/api/v1/conformance`: what the guard found, and how edge nodes and hosts stand. */
import { z } from "zod";
import { readsSubject, readsTopic } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { moment } from "./shapes.ts";

/** Reports of the guard, as they are sent. `since`: milliseconds since 1970 UTC. */
export interface GuardReports {
  findings(since?: number): readonly { readonly topic: string }[];
  grades(since?: number): readonly { readonly kind: string; readonly name: string }[];
}

const query = z.object({
  since: z.coerce.number().min(0).default(0).describe("Milliseconds since 1970 UTC"),
});
const finding = z.looseObject({
  code: z.string(),
  title: z.string(),
  level: z.string(),
  clientId: z.string(),
  subject: z.string(),
  topic: z.string(),
  because: z.string(),
  advice: z.string(),
  count: z.int(),
  firstAt: moment,
  lastAt: moment,
});
const grade = z.looseObject({ kind: z.string(), name: z.string(), lastAt: moment });

export function addGuardRoutes(
  routes: Routes,
  { guard, now }: { readonly guard: GuardReports; readonly now: () => number },
): void {
  const shared = { method: "GET", tag: "Diagnostics", needs: "read diagnostics", query } as const;
  routes.add({
    ...shared,
    path: "/api/v1/findings",
    summary: "What was found against the rules of Sparkplug, of what the caller may read",
    answers: { 200: z.object({ now: moment, findings: z.array(finding) }) },
    handle: ({ query: { since }, caller }) => ({
      now: now(),
      findings: guard.findings(since).filter(({ topic }) => readsTopic(caller, topic)),
    }),
  });
  routes.add({
    ...shared,
    path: "/api/v1/conformance",
    summary: "How edge nodes and host applications stand with the standard",
    answers: { 200: z.object({ now: moment, grades: z.array(grade) }) },
    handle: ({ query: { since }, caller }) => ({
      now: now(),
      grades: guard.grades(since).filter((each) => readsSubject(caller, each)),
    }),
  });
}
