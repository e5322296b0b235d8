/** `/api/v1/retained…`: retained messages are deleted on purpose, after a dry run, and come back for a day. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { isPathFilter } from "../path-filter.ts";
import {
  RetainedError,
  type Deleted,
  type Deletion,
  type RetainedKeeper,
  type TopicRights,
} from "../retained/index.ts";
import { noted } from "./noted.ts";
import { problem, type Problem } from "./problem.ts";
import { readsTopic } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { count, moment, topicText } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface RetainedRoutes {
  readonly retained: RetainedKeeper;
  readonly access: Pick<Access, "note">;
}

/** A topic, or a filter with wildcards. */
const filter = topicText
  .min(1)
  .refine(
    (text) => isPathFilter(text) && !text.startsWith("$share/"),
    "this is no MQTT filter: + and # stand alone between slashes, # at the end",
  )
  .describe("A topic, or an MQTT filter: `line/old/#` is that topic and everything below it");

const deletion = z.object({
  id: z.string(),
  at: moment,
  by: z.string(),
  filter: z.string(),
  count,
  bytes: count,
  until: moment.describe("Until then it can be restored"),
});

const HEAD = {
  tag: "Retained messages",
  needs: "end clients",
} as const satisfies Partial<RouteHead>;

export function addRetainedRoutes(routes: Routes, rooms: RetainedRoutes): void {
  const { retained } = rooms;
  routes.add({
    ...HEAD,
    method: "GET",
    path: "/api/v1/retained/plan",
    summary: "Dry run: which retained messages a deletion would take, and which would stay",
    query: z.object({ filter }),
    answers: {
      200: z.object({
        filter: z.string(),
        messages: z.array(z.looseObject({ topic: z.string(), size: count })),
        bytes: count,
        refused: z.array(z.object({ topic: z.string(), because: z.string() })),
        isTooMany: z.boolean(),
        plan: z.string().describe("What a deletion must name, so that it takes this and no other"),
      }),
    },
    handle: ({ query, caller }) => retained.dryRun(query.filter, rightsOf(caller)),
  });
  routes.add({
    ...HEAD,
    method: "GET",
    path: "/api/v1/retained/deleted",
    summary: "Deletions of the last 24 hours, the newest first",
    answers: { 200: z.object({ deletions: z.array(deletion) }) },
    handle: async ({ caller }) => ({ deletions: await seenBy(caller, retained) }),
  });
  addChanges(routes, rooms);
}

function addChanges(routes: Routes, { retained, access }: RetainedRoutes): void {
  routes.add({
    ...HEAD,
    method: "POST",
    path: "/api/v1/retained/delete",
    summary:
      "Deletes the retained messages that a dry run found; they can be restored for 24 hours",
    body: z.object({ filter, plan: z.string().max(200) }),
    answers: {
      200: deletion.extend({
        left: z.array(z.string()).describe("Topics with another message meanwhile: these stay"),
      }),
    },
    problems: [404, 409],
    handle: ({ body: { filter: object, plan }, caller }) => {
      const { changer: by, principal } = caller;
      const what = { action: "delete retained messages", object } as const;
      return noted<Deleted>({ access, by, what, outcome: deletedOutcome }, () =>
        orProblem(() =>
          retained.delete(object, { by: principal.id, plan, rights: rightsOf(caller) }),
        ),
      );
    },
  });
  routes.add({
    ...HEAD,
    method: "POST",
    path: "/api/v1/retained/deleted/:id/restore",
    summary: "Brings back what was deleted; topics with another message meanwhile stay as they are",
    params: z.object({ id: z.string().max(100) }),
    answers: { 200: z.object({ restored: count, left: z.array(z.string()) }) },
    problems: [404],
    handle: async ({ params: { id }, caller }) => {
      const known = (await seenBy(caller, retained)).find((one) => one.id === id);
      if (known === undefined) return problem(404, `there is no deletion ${id} of the last day`);
      const what = { action: "restore retained messages", object: known.filter } as const;
      return await noted({ access, by: caller.changer, what, outcome: asAfter }, () =>
        orProblem(() => retained.restore(id, rightsOf(caller))),
      );
    },
  });
}

function deletedOutcome({ id, count: all, left }: Deleted): { after: object } {
  return asAfter({ id, count: all, left });
}

function asAfter(after: object): { after: object } {
  return { after };
}

const STATUSES = {
  CHANGED: 409,
  TOO_MANY: 409,
  FULL: 409,
  NOTHING: 404,
  UNKNOWN: 404,
} as const satisfies Record<RetainedError["code"], number>;

async function orProblem<Answer>(run: () => Promise<Answer>): Promise<Answer | Problem> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RetainedError)) throw error;
    return problem(STATUSES[error.code], error.message);
  }
}

/** Others' deletions are for those who read everything: they tell topics. */
async function seenBy(caller: Caller, retained: RetainedKeeper): Promise<readonly Deletion[]> {
  const all = await retained.deletions();
  const seesAll = caller.reach.of(undefined) === "all";
  return all.filter(({ by }) => seesAll || by === caller.principal.id);
}

/** A topic that may not be read is not told of; one that may not be published to is not deleted. */
function rightsOf(caller: Caller): TopicRights {
  const { rights } = caller;
  return {
    sees: (topic) => readsTopic(caller, topic),
    faultOf: (topic) => rights?.publishFault({ topic, qos: 1, retain: true, isWill: false }),
  };
}
