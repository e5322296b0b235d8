/** Tags of an adapter changed through the configuration: planned, with what it means for devices and readers, and applied. */
import { z } from "zod";
import { MERGE_MODES, type TagFields } from "@unshub/adapter";
import { ConfigFileError, withoutSecrets } from "../config/index.ts";
import {
  tagsInTable,
  type Configuration,
  type TagChange,
  type TagDraft,
} from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import {
  applied,
  appliedSchema,
  faultErrors,
  faultPlace,
  planSchema,
  told,
} from "./configuration-routes.ts";
import { problem, Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import { entryOf, noAdapter, onlyDevice, PATH } from "./tag-entry.ts";
import type { Caller } from "./who.ts";
import { workOf, workSchema } from "./work-routes.ts";

export interface TagChangeRoutes {
  readonly configuration: Configuration;
  readonly access: Pick<Access, "note">;
}

type Proposal = Awaited<ReturnType<Configuration["propose"]>>;

const params = z.object({ name: z.string() });
const device = z.string().max(1000);
const fields = z.record(z.string().max(200), z.unknown());
const names = z.array(z.string());
const outcome = z.object({ created: names, changed: names, deleted: names, untouched: names });
const difference = z
  .object({
    device: z.string(),
    name: z.string(),
    was: z.string().optional().describe("Its name until now, where that was another"),
    before: fields.optional(),
    after: fields.optional(),
  })
  .describe("A tag that would be another; before or after left out: it is new, or gone");
const change = z
  .strictObject({
    device: device.optional().describe("May be left out when there is only one"),
    rename: z
      .array(z.strictObject({ from: z.string().max(4000), to: z.string().max(4000) }))
      .max(100_000)
      .refine(
        (renames) => new Set(renames.map(({ from }) => from)).size === renames.length,
        "a tag gets one new name: the same `from` stands there twice",
      )
      .default([])
      .describe("Tags that get another name first; the rest is about their new names"),
    put: z.array(fields).max(100_000).default([]).describe("Tags as they shall be written"),
    add: z
      .array(fields)
      .max(100_000)
      .default([])
      .describe("As put, of tags that must not be there yet"),
    remove: z.array(z.string().max(4000)).max(100_000).default([]).describe("Names"),
    csv: z.string().optional().describe("A table of tags, as tags.csv answers it"),
    basis: z
      .string()
      .max(100)
      .optional()
      .describe("As a plan said it: nothing is done when the file is another by now"),
    mode: z.enum(MERGE_MODES).default("merge-overwrite").describe("What the table does"),
  })
  .describe(
    "Tags that are renamed, put, added, removed, or read from a table; all of it or nothing",
  );

export function addTagChangeRoutes(routes: Routes, rooms: TagChangeRoutes): void {
  const { configuration } = rooms;
  const shared = {
    tag: "Adapters",
    needs: "edit configuration",
    params,
    body: change,
    problems: [404, 409],
  } as const;
  routes.add({
    ...shared,
    method: "POST",
    path: `${PATH}/plan`,
    summary: "What other tags would do, and the configuration that has them; changes nothing",
    answers: {
      200: z.object({
        outcome,
        differences: z.array(difference),
        plan: planSchema,
        work: z.object({ before: workSchema.optional(), after: workSchema.optional() }),
        text: z.string(),
        basis: z.string().describe("To be given back when it is applied"),
      }),
    },
    handle: ({ params: { name }, body, caller }) =>
      told(async () => {
        const { basis } = configuration;
        const draft = await draftFor(configuration, caller, { name, body });
        if (draft === undefined) return noAdapter(name);
        const proposal = await proposed(configuration, draft.text, basis);
        if (proposal instanceof Problem) return proposal;
        const { plan, config } = proposal;
        const [before, after] = [configuration.adapters, config.adapters].map((entries) =>
          entries.find((entry) => entry.name === name),
        );
        const work = { before: await workOf(before), after: await workOf(after) };
        return { ...draft, text: withoutSecrets(draft.text), plan, work, basis };
      }),
  });
  routes.add({
    ...shared,
    method: "PUT",
    path: PATH,
    summary: "Changes tags: applies the configuration that has them, or nothing of it",
    answers: { 200: appliedSchema.extend({ outcome }) },
    handle: ({ params: { name }, body, caller }) =>
      told(async () => {
        const { basis } = configuration;
        if (body.basis !== undefined && body.basis !== basis)
          return problem(409, "somebody has changed the configuration: plan it again");
        const draft = await draftFor(configuration, caller, { name, body });
        if (draft === undefined) return noAdapter(name);
        const proposal = await proposed(configuration, draft.text, basis);
        if (proposal instanceof Problem) return proposal;
        const done = await applied(proposal, caller, rooms);
        return done instanceof Problem ? done : { ...done, outcome: draft.outcome };
      }),
  });
}

/** What is wrong with tags is told by tag and key. */
async function proposed(
  configuration: Configuration,
  text: string,
  basis: string,
): Promise<Proposal | Problem> {
  try {
    return await configuration.propose(text, basis);
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    const faults = await configuration.tagFaults(text, error);
    const lines = faults.map((fault) =>
      fault.tag === undefined ? fault.message : `${faultPlace(fault)}: ${fault.message}`,
    );
    return new Problem(400, lines.join("\n"), { errors: faultErrors(faults) });
  }
}

async function draftFor(
  configuration: Configuration,
  caller: Caller,
  { name, body }: { readonly name: string; readonly body: z.output<typeof change> },
): Promise<TagDraft | undefined> {
  const entry = entryOf(configuration, caller, name);
  if (entry === undefined) return undefined;
  const { rename, put, add, remove, csv, mode } = body;
  const own = body.device ?? (await onlyDevice(entry));
  const table = csv === undefined ? [] : await tagsInTable(entry.protocol, csv);
  const removed: readonly TagFields[] = remove.map((tag) => ({ name: tag }));
  const steps: readonly TagChange[] = [
    { device: own, mode: "delete", tags: removed },
    { device: own, mode: "overwrite", tags: put },
    { device: own, mode: "create", tags: add, areNew: true },
    { device: own, mode, tags: table },
  ];
  return await configuration.draftTags(name, {
    renames: { device: own, names: new Map(rename.map(({ from, to }) => [from, to])) },
    changes: steps.filter(({ tags }) => tags.length > 0),
  });
}
