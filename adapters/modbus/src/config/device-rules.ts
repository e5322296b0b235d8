/** How tags, groups and writes of one device must fit together. */
import { isBitTable } from "../address.ts";
import type { Tag } from "../tag.ts";
import { LIMITS } from "../wire/pdu.ts";
import type { BlockLimits } from "./config.ts";
import type { GroupInput } from "./device-schema.ts";
import type { RuleProblem } from "./problem.ts";

/** Groups that every device has. */
const ALWAYS: ReadonlyMap<string, GroupInput> = new Map<string, GroupInput>([
  ["once", { mode: "once", phase: "spread" }],
  ["onDemand", { mode: "onDemand", phase: "spread" }],
]);

/** A tag that was understood, and its place in the list. */
export interface IndexedTag {
  readonly index: number;
  readonly group: string | undefined;
  readonly tag: Tag;
}

/** The groups of a device, with those that every device has. */
export function groupsOf(
  groups: Readonly<Record<string, GroupInput>>,
): ReadonlyMap<string, GroupInput> {
  return new Map([...Object.entries(groups), ...[...ALWAYS].filter(([name]) => !(name in groups))]);
}

/** The group of a tag: as it says, or the only one. */
export function groupNameOf(
  group: string | undefined,
  groups: Readonly<Record<string, unknown>>,
): string | undefined {
  if (group !== undefined) return group;
  const [only, ...more] = Object.keys(groups);
  return more.length === 0 ? only : undefined;
}

/** Names that stand more than once; the first one may stay. */
export function duplicateNames(
  entries: readonly { readonly index: number; readonly name: string }[],
): readonly RuleProblem[] {
  const seen = new Map<string, number>();
  return entries.flatMap(({ index, name }) => {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    return first === undefined || first === index
      ? []
      : [{ path: [index, "name"], message: `"${name}" is also the name of entry ${first}` }];
  });
}

/** Why the group of a tag is none. */
export function groupProblem(
  { index, group }: Pick<IndexedTag, "index" | "group">,
  groups: Readonly<Record<string, GroupInput>>,
): readonly RuleProblem[] {
  const name = groupNameOf(group, groups);
  if (name !== undefined && (Object.hasOwn(groups, name) || ALWAYS.has(name))) return [];
  const known = [...groupsOf(groups).keys()];
  if (name === undefined) {
    const message = `is missing; this device has ${known.join(", ")}`;
    return [{ path: [index, "group"], message }];
  }
  const message = `there is no group "${name}"; this device has ${known.join(", ")}`;
  return [{ path: [index, "group"], message }];
}

/** Groups that wait for a tag which is not there. */
export function triggerProblems(
  groups: Readonly<Record<string, GroupInput>>,
  names: ReadonlySet<string>,
): readonly RuleProblem[] {
  return Object.entries(groups).flatMap(([name, { trigger }]) =>
    trigger === undefined || names.has(trigger)
      ? []
      : [{ path: [name, "trigger"], message: `there is no tag "${trigger}"` }],
  );
}

/** The clock of a device is one of its tags. */
export function sourceTimeProblems(
  { sourceTime }: { readonly sourceTime?: string | undefined },
  tags: readonly IndexedTag[],
): readonly RuleProblem[] {
  if (sourceTime === undefined) return [];
  const clock = tags.find(({ tag }) => tag.name === sourceTime)?.tag;
  const path = ["sourceTime"];
  if (clock === undefined) return [{ path, message: `there is no tag "${sourceTime}"` }];
  if (clock.datatype === "DateTime" && clock.access !== "w") return [];
  const message = `"${sourceTime}" is no time that is read; types of times are time32, dt_iec870 and date_fields`;
  return [{ path, message }];
}

/** Tags that need more registers than one request may have. Parts are read where the device allows less than it needs. */
export function tooLong({ index, tag }: IndexedTag, limits: BlockLimits): readonly RuleProblem[] {
  if (isBitTable(tag.table)) return [];
  const most = limits.maxBlock[tag.table];
  const isSplit =
    tag.type === "string" || tag.type === "bytes" || tag.length > LIMITS.readRegisters;
  if (tag.length <= most || isSplit) return [];
  const message = `takes ${tag.length} registers; maxBlock is ${most}`;
  return [{ path: [index, "at"], message }];
}

/** An atomic group is one request: its tags must lie side by side in one table. */
export function writeGroupProblems(tags: readonly IndexedTag[]): readonly RuleProblem[] {
  const groups = Map.groupBy(
    tags.filter(({ tag }) => tag.writeGroup !== undefined),
    ({ tag }) => tag.writeGroup,
  );
  return [...groups.values()].flatMap((members) => {
    const sorted = members.toSorted((a, b) => a.tag.start - b.tag.start);
    return sorted.flatMap((member, place) => besideProblem(member, sorted[place - 1]));
  });
}

function besideProblem(
  { index, tag }: IndexedTag,
  before: IndexedTag | undefined,
): readonly RuleProblem[] {
  if (before === undefined) return [];
  const end = before.tag.start + before.tag.length;
  if (tag.table === before.tag.table && tag.start === end && tag.bit === undefined) return [];
  const message = `"${tag.writeGroup}" is written in one request, so its tags must lie side by side; ${tag.name} does not follow ${before.tag.name}`;
  return [{ path: [index, "writeGroup"], message }];
}
