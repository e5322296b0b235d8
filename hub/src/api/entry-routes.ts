/** `/api/v1/adapter-entries`: a whole adapter added, changed, stopped, started or taken out of the configuration; planned, and applied. */
import { KEPT_SECRET } from "@unshub/adapter";
import { z } from "zod";
import { ConfigFileError, valueWithoutSecrets, withoutSecrets } from "../config/index.ts";
import { withoutPlace, type Configuration } from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import { adapterProtocols, loadAdapter } from "../supervisor/index.ts";
import { applied, appliedSchema, planSchema, told } from "./configuration-routes.ts";
import { problem, Problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { entryOf, noAdapter } from "./tag-entry.ts";
import type { Caller } from "./who.ts";
import { workOf, workSchema } from "./work-routes.ts";

export interface EntryRoutes {
  readonly configuration: Configuration;
  readonly access: Pick<Access, "note">;
}

type Proposal = Awaited<ReturnType<Configuration["propose"]>>;

const PATH = "/api/v1/adapter-entries";
const SHARED = {
  tag: "Adapters",
  needs: "edit configuration",
} as const satisfies Partial<RouteHead>;

export const entry = z
  .looseObject({
    name: z.string().max(200),
    protocol: z.string().max(200),
    group: z.string().max(1000),
    edgeNode: z.string().max(1000),
  })
  .describe("As an entry of adapters: stands in the file");
const adapterName = z.string().max(200);
const change = z
  .strictObject({
    add: entry.optional(),
    remove: adapterName.optional().describe("Its name"),
    change: z
      .strictObject({ name: adapterName, to: entry })
      .optional()
      .describe("The whole entry as it shall be, under another name perhaps"),
    stop: z
      .strictObject({
        name: adapterName,
        because: z.string().max(500).optional().describe("For those who find it stopped"),
      })
      .optional()
      .describe("It stays so when the hub starts again, until somebody starts it"),
    start: adapterName.optional().describe("The name of one that is stopped"),
    basis: z
      .string()
      .max(100)
      .optional()
      .describe("As a plan said it: nothing is done when the file is another by now"),
  })
  .refine(
    ({ basis: _basis, ...acts }) =>
      Object.values(acts).filter((act) => act !== undefined).length === 1,
    "say one thing: what is added, removed, changed, stopped or started",
  );
type Change = z.output<typeof change>;

export function addEntryRoutes(routes: Routes, rooms: EntryRoutes): void {
  addKinds(routes, rooms);
  addReading(routes, rooms);
  addPlan(routes, rooms);
  addApply(routes, rooms);
}

function addKinds(routes: Routes, { configuration }: EntryRoutes): void {
  routes.add({
    ...SHARED,
    method: "GET",
    path: "/api/v1/adapter-kinds",
    summary: "Which adapters there can be, and what may stand in an entry of each",
    answers: {
      200: z.object({
        kinds: z.array(
          z.object({
            protocol: z.string(),
            schema: z.record(z.string(), z.unknown()).describe("JSON Schema of its own part"),
          }),
        ),
        fixed: z.string().optional().describe("Why nothing can be changed here"),
      }),
    },
    handle: async () => {
      const kinds = await Promise.all(
        adapterProtocols().map(async (protocol) => {
          const { entrySchema } = await loadAdapter(protocol);
          return entrySchema === undefined ? [] : [{ protocol, schema: { ...entrySchema } }];
        }),
      );
      const { fixed } = configuration;
      return { kinds: kinds.flat(), ...(fixed !== undefined && { fixed }) };
    },
  });
}

function addReading(routes: Routes, { configuration }: EntryRoutes): void {
  routes.add({
    ...SHARED,
    method: "GET",
    path: `${PATH}/:name`,
    summary: `The entry of an adapter as it is written in the file; a password in it is ${KEPT_SECRET}`,
    params: z.object({ name: z.string() }),
    answers: {
      200: z.object({
        entry: z.record(z.string(), z.unknown()),
        basis: z.string().describe("To be given back with a change of it"),
      }),
    },
    problems: [404, 409],
    handle: ({ params: { name }, caller }) =>
      told(async () =>
        entryOf(configuration, caller, name) === undefined
          ? noAdapter(name)
          : {
              entry: valueWithoutSecrets(configuration.writtenAdapter(name)),
              basis: configuration.basis,
            },
      ),
  });
}

function addPlan(routes: Routes, { configuration }: EntryRoutes): void {
  routes.add({
    ...SHARED,
    method: "POST",
    path: `${PATH}/plan`,
    summary: "What one adapter more, less or otherwise would do; changes nothing",
    body: change,
    answers: {
      200: z.object({
        plan: planSchema,
        work: z.object({ before: workSchema.optional(), after: workSchema.optional() }),
        text: z.string().describe("The whole of unshub.yaml, as it would be"),
        basis: z.string().describe("To be given back when it is applied"),
      }),
    },
    problems: [404, 409],
    handle: ({ body, caller }) =>
      told(async () => {
        const proposal = await proposed(configuration, caller, body);
        if (proposal instanceof Problem) return proposal;
        const { plan, text, basis, config } = proposal;
        const names = namesIn(body);
        const before = configuration.adapters.find(({ name }) => name === names.before);
        const after = config.adapters.find(({ name }) => name === names.after);
        const work = { before: await workOf(before), after: await workOf(after) };
        return { plan, work, text: withoutSecrets(text), basis };
      }),
  });
}

/** Of the adapter that is meant, before and after. */
function namesIn({ add, remove, change: changed, stop, start }: Change): {
  readonly before: string | undefined;
  readonly after: string | undefined;
} {
  const before = remove ?? changed?.name ?? stop?.name ?? start;
  return { before, after: add?.name ?? changed?.to.name ?? stop?.name ?? start };
}

function addApply(routes: Routes, rooms: EntryRoutes): void {
  const { configuration } = rooms;
  routes.add({
    ...SHARED,
    method: "PUT",
    path: PATH,
    summary:
      "Adds, removes, changes, stops or starts an adapter: applies the configuration that is so, or nothing of it",
    body: change,
    answers: { 200: appliedSchema },
    problems: [404, 409],
    handle: ({ body, caller }) =>
      told(async () => {
        const proposal = await proposed(configuration, caller, body);
        if (proposal instanceof Problem) return proposal;
        return await applied(proposal, caller, { ...rooms, action: actionOf(body) });
      }),
  });
}

/** As the audit trail calls it. */
function actionOf({ stop, start }: Change): string | undefined {
  if (stop !== undefined) return "stop adapter";
  return start === undefined ? undefined : "start adapter";
}

/** What is wrong with a new entry is told by its keys. */
async function proposed(
  configuration: Configuration,
  caller: Caller,
  body: Change,
): Promise<Proposal | Problem> {
  const { basis } = configuration;
  const refusal = refusalOf(configuration, caller, body);
  if (refusal !== undefined) return refusal;
  const edited = editedText(configuration, caller, body);
  if (edited instanceof Problem) return edited;
  const { text, index } = edited;
  try {
    return await configuration.propose(text, basis);
  } catch (error) {
    if (index === undefined || !(error instanceof ConfigFileError)) throw error;
    return entryProblem(error, index);
  }
}

/** Why it is not even looked at. */
function refusalOf(
  configuration: Configuration,
  caller: Caller,
  body: Change,
): Problem | undefined {
  if (body.basis !== undefined && body.basis !== configuration.basis)
    return problem(409, "somebody has changed the configuration: plan it again");
  const { before: name } = namesIn(body);
  if (name !== undefined && entryOf(configuration, caller, name) === undefined)
    return noAdapter(name);
  const to = body.add ?? body.change?.to;
  if (to === undefined || readsNode(caller, to.group, to.edgeNode)) return undefined;
  return problem(403, `you may not see ${to.group}/${to.edgeNode}, where it would speak`);
}

/** The file as it would be, and where in it the entry stands that is new or changed. */
function editedText(
  configuration: Configuration,
  caller: Caller,
  { add, remove = "", change: changed, stop, start }: Change,
): { readonly text: string; readonly index?: number } | Problem {
  if (add !== undefined) return configuration.withAdapter(add);
  if (changed !== undefined) return configuration.withChangedAdapter(changed.name, changed.to);
  const name = stop?.name ?? start;
  if (name === undefined) return { text: configuration.withoutAdapter(remove) };
  const entryNow = configuration.writtenAdapter(name);
  const isStopped = entryNow["enabled"] === false;
  if (isStopped === (stop !== undefined))
    return problem(
      409,
      isStopped ? `adapter "${name}" is stopped already` : `adapter "${name}" is started already`,
    );
  const to = stop === undefined ? startedEntry(entryNow) : stoppedEntry(entryNow, stop, caller);
  return configuration.withChangedAdapter(name, to);
}

type Written = Readonly<Record<string, unknown>>;

/** Who did it, when and why stands beside it, above what is the adapter's own. */
function stoppedEntry(
  entryNow: Written,
  { because = "" }: NonNullable<Change["stop"]>,
  { principal }: Caller,
): Written {
  const { name, protocol, group, edgeNode, ...rest } = startedEntry(entryNow);
  const why = because.trim() === "" ? {} : { because: because.trim() };
  const stopped = { by: principal.id, at: new Date().toISOString(), ...why };
  return { name, protocol, group, edgeNode, enabled: false, stopped, ...rest };
}

function startedEntry(entryNow: Written): Written {
  const { enabled: _enabled, stopped: _stopped, ...rest } = entryNow;
  return rest;
}

/** Places in the new entry begin there: `link.port`; what is wrong elsewhere says where. */
function entryProblem({ problems }: ConfigFileError, index: number): Problem {
  const errors = problems.map((found) => {
    const { message, path = [] } = found;
    if (path[0] !== "adapters" || path[1] !== index) return { path: path.join("."), message };
    const place = path.slice(2).join(".");
    return { path: place, message: withoutPlace(found), field: place };
  });
  const lines = errors.map(({ message, field = "" }) =>
    field === "" ? message : `${field}: ${message}`,
  );
  return new Problem(400, lines.join("\n"), { errors });
}
