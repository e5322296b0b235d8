/** `/api/v1/configuration`: what a changed configuration would do, applied with a way back. */
import { KEPT_SECRET } from "@unshub/adapter";
import { z } from "zod";
import { ConfigFileError } from "../config/index.ts";
import { ConfigurationError, type Configuration, type TagFault } from "../configuration/index.ts";
import { mayDo, type Access } from "../identity/index.ts";
import { noted } from "./noted.ts";
import { Problem, problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface ConfigurationRoutes {
  readonly configuration: Configuration;
  readonly access: Pick<Access, "note">;
}

type Applied = Awaited<ReturnType<Configuration["apply"]>>;
type Proposal = Awaited<ReturnType<Configuration["propose"]>> &
  Partial<Pick<Awaited<ReturnType<Configuration["proposeBefore"]>>, "generation">>;

/** Sections that decide who may come in and what he may: for those who manage identities. */
const OF_ADMINS = new Set(["identity", "listeners", "hub"]);

const generation = z.object({ number: z.int(), at: moment, by: z.string(), sha256: z.string() });
export const planSchema = z.object({
  sections: z.array(z.string()).describe("Take effect only when the hub starts"),
  secrets: z
    .array(z.object({ key: z.string(), change: z.enum(["named otherwise", "content"]) }))
    .describe("Secrets that are others than at the start; nothing of them is shown"),
  adapters: z.array(
    z.object({
      adapter: z.string(),
      edgeNode: z.string().describe("Group and edge node"),
      change: z.enum(["starts", "stops", "changes", "renamed", "held", "released"]),
      was: z.string().optional().describe("Its name before, of one that is renamed"),
    }),
  ),
  connections: z
    .array(
      z.object({
        edgeNode: z.string().describe("Group and edge node"),
        devices: z.array(z.string()),
      }),
    )
    .describe("Devices whose connection is opened anew"),
  births: z.array(
    z.object({
      edgeNode: z.string(),
      device: z.string(),
      change: z.enum(["born", "born anew", "dies"]),
    }),
  ),
  metrics: z.array(
    z.object({
      path: z.string(),
      change: z.enum(["added", "removed", "retyped"]),
      before: z.string().optional().describe("Its datatype"),
      after: z.string().optional(),
    }),
  ),
  topics: z.array(z.string()).describe("Plain topics that are cleared"),
  clients: z
    .array(
      z.object({
        clientId: z.string(),
        address: z.string(),
        isConnected: z.boolean(),
        filters: z.array(z.string()),
      }),
    )
    .describe("Clients that read what changes"),
});
const body = z.strictObject({
  text: z
    .string()
    .describe(`The whole of unshub.yaml; ${KEPT_SECRET} is the password that the file has there`),
});
const rollBackBody = z
  .strictObject({
    generation: z
      .int()
      .optional()
      .describe("The one that was looked at: refused when another one would run"),
    basis: z
      .string()
      .max(100)
      .optional()
      .describe("As a plan of it said: refused when the file is another by now"),
  })
  .optional();
export const appliedSchema = z.object({ generation, plan: planSchema });
const SHARED = {
  tag: "Operation",
  needs: "edit configuration",
} as const satisfies Partial<RouteHead>;

export function addConfigurationRoutes(routes: Routes, rooms: ConfigurationRoutes): void {
  addReading(routes, rooms);
  addChanging(routes, rooms);
}

function addReading(routes: Routes, { configuration }: ConfigurationRoutes): void {
  routes.add({
    ...SHARED,
    method: "GET",
    path: "/api/v1/configuration",
    summary: "The configurations that were applied, and which of them runs",
    answers: {
      200: z.object({ running: z.int().nullable(), generations: z.array(generation) }),
    },
    handle: () => ({
      running: configuration.running ?? null,
      generations: configuration.generations,
    }),
  });
  routes.add({
    ...SHARED,
    method: "GET",
    path: "/api/v1/configuration/text",
    summary: "The file as it stands, or a configuration that was applied before",
    query: z.object({ generation: z.coerce.number().int().min(1).optional() }),
    answers: {
      200: {
        type: "text/yaml",
        description: `The whole of unshub.yaml; a password that stands in it is ${KEPT_SECRET}`,
      },
    },
    problems: [404, 409],
    handle: ({ query, reply }) =>
      told(async () => {
        const text = configuration.shownText(query.generation);
        if (text === undefined) return problem(404, `generation ${query.generation} is not kept`);
        void reply.type("text/yaml; charset=utf-8");
        return text;
      }),
  });
}

function addChanging(routes: Routes, rooms: ConfigurationRoutes): void {
  const { configuration } = rooms;
  routes.add({
    ...SHARED,
    method: "POST",
    path: "/api/v1/configuration/plan",
    summary: "What a configuration would do; changes nothing",
    body,
    answers: {
      200: planSchema.extend({
        basis: z.string().describe("SHA-256 of the file now: to be given back when it is applied"),
      }),
    },
    problems: [409],
    handle: ({ body: { text } }) =>
      told(async () => {
        const { plan, basis } = await configuration.propose(text);
        return { ...plan, basis };
      }),
  });
  routes.add({
    ...SHARED,
    method: "POST",
    path: "/api/v1/configuration/apply",
    summary: "Applies a configuration, or nothing of it",
    body: body.extend({
      basis: z
        .string()
        .max(100)
        .optional()
        .describe("SHA-256 of the text that this was made from: refused when the file is another"),
    }),
    answers: { 200: appliedSchema },
    problems: [409],
    handle: ({ body: { text, basis }, caller }) =>
      told(async () => applied(await configuration.propose(text, basis), caller, rooms)),
  });
  routes.add({
    ...SHARED,
    method: "POST",
    path: "/api/v1/configuration/rollback",
    summary: "Applies the configuration before the one that runs",
    body: rollBackBody,
    answers: { 200: appliedSchema },
    problems: [409],
    handle: ({ body: wanted, caller }) =>
      told(async () => {
        const before = await configuration.proposeBefore();
        const { number } = before.generation;
        if (wanted?.generation !== undefined && wanted.generation !== number)
          return problem(409, `generation ${number} is now before the one that runs: look again`);
        if (wanted?.basis !== undefined && wanted.basis !== before.basis)
          return problem(409, "somebody has changed the configuration: plan it again");
        return applied(before, caller, rooms);
      }),
  });
}

/** On the audit trail before it is done, and how it ended. */
export async function applied(
  proposal: Proposal,
  { principal, changer }: Caller,
  {
    configuration,
    access,
    action: said,
  }: ConfigurationRoutes & {
    /** As the audit trail calls it; left out: what is done with the whole configuration. */
    readonly action?: string | undefined;
  },
): Promise<Applied | Problem> {
  const { sections, adapters, births, metrics } = proposal.plan;
  const guarded = proposal.rewritten.filter((section) => OF_ADMINS.has(section));
  if (guarded.length > 0 && !mayDo(principal, "manage identities"))
    return problem(403, `a ${principal.role} may not change ${guarded.join(", ")}`);
  const action =
    said ?? (proposal.generation === undefined ? "apply configuration" : "roll back configuration");
  const after = {
    sections,
    adapters: adapters.map(({ adapter, change }) => `${adapter} ${change}`),
    births: births.length,
    metrics: metrics.length,
  };
  const outcome = (done: Applied): { object: string } => ({
    object: `generation ${done.generation.number}`,
  });
  return await noted(
    { access, by: changer, what: { action }, wish: { after }, outcome },
    async () => configuration.apply(proposal, principal.id),
  );
}

/** Faults of tags as a problem tells them. */
export function faultErrors(faults: readonly TagFault[]): Problem["errors"] {
  return faults.map((fault) => ({ path: faultPlace(fault), ...fault }));
}

/** Where something is wrong, in one word: `press-01:Speed:at`, `csv:3:scale`. */
export function faultPlace({ tag, field, line, column }: TagFault): string {
  const parts =
    line === undefined ? [tag?.device, tag?.name, field] : ["csv", String(line), column];
  return parts.filter((part) => part !== undefined).join(":");
}

/** What the caller did wrong becomes a problem that says where. */
export async function told(act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ConfigurationError)
      return new Problem(409, error.message, { errors: faultErrors(error.faults) });
    if (!(error instanceof ConfigFileError)) throw error;
    const errors = error.problems.map(({ line, column, message }) => ({
      path: `${line}:${column}`,
      message,
    }));
    const lines = error.problems.map(
      ({ line, column, message }) => `unshub.yaml:${line}:${column}  ${message}`,
    );
    return new Problem(400, lines.join("\n"), { errors }); // where the file is concerns nobody
  }
}
