/** `/api/v1/sinks`: how sinks stand, what their targets refused, and how that is written again. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import type { DeadLetter, Sinks, SinkState } from "../sinks/index.ts";
import { timeText } from "../tree/index.ts";
import { problem } from "./problem.ts";
import { readsMember } from "./reading.ts";
import type { Routes } from "./routes.ts";

export interface SinkRoutes {
  /** `undefined`: none is configured. */
  readonly sinks: () => Pick<Sinks, "states" | "deadLetters" | "retry" | "findings"> | undefined;
  readonly access: Pick<Access, "note">;
}

const params = z.object({ name: z.string() });
const sink = z.looseObject({
  name: z.string(),
  type: z.string(),
  target: z.string(),
  status: z.enum(["starting", "up", "down", "stopped"]),
  since: z.iso.datetime(),
  error: z.string().optional(),
  position: z.number(),
  backlogRows: z.number(),
  lagMs: z.number(),
  rowsWritten: z.number(),
  errors: z.number(),
  missedRows: z.number(),
  deadLetters: z.number(),
  deadLettersDropped: z.number(),
  lastWriteAt: z.iso.datetime().optional(),
});
const deadLetter = z.object({
  at: z.iso.datetime(),
  error: z.string(),
  path: z.string(),
  time: z.string().optional(),
  datatype: z.string().optional(),
  value: z.unknown(),
});
const lettersQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(100) });

export function addSinkRoutes(routes: Routes, { sinks, access }: SinkRoutes): void {
  const isThere = (name: string): boolean =>
    sinks()
      ?.states()
      .some((state) => state.name === name) === true;
  const reading = { method: "GET", tag: "Sinks", needs: "read diagnostics" } as const;
  routes.add({
    ...reading,
    path: "/api/v1/sinks",
    summary: "All sinks: whether they write, how far they are, what went wrong",
    answers: { 200: z.object({ sinks: z.array(sink) }) },
    handle: () => ({ sinks: (sinks()?.states() ?? []).map(shownState) }),
  });
  routes.add({
    ...reading,
    path: "/api/v1/sinks/:name/dead-letters",
    summary:
      "Values that the target of a sink refused, the newest last, of what the caller may read",
    params,
    query: lettersQuery,
    answers: { 200: z.object({ total: z.int(), deadLetters: z.array(deadLetter) }) },
    problems: [404],
    handle: async ({ params: { name }, query: { limit }, caller }) => {
      const letters = await sinks()?.deadLetters(name);
      if (letters === undefined) return problem(404, `there is no sink "${name}"`);
      const seen = letters.filter(({ record: { subject } }) =>
        readsMember(caller, {
          group: subject.groupId,
          edgeNode: subject.edgeNodeId,
          device: subject.deviceId === "" ? undefined : subject.deviceId,
        }),
      );
      return { total: seen.length, deadLetters: seen.slice(-limit).map(shownLetter) };
    },
  });
  routes.add({
    method: "POST",
    path: "/api/v1/sinks/:name/retry",
    tag: "Sinks",
    summary: "Writes the dead letters of a sink again, and tries at once when it is down",
    needs: "edit configuration",
    params,
    answers: { 200: z.object({ written: z.int(), left: z.int() }) },
    problems: [404],
    handle: async ({ params: { name }, caller }) => {
      if (!isThere(name)) return problem(404, `there is no sink "${name}"`);
      access.note(caller.changer, { action: "retry", object: `sink ${name}`, result: "asked" });
      return await sinks()?.retry(name);
    },
  });
}

function shownState({ since, lastWriteAt, ...state }: SinkState): object {
  return {
    ...state,
    since: new Date(since).toISOString(),
    ...(lastWriteAt !== undefined && { lastWriteAt: new Date(lastWriteAt).toISOString() }),
  };
}

function shownLetter({ at, error, record }: DeadLetter): object {
  const { subject, time, datatype, content } = record;
  return {
    at: new Date(at).toISOString(),
    error,
    path: subject.path,
    time: timeText(time),
    datatype,
    value: content.kind === "none" ? null : valueOf(content.value),
  };
}

/** Integers are exact. */
function valueOf(value: number | bigint | boolean | string): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(value.toString()) : value;
}
