/**
 * Where the tags of a device come from: the configuration itself, tables (`tagFile`) and templates. All become one list
 * before anything is checked; a problem is told where its author can mend it.
 */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ConfigPlace, ConfigProblem } from "@unshub/adapter";
import { parse, YAMLParseError } from "yaml";
import type { TagFields } from "@unshub/adapter/table";
import { TAG_TABLES } from "../csv/tag-fields.ts";
import { libraryFile } from "../library.ts";
import { applyTemplate, readTemplateUse, type Template } from "./template.ts";

/** Whose tag it is: where a problem with it belongs. */
export type TagOrigin =
  | { readonly kind: "inline"; readonly index: number }
  | { readonly kind: "file"; readonly key: "tagFile" | "template"; readonly where: string };

/** A device with all its tags in it, not yet checked. */
export interface GatheredDevice {
  readonly input: unknown;
  /** By index in `input.tags`. */
  readonly origins: readonly TagOrigin[];
  /** What could not be read; paths begin at the device. */
  readonly problems: readonly ConfigProblem[];
}

interface FoundTag {
  readonly fields: unknown;
  readonly origin: TagOrigin;
}

/** Reads the template and the tables that a device names, and joins their tags with its own. */
export function gatherDevice(device: unknown, place: ConfigPlace): GatheredDevice {
  if (typeof device !== "object" || device === null) {
    return { input: device, origins: [], problems: [] };
  }
  const { template: use, tagFile, ...own } = { template: undefined, tagFile: undefined, ...device };
  const problems: ConfigProblem[] = [];
  const template = templateOf(use, place, problems);
  const found = [
    ...tagsOfTemplate(template),
    ...tagsOfFiles(tagFile, place, problems),
    ...inlineTags(own),
  ];
  const merged = overlaid(found, template !== undefined);
  const input = {
    ...template?.template.habits,
    ...own,
    groups: { ...template?.template.groups, ...groupsOf(own) },
    tags: "tags" in own && !Array.isArray(own.tags) ? own.tags : merged.map((tag) => tag.fields),
  };
  return { input, origins: merged.map((tag) => tag.origin), problems };
}

/** The path of a problem with a device, led back to where the tag was written. */
export function ledBack(
  { path, message }: ConfigProblem,
  origins: readonly TagOrigin[],
): ConfigProblem {
  const [key, index, ...rest] = path;
  const origin = key === "tags" && typeof index === "number" ? origins[index] : undefined;
  if (origin === undefined) return { path, message };
  if (origin.kind === "inline") return { path: ["tags", origin.index, ...rest], message };
  const what = rest.length === 0 ? "" : `${rest.join(".")}: `;
  return { path: [origin.key], message: `${origin.where}: ${what}${message}` };
}

function inlineTags(device: object): readonly FoundTag[] {
  const tags: unknown = "tags" in device ? device.tags : undefined;
  if (!Array.isArray(tags)) return [];
  return tags.map((fields: unknown, index) => ({ fields, origin: { kind: "inline", index } }));
}

function groupsOf(device: object): object {
  const groups: unknown = "groups" in device ? device.groups : undefined;
  return typeof groups === "object" && groups !== null ? groups : {};
}

function tagsOfFiles(
  input: unknown,
  place: ConfigPlace,
  problems: ConfigProblem[],
): readonly FoundTag[] {
  if (input === undefined) return [];
  const names: readonly unknown[] = Array.isArray(input) ? input : [input];
  return names.flatMap((name) => {
    if (typeof name !== "string") {
      problems.push({
        path: ["tagFile"],
        message: "must be the name of a file, or a list of them",
      });
      return [];
    }
    return tagsOfFile(name, place, problems);
  });
}

function tagsOfFile(
  name: string,
  place: ConfigPlace,
  problems: ConfigProblem[],
): readonly FoundTag[] {
  const text = textOf(inFolder(name, place), name);
  if (text instanceof Error) {
    problems.push({ path: ["tagFile"], message: text.message });
    return [];
  }
  const table = TAG_TABLES.read(text);
  for (const { line, column, message } of table.problems) {
    const at = column === undefined ? "" : `${column}: `;
    problems.push({ path: ["tagFile"], message: `${name}:${line}: ${at}${message}` });
  }
  return table.tags.map(({ line, fields }) => ({
    fields,
    origin: { kind: "file", key: "tagFile", where: `${name}:${line}` },
  }));
}

interface UsedTemplate {
  readonly name: string;
  readonly template: Template;
}

function templateOf(
  input: unknown,
  place: ConfigPlace,
  problems: ConfigProblem[],
): UsedTemplate | undefined {
  if (input === undefined) return undefined;
  const complain = (found: readonly ConfigProblem[]): undefined => {
    problems.push(...found.map(({ path, message }) => ({ path: ["template", ...path], message })));
    return undefined;
  };
  const use = readTemplateUse(input);
  if (use.kind === "problems") return complain(use.problems);
  const { name } = use.use;
  const file = /[/\\]|\.ya?ml$/i.test(name) ? inFolder(name, place) : libraryFile(name);
  const text = textOf(file, name);
  if (text instanceof Error) return complain([{ path: [], message: text.message }]);
  const content = yamlIn(text);
  if (content instanceof YAMLParseError) {
    return complain([{ path: [], message: `${name}: ${content.message}` }]);
  }
  const applied = applyTemplate(content, use.use);
  if (applied.kind === "template") return { name, template: applied.template };
  return complain(
    applied.problems.map(({ path, message }) => ({
      path: [],
      message: `${name}: ${path.join(".")}: ${message}`,
    })),
  );
}

function tagsOfTemplate(used: UsedTemplate | undefined): readonly FoundTag[] {
  if (used === undefined) return [];
  return used.template.tags.map((fields, index) => ({
    fields,
    origin: { kind: "file", key: "template", where: `${used.name}: tags[${index}]` },
  }));
}

/** With a template, a tag of the device with the same name changes that of the template, key by key. */
function overlaid(tags: readonly FoundTag[], hasTemplate: boolean): readonly FoundTag[] {
  if (!hasTemplate) return tags;
  const merged: FoundTag[] = [];
  const places = new Map<string, number>();
  for (const tag of tags) {
    const name = nameIn(tag.fields);
    const place = name === undefined ? undefined : places.get(name);
    const before = place === undefined ? undefined : merged[place];
    const isChange = before?.origin.kind === "file" && before.origin.key === "template";
    if (place === undefined || before === undefined || !isChange) {
      if (name !== undefined) places.set(name, merged.length);
      merged.push(tag);
      continue;
    }
    merged[place] = {
      fields: { ...asFields(before.fields), ...asFields(tag.fields) },
      origin: tag.origin,
    };
  }
  return merged;
}

function asFields(fields: unknown): TagFields {
  return typeof fields === "object" && fields !== null ? { ...fields } : {};
}

function nameIn(fields: unknown): string | undefined {
  const { name } = { name: undefined, ...asFields(fields) };
  return typeof name === "string" ? name : undefined;
}

function inFolder(name: string, { folder }: ConfigPlace): string {
  return isAbsolute(name) ? name : join(folder, name);
}

function textOf(file: string | undefined, name: string): string | Error {
  if (file === undefined) {
    return new Error(
      `there is no template "${name}" in the library; a file of yours ends in .yaml`,
    );
  }
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const why = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    return new Error(`${name}: ${why}`, { cause });
  }
}

function yamlIn(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) return error;
    throw error;
  }
}
