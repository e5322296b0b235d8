/** Where tags come from: the entry itself and its tables. All become one list; a problem is told where it can be mended. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { ConfigPlace, ConfigProblem } from "@unshub/adapter";
import { TAG_TABLES } from "./tag-table.ts";

/** A tag as written, and where a problem with it belongs. */
export interface FoundTag {
  readonly fields: unknown;
  readonly origin: TagOrigin;
}

export type TagOrigin =
  | { readonly kind: "inline"; readonly index: number }
  | { readonly kind: "file"; readonly where: string };

/** The tags of an entry, first those of its tables. */
export function gatherTags(
  { tags, tagFile }: { readonly tags?: unknown; readonly tagFile?: unknown },
  place: ConfigPlace,
): { readonly tags: readonly FoundTag[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const files: readonly unknown[] = Array.isArray(tagFile) ? tagFile : [tagFile];
  const ofFiles = files.flatMap((file) =>
    typeof file === "string" ? tagsOfFile(file, place, problems) : [],
  );
  const written: readonly unknown[] = Array.isArray(tags) ? tags : [];
  const inline = written.map((fields, index): FoundTag => {
    return { fields, origin: { kind: "inline", index } };
  });
  return { tags: [...ofFiles, ...inline], problems };
}

/** A problem with a tag, led back to where the tag was written. */
export function ledBack({ path, message }: ConfigProblem, origin: TagOrigin): ConfigProblem {
  if (origin.kind === "inline") return { path: ["tags", origin.index, ...path], message };
  const what = path.length === 0 ? "" : `${path.join(".")}: `;
  return { path: ["tagFile"], message: `${origin.where}: ${what}${message}` };
}

/** As a person would say it. */
export function originText(origin: TagOrigin): string {
  return origin.kind === "inline" ? `tags[${origin.index}]` : origin.where;
}

function tagsOfFile(
  name: string,
  { folder }: ConfigPlace,
  problems: ConfigProblem[],
): readonly FoundTag[] {
  const text = textOf(isAbsolute(name) ? name : join(folder, name));
  if (text instanceof Error) {
    problems.push({ path: ["tagFile"], message: `${name}: ${text.message}` });
    return [];
  }
  const table = TAG_TABLES.read(text);
  for (const { line, column, message } of table.problems) {
    const at = column === undefined ? "" : `${column}: `;
    problems.push({ path: ["tagFile"], message: `${name}:${line}: ${at}${message}` });
  }
  return table.tags.map(({ line, fields }) => {
    return { fields, origin: { kind: "file", where: `${name}:${line}` } };
  });
}

function textOf(file: string): string | Error {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    const why = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    return new Error(why, { cause });
  }
}
