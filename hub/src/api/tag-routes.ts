/** `/api/v1/adapters/:name/tags`: tags as they are written and as they stand now, changed through the configuration. */
import { z } from "zod";
import { MERGE_MODES, type TagFields } from "@unshub/adapter";
import {
  tagsInTable,
  type Configuration,
  type TagChange,
  type TagDraft,
} from "../configuration/index.ts";
import type { Access } from "../identity/index.ts";
import { joinPath, timeText, valueJson, type UnsTree } from "../tree/index.ts";
import { applied, appliedSchema, planSchema, told } from "./configuration-routes.ts";
import { Problem } from "./problem.ts";
import {
  entryOf,
  noAdapter,
  onlyDevice,
  PATH,
  writtenFor,
  type DeviceTag,
  type Entry,
} from "./tag-entry.ts";
import { addTagFiles } from "./tag-file-routes.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface TagRoutes {
  readonly configuration: Configuration;
  readonly access: Pick<Access, "note">;
  readonly tree: UnsTree;
}

const MAX_LIMIT = 5000;

const params = z.object({ name: z.string() });
const device = z.string().max(1000);
const fields = z.record(z.string().max(200), z.unknown());
const tagSchema = z.object({
  device: z.string(),
  name: z.string(),
  path: z.string().describe("In the tree"),
  fields: fields.describe("As written, in the words of the protocol"),
  address: z
    .string()
    .optional()
    .describe("Modbus: as it is asked for, zero-based, whatever was written: hr:100 for 400101"),
  from: z.enum(["entry", "table", "template"]).describe("Only those of the entry can be deleted"),
  where: z.string().optional().describe("The file and its line"),
  now: z
    .object({
      value: z.unknown(),
      quality: z.string(),
      reason: z.string().optional(),
      timestamp: z.string().optional(),
      datatype: z.string().optional(),
      unit: z.string().optional(),
    })
    .optional()
    .describe("Left out: it was never born"),
});
const names = z.array(z.string());
const outcome = z.object({ created: names, changed: names, deleted: names, untouched: names });
const change = z
  .strictObject({
    device: device.optional().describe("May be left out when there is only one"),
    put: z.array(fields).max(100_000).default([]).describe("Tags as they shall be written"),
    remove: z.array(z.string().max(4000)).max(100_000).default([]).describe("Names"),
    csv: z.string().optional().describe("A table of tags, as tags.csv answers it"),
    mode: z.enum(MERGE_MODES).default("merge-overwrite").describe("What the table does"),
  })
  .describe("Tags that are put, removed, or read from a table; all of it or nothing");

export function addTagRoutes(routes: Routes, rooms: TagRoutes): void {
  addReading(routes, rooms);
  addTagFiles(routes, rooms);
  addChanging(routes, rooms);
}

function addReading(routes: Routes, { configuration, tree }: TagRoutes): void {
  routes.add({
    method: "GET",
    tag: "Adapters",
    needs: "read diagnostics",
    problems: [404, 409],
    path: PATH,
    summary: "Tags as they are written, each with what it is worth now; a page at a time",
    params,
    query: z.object({
      device: device.optional(),
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
    }),
    answers: {
      200: z.object({ protocol: z.string(), tags: z.array(tagSchema), more: z.boolean() }),
    },
    handle: ({ params: { name }, query, caller }) =>
      told(async () => {
        const entry = entryOf(configuration, caller, name);
        if (entry === undefined) return noAdapter(name);
        const all = await writtenFor(entry, query.device);
        const { from, limit } = query;
        const tags = all.slice(from, from + limit).map((tag) => shown(entry, tag, tree));
        return { protocol: entry.protocol, tags, more: from + limit < all.length };
      }),
  });
}

function addChanging(routes: Routes, rooms: TagRoutes): void {
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
    answers: { 200: z.object({ outcome, plan: planSchema, text: z.string() }) },
    handle: ({ params: { name }, body, caller }) =>
      told(async () => {
        const draft = await draftFor(configuration, caller, { name, body });
        if (draft === undefined) return noAdapter(name);
        const { plan } = await configuration.propose(draft.text);
        return { ...draft, plan };
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
        const draft = await draftFor(configuration, caller, { name, body });
        if (draft === undefined) return noAdapter(name);
        const done = await applied(await configuration.propose(draft.text), caller, rooms);
        return done instanceof Problem ? done : { ...done, outcome: draft.outcome };
      }),
  });
}

async function draftFor(
  configuration: Configuration,
  caller: Caller,
  { name, body }: { readonly name: string; readonly body: z.output<typeof change> },
): Promise<TagDraft | undefined> {
  const entry = entryOf(configuration, caller, name);
  if (entry === undefined) return undefined;
  const { put, remove, csv, mode } = body;
  const own = body.device ?? (await onlyDevice(entry));
  const table = csv === undefined ? [] : await tagsInTable(entry.protocol, csv);
  const removed: readonly TagFields[] = remove.map((tag) => ({ name: tag }));
  const steps: readonly TagChange[] = [
    { device: own, mode: "delete", tags: removed },
    { device: own, mode: "overwrite", tags: put },
    { device: own, mode, tags: table },
  ];
  return await configuration.draftTags(
    name,
    steps.filter(({ tags }) => tags.length > 0),
  );
}

function shown(
  { groupId, edgeNodeId }: Entry,
  { device: deviceId, tag }: DeviceTag,
  tree: UnsTree,
): z.output<typeof tagSchema> {
  const { name, fields: written, address, from, where } = tag;
  const path = joinPath([groupId, edgeNodeId, deviceId, ...name.split("/")]);
  const now = nowAt(tree, path);
  return {
    device: deviceId,
    name,
    path,
    fields: { ...written },
    ...(address !== undefined && { address }),
    from,
    ...(where !== undefined && { where }),
    ...(now !== undefined && { now }),
  };
}

function nowAt(tree: UnsTree, path: string): z.output<typeof tagSchema>["now"] {
  const id = tree.find(path);
  const metric = id === undefined ? undefined : tree.metric(id);
  if (metric === undefined) return undefined;
  const { value, quality, reason, timestamp, info } = metric;
  const time = timestamp === undefined ? undefined : timeText(timestamp);
  return {
    value: valueJson(value, info.datatype),
    quality,
    ...(reason !== undefined && { reason }),
    ...(time !== undefined && { timestamp: time }),
    ...(info.datatype !== undefined && { datatype: info.datatype }),
    ...(info.unit !== undefined && { unit: info.unit }),
  };
}
