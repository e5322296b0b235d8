/** Writes, and the commands of the last time: what was asked, each step that the hub saw, and what came of it. */
import { z } from "zod";
import { bounds, type CommandRecord, type Commands, type WriteOutcome } from "../command/index.ts";
import { wireValue } from "../feed/index.ts";
import { mayWrite } from "../identity/index.ts";
import { problem, type Problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface CommandRoutes {
  readonly commands: Commands;
}

/** Who writes over HTTP. */
type HttpWriter = NonNullable<Parameters<Commands["write"]>[2]>;

const path = z.string().max(4000);
const commandId = z.object({ id: z.coerce.number().int().min(1) });
const RESULTS = [
  "confirmed",
  "mismatch",
  "timeout",
  "offline",
  "failed",
  "waiting",
  "refused",
] as const;
const outcome = z.looseObject({ result: z.enum(RESULTS) });
/** As it stands in the journal. */
const keptOutcome = z.looseObject({ result: z.enum([...RESULTS, "unknown"]) });
const step = z.object({ step: z.string(), at: moment, note: z.string().optional() });
const command = z.looseObject({
  id: z.int(),
  path: z.string(),
  by: z.object({ actor: z.string(), via: z.string(), address: z.string().optional() }),
  steps: z.array(step),
  outcome: keptOutcome.optional(),
});
const plan = z.looseObject({ path: z.string(), topic: z.string(), mayWrite: z.boolean() });

const WRITING = { tag: "Commands", needs: "write metrics" } as const satisfies Partial<RouteHead>;

export function addCommandRoutes(routes: Routes, { commands }: CommandRoutes): void {
  addWriteRoutes(routes, commands);
  addReadRoutes(routes, commands);
  addApprovalRoutes(routes, commands);
}

function addWriteRoutes(routes: Routes, commands: Commands): void {
  routes.add({
    ...WRITING,
    method: "POST",
    path: "/api/ns/write",
    summary: "Writes a metric through its edge node and waits for the value to come back",
    body: z.strictObject({
      path,
      value: z.union([z.string(), z.number(), z.boolean()]),
      reason: z.string().max(500).optional().describe("Why, for the audit trail"),
    }),
    answers: { 200: outcome },
    handle: async ({ body, caller }) => {
      if (isHidden(caller, body.path)) return noMetric(body.path);
      return shownOutcome(await commands.write(body.path, body.value, writerFor(caller, body)));
    },
  });
  routes.add({
    ...WRITING,
    method: "GET",
    path: "/api/v1/commands/plan",
    summary: "What a write to a metric would send and is held to, and why it would be refused now",
    query: z.object({ path }),
    answers: { 200: plan },
    problems: [404],
    handle: ({ query, caller }) => {
      const found = isHidden(caller, query.path)
        ? undefined
        : commands.plan(query.path, writerFor(caller, {}));
      if (found === undefined) return problem(404, `there is no metric "${query.path}"`);
      const { topic, rule, refusal, info } = found;
      const { step: grid, values, maxChange, every, secondPerson, guarded } = rule;
      return {
        path: query.path,
        topic,
        mayWrite: refusal === undefined,
        refusal,
        ...bounds(info, rule),
        step: grid,
        values,
        maxChange,
        every,
        secondPerson,
        guarded,
        confirmWithin: rule.confirmWithin,
      };
    },
  });
}

function addReadRoutes(routes: Routes, commands: Commands): void {
  const reading = { method: "GET", tag: "Commands", needs: "read diagnostics" } as const;
  routes.add({
    ...reading,
    path: "/api/v1/commands",
    summary: "The last commands to what the caller may read, the newest first",
    query: z.object({
      before: z.coerce.number().int().min(1).optional().describe("The id of the last one shown"),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    answers: { 200: z.object({ commands: z.array(command) }) },
    handle: ({ query: { before = Infinity, limit }, caller }) => ({
      commands: commands.journal.records
        .filter((record) => record.id < before && isSeen(caller, record))
        .slice(0, limit)
        .map(shownCommand),
    }),
  });
  routes.add({
    ...reading,
    path: "/api/v1/commands/:id",
    summary: "One command with its steps",
    params: commandId,
    answers: { 200: command },
    problems: [404],
    handle: ({ params: { id }, caller }) => {
      const record = commands.journal.get(id);
      return record !== undefined && isSeen(caller, record) ? shownCommand(record) : none(id);
    },
  });
}

function addApprovalRoutes(routes: Routes, commands: Commands): void {
  routes.add({
    ...WRITING,
    method: "POST",
    path: "/api/v1/commands/:id/approve",
    summary: "Says yes, as the second person, to a command that waits for one; it is sent at once",
    params: commandId,
    answers: { 200: outcome },
    problems: [404],
    handle: async ({ params: { id }, caller }) => {
      const ended = await commands.approve(id, writerFor(caller, {}));
      return ended === undefined ? none(id) : shownOutcome(ended);
    },
  });
  routes.add({
    ...WRITING,
    method: "POST",
    path: "/api/v1/commands/:id/reject",
    summary: "Says no to a command that waits for a second person",
    params: commandId,
    answers: { 200: outcome },
    problems: [404],
    handle: ({ params: { id }, caller }) => {
      const ended = commands.reject(id, writerFor(caller, {}));
      return ended === undefined ? none(id) : shownOutcome(ended);
    },
  });
}

function none(id: number): Problem {
  return problem(404, `there is no command ${id} that could be answered`);
}

function noMetric(at: string): z.output<typeof outcome> {
  return { result: "refused", code: "NO_METRIC", because: `there is no metric "${at}"` };
}

/** What one may not see does not exist for one. */
function isHidden({ sight }: Caller, at: string): boolean {
  return !sight.seesAll && sight.find(at) === undefined;
}

function isSeen({ sight }: Caller, { metricId }: CommandRecord): boolean {
  return sight.seesAll || (metricId !== undefined && sight.sees(metricId));
}

/** Of a hub without users anybody writes; of others, who has a grant for the metric. */
function writerFor(
  { principal, rights, changer: { via, address } }: Caller,
  { reason }: { readonly reason?: string | undefined },
): HttpWriter {
  return {
    actor: principal.id,
    via,
    address,
    reason,
    fault: (metric) =>
      rights === undefined || mayWrite(principal, metric)
        ? undefined
        : `no grant of ${principal.name} allows to command "${metric.name}"`,
  };
}

function shownOutcome(ended: WriteOutcome): z.output<typeof outcome> {
  return "value" in ended ? { ...ended, value: wireValue(ended.value) } : { ...ended };
}

function shownCommand(record: CommandRecord): object {
  const { asked, before, outcome: ended, ...rest } = record;
  const shown = ended?.result === "unknown" ? ended : ended && shownOutcome(ended);
  return {
    ...rest,
    asked: wireValue(asked),
    before: wireValue(before),
    ...(shown !== undefined && { outcome: shown }),
  };
}
