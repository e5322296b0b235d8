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

/** The templates of one configuration: each file is read once, and devices of the same kind have the very same tags. */
export class Templates {
  readonly place: ConfigPlace;
  readonly #contents = new Map<string, unknown>();
  readonly #read = new Map<string, ReadTemplate>();

  constructor(place: ConfigPlace) {
    this.place = place;
  }

  /** What stands under `template:` of a device. */
  read(input: unknown): ReadTemplate {
    if (input === undefined) return NO_TEMPLATE;
    const key = JSON.stringify(input);
    const known = this.#read.get(key) ?? readTemplate(input, (name) => this.#contentOf(name));
    this.#read.set(key, known);
    return known;
  }

  #contentOf(name: string): unknown {
    if (this.#contents.has(name)) return this.#contents.get(name);
    const isFile = /[/\\]|\.ya?ml$/i.test(name);
    const text = textOf(isFile ? inFolder(name, this.place) : libraryFile(name), name);
    const content = text instanceof Error ? text : yamlIn(text, name);
    this.#contents.set(name, content);
    return content;
  }
}

/** A template as one or more devices use it, or what is wrong with it. */
interface ReadTemplate {
  readonly template: Template | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly tags: readonly FoundTag[];
  /** Of `tags`, for devices that have no others. */
  readonly gathered: Pick<GatheredDevice, "origins"> & { readonly tags: readonly unknown[] };
}

const NO_TEMPLATE = templateWith(undefined, "", []);

function templateWith(
  template: Template | undefined,
  name: string,
  problems: readonly ConfigProblem[],
): ReadTemplate {
  const tags = (template?.tags ?? []).map((fields, index): FoundTag => ({
    fields,
    origin: { kind: "file", key: "template", where: `${name}: tags[${index}]` },
  }));
  return { template, problems, tags, gathered: split(tags) };
}

function split(tags: readonly FoundTag[]): ReadTemplate["gathered"] {
  return { tags: tags.map(({ fields }) => fields), origins: tags.map(({ origin }) => origin) };
}

/** Reads the template and the tables that a device names, and joins their tags with its own. */
export function gatherDevice(device: unknown, templates: Templates): GatheredDevice {
  if (typeof device !== "object" || device === null) {
    return { input: device, origins: [], problems: [] };
  }
  const { template: use, tagFile, ...own } = { template: undefined, tagFile: undefined, ...device };
  const read = templates.read(use);
  const problems: ConfigProblem[] = [...read.problems];
  const more = [...tagsOfFiles(tagFile, templates.place, problems), ...inlineTags(own)];
  const { tags, origins } =
    more.length === 0
      ? read.gathered
      : split(overlaid([...read.tags, ...more], read.template !== undefined));
  const input = {
    ...read.template?.habits,
    ...own,
    groups: { ...read.template?.groups, ...groupsOf(own) },
    tags: "tags" in own && !Array.isArray(own.tags) ? own.tags : tags,
  };
  return { input, origins, problems };
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

function readTemplate(input: unknown, contentOf: (name: string) => unknown): ReadTemplate {
  const wrong = (found: readonly ConfigProblem[]): ReadTemplate =>
    templateWith(
      undefined,
      "",
      found.map(({ path, message }) => ({ path: ["template", ...path], message })),
    );
  const use = readTemplateUse(input);
  if (use.kind === "problems") return wrong(use.problems);
  const { name } = use.use;
  const content = contentOf(name);
  if (content instanceof Error) return wrong([{ path: [], message: content.message }]);
  const applied = applyTemplate(content, use.use);
  if (applied.kind === "template") return templateWith(applied.template, name, []);
  return wrong(
    applied.problems.map(({ path, message }) => ({
      path: [],
      message: `${name}: ${path.join(".")}: ${message}`,
    })),
  );
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

function yamlIn(text: string, name: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof YAMLParseError) return new Error(`${name}: ${error.message}`);
    throw error;
  }
}
