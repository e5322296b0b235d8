/**
 * The tags that Ignition exports as JSON, folders joined into their names. What an item path means is each protocol's
 * affair. Only tags that read an OPC item count; the others are listed as ignored.
 */
import { z } from "zod";
import type { TagFields } from "./cells.ts";
import type { TableProblem } from "./read-table.ts";

const number = z.number().optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/** A tag or folder, as much of it as counts here. */
const tagSchema = z.looseObject({
  name: text,
  tagType: text,
  valueSource: text,
  tags: z.array(z.unknown()).optional().catch(undefined),
  opcItemPath: z.unknown().optional(),
  engUnit: text,
  engLow: number,
  engHigh: number,
  documentation: text,
  tagGroup: text,
  readOnly: z.boolean().optional().catch(undefined),
  deadband: number,
  deadbandMode: text,
  scaleMode: text,
  rawLow: number,
  rawHigh: number,
  scaledLow: number,
  scaledHigh: number,
  clampMode: text,
});
export type IgnitionTag = z.output<typeof tagSchema>;

/** A tag of an OPC item, with its whole name. */
export interface IgnitionLeaf {
  readonly name: string;
  readonly tag: IgnitionTag;
}

export interface IgnitionFile {
  readonly leaves: readonly IgnitionLeaf[];
  readonly ignored: readonly string[];
  readonly problems: readonly TableProblem[];
}

interface Found {
  readonly leaves: IgnitionLeaf[];
  readonly ignored: string[];
  readonly problems: TableProblem[];
}

/** Whether this is such a file. */
export function isIgnition(content: string): boolean {
  return /^\ufeff?\s*[[{]/.test(content) && content.includes('"tagType"');
}

export function readIgnition(content: string): IgnitionFile {
  const found: Found = { leaves: [], ignored: [], problems: [] };
  const root = parseJson(content);
  if (root instanceof SyntaxError) {
    found.problems.push({ line: 1, message: `this is no JSON: ${root.message}` });
  } else for (const tag of Array.isArray(root) ? root : [root]) visit(tag, "", found);
  return found;
}

/** What every protocol takes of a tag in the same way. */
export function commonFields({ name, tag }: IgnitionLeaf): TagFields {
  return {
    name,
    group: tag.tagGroup,
    unit: tag.engUnit,
    description: tag.documentation,
    ...deadbandOf(tag),
  };
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.replace(/^\ufeff/, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

function visit(input: unknown, folder: string, found: Found): void {
  const parsed = tagSchema.safeParse(input);
  if (!parsed.success) {
    const message = `${folder || "the file"}: what stands here is no tag`;
    found.problems.push({ line: 1, message });
    return;
  }
  const tag = parsed.data;
  const name = [folder, tag.name ?? ""].filter((part) => part !== "").join("/");
  if (tag.tags !== undefined) {
    for (const child of tag.tags) visit(child, name, found);
    return;
  }
  const { tagType = "no tag", valueSource = "opc" } = tag;
  if (tagType === "Folder" || tagType === "Provider") return;
  if (tagType === "AtomicTag" && valueSource === "opc") found.leaves.push({ name, tag });
  else found.ignored.push(`${name} (${tagType}, ${valueSource})`);
}

function deadbandOf({ deadband, deadbandMode = "Absolute" }: IgnitionTag): TagFields {
  if (deadband === undefined || deadband === 0 || deadbandMode === "Off") return {};
  return deadbandMode === "Percent" ? { deadbandPercent: deadband } : { deadband };
}
