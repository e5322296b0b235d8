/** `/api/v1/findings`: what was found, and what people say of it: that they know, or want to hear no more for a time. */
import { z } from "zod";
import { countsOf, type FindingDesk, type FindingGroup } from "../diagnostics/index.ts";
import type { Access } from "../identity/index.ts";
import { problem, type Problem } from "./problem.ts";
import { readsTopic } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { count, moment, sinceQuery } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface FindingRoutes {
  readonly desk: FindingDesk;
  readonly access: Pick<Access, "carryOut">;
  readonly now: () => number;
}

const LONGEST_MINUTES = 30 * 24 * 60;

const acknowledged = z.object({ by: z.string(), at: moment, note: z.string().nullable() });
const muted = z.object({ by: z.string(), at: moment, until: moment });
const resolved = z.object({ at: moment, because: z.string() });
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
  state: z.enum(["open", "acknowledged", "resolved"]),
  acknowledged: acknowledged.nullable(),
  muted: muted.nullable().describe("As long as it holds"),
  resolved: resolved.nullable().describe("That the hub saw its end"),
  ends: z.string().nullable().describe("When it is over by itself; null: the hub cannot know"),
});
const counts = z.object({
  open: count,
  acknowledged: count,
  resolved: count,
  muted: count.describe("In no other count"),
  problems: count.describe("Open ones that are more than noted"),
});

/** What names a group of findings. */
export const findingParams = z.object({
  code: z.string().min(1).max(100),
  client: z.string().min(1).max(65_535).describe("As `clientId` of the finding"),
});
export const FINDING_PATH = "/api/v1/findings/:code/:client";

const READING = {
  method: "GET",
  tag: "Diagnostics",
  needs: "read diagnostics",
} as const satisfies Partial<RouteHead>;
const ANSWERING = {
  tag: "Diagnostics",
  needs: "answer findings",
  params: findingParams,
} as const;

export function addFindingRoutes(routes: Routes, rooms: FindingRoutes): void {
  addReading(routes, rooms);
  addAcknowledging(routes, rooms);
  addMuting(routes, rooms);
}

function addReading(routes: Routes, { desk, now }: FindingRoutes): void {
  routes.add({
    ...READING,
    path: "/api/v1/findings",
    summary: "What was found, of what the caller may read, with what became of it",
    query: sinceQuery,
    answers: { 200: z.object({ now: moment, findings: z.array(finding) }) },
    handle: ({ query: { since }, caller }) => ({
      now: now(),
      findings: seen(desk.groups(since), caller),
    }),
  });
  routes.add({
    ...READING,
    path: "/api/v1/findings/counts",
    summary: "How many findings there are of each state, of what the caller may read",
    answers: { 200: counts },
    handle: ({ caller }) => countsOf(seen(desk.groups(), caller)),
  });
}

function addAcknowledging(routes: Routes, rooms: FindingRoutes): void {
  const path = `${FINDING_PATH}/acknowledgement`;
  routes.add({
    ...ANSWERING,
    method: "PUT",
    path,
    summary:
      "Says that somebody knows of a finding; it is open again once it comes back after its end",
    body: z.strictObject({ note: z.string().max(500).optional() }),
    answers: { 200: finding },
    problems: [404, 409],
    handle: ({ params, body: { note: said }, caller }) =>
      answered(rooms, params, caller, (group) => {
        if (group.state === "resolved") return problem(409, "it is over by itself already");
        const reason = said?.trim() ?? "";
        const by = caller.changer.principal.id;
        const note = reason === "" ? null : reason;
        return {
          action: "finding acknowledged",
          reason,
          run: () => rooms.desk.acknowledge(group, { by, note }),
        };
      }),
  });
  routes.add({
    ...ANSWERING,
    method: "DELETE",
    path,
    summary: "Opens a finding again that somebody has acknowledged",
    answers: { 200: finding },
    problems: [404],
    handle: ({ params, caller }) =>
      answered(rooms, params, caller, (group) => {
        if (group.acknowledged === null) return problem(404, "nobody has acknowledged it");
        return { action: "finding opened again", run: () => rooms.desk.openAgain(group) };
      }),
  });
}

function addMuting(routes: Routes, rooms: FindingRoutes): void {
  const path = `${FINDING_PATH}/mute`;
  routes.add({
    ...ANSWERING,
    method: "PUT",
    path,
    summary:
      "Takes a finding out of lists and counts of problems for so many minutes; it is counted on",
    body: z.strictObject({ minutes: z.int().min(1).max(LONGEST_MINUTES) }),
    answers: { 200: finding },
    problems: [404],
    handle: ({ params, body: { minutes }, caller }) =>
      answered(rooms, params, caller, (group) => {
        const until = rooms.now() + minutes * 60_000;
        const after = { until: new Date(until).toISOString() };
        const by = caller.changer.principal.id;
        return {
          action: "finding muted",
          after,
          run: () => rooms.desk.mute(group, { by, until }),
        };
      }),
  });
  routes.add({
    ...ANSWERING,
    method: "DELETE",
    path,
    summary: "Ends the mute of a finding before its time",
    answers: { 200: finding },
    problems: [404],
    handle: ({ params, caller }) =>
      answered(rooms, params, caller, (group) => {
        if (group.muted === null) return problem(404, "it is not muted");
        return { action: "mute of a finding lifted", run: () => rooms.desk.unmute(group) };
      }),
  });
}

/** The group that is meant, of what the caller may read. */
export function findingOf(
  { desk }: Pick<FindingRoutes, "desk">,
  { code, client }: z.output<typeof findingParams>,
  caller: Caller,
): FindingGroup | Problem {
  const group = desk.find({ code, clientId: client });
  if (group !== undefined && readsTopic(caller, group.topic)) return group;
  return problem(404, `there is no finding ${code} of "${client}"`);
}

/** What somebody says of a finding, as the trail calls it. */
interface Answer {
  readonly action: string;
  readonly reason?: string;
  readonly after?: object;
  readonly run: () => void;
}

// oxlint-disable-next-line max-params -- a group, who asks, and what is done with it
function answered(
  rooms: FindingRoutes,
  params: z.output<typeof findingParams>,
  caller: Caller,
  answerTo: (group: FindingGroup) => Answer | Problem,
): FindingGroup | Problem | undefined {
  const group = findingOf(rooms, params, caller);
  if (!("code" in group)) return group;
  const answer = answerTo(group);
  if (!("action" in answer)) return answer;
  const { reason = "", run, ...what } = answer;
  const { code, clientId } = group;
  const object = `finding ${code} of ${clientId}`;
  const deed = { ...what, object, ...(reason !== "" && { reason }) };
  rooms.access.carryOut(caller.changer, deed, run);
  return rooms.desk.find(group);
}

function seen(groups: readonly FindingGroup[], caller: Caller): readonly FindingGroup[] {
  return groups.filter(({ topic }) => readsTopic(caller, topic));
}
