/** `/api/v1/adapters/:name/tags`: tags as they are written and as they stand now. */
import { z } from "zod";
import { tagKeys, tagsOf, type Configuration } from "../configuration/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { told } from "./configuration-routes.ts";
import type { RouteHead, Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import { entryOf, noAdapter, PATH, writtenFor, type DeviceTag, type Entry } from "./tag-entry.ts";
import { addTagFiles } from "./tag-file-routes.ts";
import { pathOfTag, tagNow, tagNowAt } from "./tag-now.ts";

export interface TagRoutes {
  readonly configuration: Configuration;
  readonly tree: UnsTree;
  readonly now: () => number;
}

const MAX_LIMIT = 5000;

const params = z.object({ name: z.string() });
const device = z.string().max(1000);
const fields = z.record(z.string().max(200), z.unknown());
const keySchema = z.object({
  name: z.string(),
  kind: z.enum(["text", "number", "boolean", "choice", "range", "other"]),
  isRequired: z.boolean(),
  choices: z.array(z.string()).optional(),
  about: z.string().optional(),
});
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
  now: tagNow.optional().describe("Left out: it was never born"),
});

export function addTagRoutes(routes: Routes, rooms: TagRoutes): void {
  addReading(routes, rooms);
  addTagFiles(routes, rooms);
  addKeys(routes, rooms);
}

const READING = {
  method: "GET",
  tag: "Adapters",
  needs: "read diagnostics",
  params,
  problems: [404, 409],
} as const satisfies Partial<RouteHead> & { readonly params: z.ZodType };

function addReading(routes: Routes, { configuration, tree, now }: TagRoutes): void {
  routes.add({
    ...READING,
    path: PATH,
    summary: "Tags as they are written, each with what it is worth now; a page at a time",
    query: z.object({
      device: device.optional(),
      text: z.string().max(200).default("").describe("In the name or in what is written"),
      quality: z.enum(["any", "notGood"]).default("any").describe("As it is now"),
      from: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(1000),
    }),
    answers: {
      200: z.object({
        protocol: z.string(),
        tags: z.array(tagSchema),
        more: z.boolean(),
        total: z.int().describe("How many fit"),
        now: moment,
      }),
    },
    handle: ({ params: { name }, query, caller }) =>
      told(async () => {
        const entry = entryOf(configuration, caller, name);
        if (entry === undefined) return noAdapter(name);
        const { from, limit } = query;
        const all = fitting(await writtenFor(entry, query.device), query, (tag) =>
          tagNowAt(tree, pathOfTag(entry, tag.device, tag.tag.name)),
        );
        const tags = all.slice(from, from + limit).map((tag) => shown(entry, tag, tree));
        const { length: total } = all;
        return { protocol: entry.protocol, tags, more: from + limit < total, total, now: now() };
      }),
  });
}

function addKeys(routes: Routes, { configuration }: TagRoutes): void {
  routes.add({
    ...READING,
    path: `/api/v1/adapters/:name/tag-keys`,
    summary: "What may stand in a tag of an adapter, and which devices and groups it may be of",
    answers: {
      200: z.object({
        protocol: z.string(),
        keys: z.array(keySchema),
        devices: z.array(
          z.object({
            device: z.string(),
            groups: z.array(z.string()),
            intervals: z
              .record(z.string(), z.string())
              .describe("Of groups that have one, as written: 100ms"),
            tags: z.int(),
          }),
        ),
        fixed: z.string().optional().describe("Why no tag can be changed here"),
      }),
    },
    handle: ({ params: { name }, caller }) =>
      told(async () => {
        const entry = entryOf(configuration, caller, name);
        if (entry === undefined) return noAdapter(name);
        const { fixed } = configuration;
        const devices = await tagsOf(entry);
        return {
          protocol: entry.protocol,
          keys: await tagKeys(entry.protocol),
          devices: devices.map(({ deviceId, groups, intervals, tags }) => ({
            device: deviceId,
            groups: [...groups],
            intervals: Object.fromEntries(intervals),
            tags: tags.length,
          })),
          ...(fixed !== undefined && { fixed }),
        };
      }),
  });
}

interface Wanted {
  readonly text: string;
  readonly quality: "any" | "notGood";
}

function fitting(
  tags: readonly DeviceTag[],
  { text, quality }: Wanted,
  now: (tag: DeviceTag) => { readonly quality: string } | undefined,
): readonly DeviceTag[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "" && quality === "any") return tags;
  return tags.filter((tag) => {
    if (wanted !== "" && !textIn(tag).includes(wanted)) return false;
    return quality === "any" || now(tag)?.quality !== "good";
  });
}

function textIn({ tag: { fields: written } }: DeviceTag): string {
  return Object.values(written)
    .filter((value) => typeof value === "string" || typeof value === "number")
    .join("\n")
    .toLowerCase();
}

function shown(
  entry: Entry,
  { device: deviceId, tag }: DeviceTag,
  tree: UnsTree,
): z.output<typeof tagSchema> {
  const { name, fields: written, address, from, where } = tag;
  const path = pathOfTag(entry, deviceId, name);
  const now = tagNowAt(tree, path);
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
