/** `/api/v1/replays/proposals`: replays that assistants propose, and a second person answers. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import type { ReplayProposal, ReplayProposals } from "../replay/index.ts";
import { problem, type Problem } from "./problem.ts";
import { noteReplay, problemOf, replayState, sees, shown } from "./replay-routes.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface ReplayProposalRoutes {
  readonly proposals: ReplayProposals;
  readonly access: Pick<Access, "note" | "carryOut">;
}

const proposal = z.object({
  id: z.int(),
  path: z.string(),
  from: z.number().describe("Milliseconds since 1970 UTC, as all times here"),
  to: z.number(),
  speed: z.number(),
  as: z.enum(["historical", "sandbox"]),
  prefix: z.string().optional(),
  by: z.string(),
  reason: z.string(),
  proposedAt: z.number(),
  expiresAt: z.number().describe("Nobody can say yes any more"),
});

const params = z.object({ id: z.coerce.number().int().min(1) });
const head = { tag: "History", needs: "edit configuration" } as const;

export function addReplayProposalRoutes(routes: Routes, rooms: ReplayProposalRoutes): void {
  const { proposals } = rooms;
  routes.add({
    ...head,
    method: "GET",
    path: "/api/v1/replays/proposals",
    summary: "Replays that assistants have proposed, and that wait for a second person",
    answers: { 200: z.object({ proposals: z.array(proposal) }) },
    handle: ({ caller }) => ({
      proposals: proposals
        .waiting()
        .filter((one) => sees(caller, one))
        .map(shown),
    }),
  });
  routes.add({
    ...head,
    method: "POST",
    path: "/api/v1/replays/proposals/:id/approve",
    summary: "Says yes to a replay as the second person: it starts, with what both may read",
    params,
    answers: { 200: replayState },
    problems: [404, 409],
    handle: async ({ params: { id }, caller }) => await approve(rooms, id, caller),
  });
  routes.add({
    ...head,
    method: "POST",
    path: "/api/v1/replays/proposals/:id/reject",
    summary: "Says no to a replay that was proposed",
    params,
    answers: { 200: proposal },
    problems: [404, 409],
    handle: ({ params: { id }, caller }) => {
      const asked = proposalFor(rooms, id, caller);
      if (asked === undefined) return nothing(id);
      const deed = { action: "reject replay", object: asked.path, after: { id } };
      const reject = (): ReplayProposal => proposals.reject(id, caller.principal.id);
      try {
        return shown(rooms.access.carryOut(caller.changer, deed, reject));
      } catch (error) {
        return problemOf(error);
      }
    },
  });
}

async function approve(
  rooms: ReplayProposalRoutes,
  id: number,
  caller: Caller,
): Promise<object | Problem> {
  const asked = proposalFor(rooms, id, caller);
  if (asked === undefined) return nothing(id);
  if (caller.principal.source === "anonymous")
    return problem(409, "nobody knows who you are: log in");
  const { sight, principal } = caller;
  try {
    const mayRead = (metric: number): boolean => sight.sees(metric);
    const second = { actor: principal.id, mayRead };
    const started = await rooms.proposals.approve(id, second, ({ path: object, by }, replay) =>
      noteReplay(rooms, caller, { action: "approve replay", object, after: { id, replay, by } }),
    );
    return shown(started);
  } catch (error) {
    return problemOf(error);
  }
}

function proposalFor(
  { proposals }: ReplayProposalRoutes,
  id: number,
  caller: Caller,
): ReplayProposal | undefined {
  return proposals.waiting().find((one) => one.id === id && sees(caller, one));
}

function nothing(id: number): Problem {
  return problem(404, `no replay waits under the number ${id}`);
}
