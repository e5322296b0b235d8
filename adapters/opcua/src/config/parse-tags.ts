/** The tags of an entry, each checked by itself; names and groups against all others. */
import { tryParse, type ConfigProblem } from "@unshub/adapter";
import type { TagConfig } from "../data-config.ts";
import { tagSchema } from "./data-schema.ts";
import { isRecord } from "./parts.ts";
import { groupProblem } from "./rules.ts";
import { ledBack, originText, type FoundTag } from "./tag-sources.ts";
import { toTag } from "./to-tag.ts";

/** What tags need to know of their entry. */
export interface TagSurroundings {
  /** Of tags that name none. */
  readonly device: string;
  /** `undefined` when the entry has none that could be read. */
  readonly groups: readonly string[] | undefined;
}

/** The tags without a problem, and the problems of all others. */
export function parseTags(
  found: readonly FoundTag[],
  { device, groups }: TagSurroundings,
): { readonly tags: readonly TagConfig[]; readonly problems: readonly ConfigProblem[] } {
  const only = groups?.length === 1 ? groups[0] : undefined;
  const tags: TagConfig[] = [];
  const problems: ConfigProblem[] = [];
  const names = new Map<string, string>();
  for (const { fields: written, origin } of found) {
    const fields = withGroup(written, only);
    const { value, problems: own } = tryParse(tagSchema, fields);
    const between = [
      ...groupProblems(fields, groups),
      ...nameProblems(fields, { device, names, where: originText(origin) }),
    ];
    problems.push(...[...own, ...between].map((problem) => ledBack(problem, origin)));
    if (value !== undefined) tags.push(toTag(value, device));
  }
  return { tags, problems };
}

/** Where there is one group only, nobody need name it. */
function withGroup(fields: unknown, only: string | undefined): unknown {
  if (only === undefined || !isRecord(fields) || "group" in fields) return fields;
  return { ...fields, group: only };
}

function groupProblems(
  fields: unknown,
  groups: readonly string[] | undefined,
): readonly ConfigProblem[] {
  if (groups === undefined || !isRecord(fields)) return [];
  const message = groupProblem(fields["group"], groups);
  return message === undefined ? [] : [{ path: ["group"], message }];
}

function nameProblems(
  fields: unknown,
  at: { readonly device: string; readonly names: Map<string, string>; readonly where: string },
): readonly ConfigProblem[] {
  if (!isRecord(fields)) return [];
  const { name, device = at.device } = fields;
  if (typeof name !== "string" || typeof device !== "string") return [];
  const place = `${device}/${name}`;
  const first = at.names.get(place);
  if (first === undefined) at.names.set(place, at.where);
  const message = `"${name}" is already the name of ${first}`;
  return first === undefined ? [] : [{ path: ["name"], message }];
}
