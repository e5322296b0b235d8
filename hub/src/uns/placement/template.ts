/**
 * Paths with gaps: `acme/{group}/{node}/{device}`, and `{group.2}` for the second part of the group by the delimiter of
 * the rule. What is filled in becomes one level, or a part of one, and never more.
 */
import { levelOf, placeFault, topLevelOf } from "./names.ts";

/** Whose place is looked for. */
export interface MemberId {
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** `undefined`: the edge node itself. */
  readonly deviceId: string | undefined;
}

/** As `Plant1/gw/press-01`; ids have no `/`. */
export function memberDescriptor({ groupId, edgeNodeId, deviceId }: MemberId): string {
  return [groupId, edgeNodeId, deviceId].filter((id) => id !== undefined).join("/");
}

/** What `memberDescriptor` made the text of. */
export function memberNamed(descriptor: string): MemberId {
  const [groupId = "", edgeNodeId = "", deviceId] = descriptor.split("/");
  return { groupId, edgeNodeId, deviceId };
}

const GAP = /\{(group|node|device)(?:\.([1-9]\d?))?\}/g;

/** Why this is no template; `undefined` when it is one. */
export function templateFault(template: string): string | undefined {
  const sample = template.replaceAll(GAP, "x");
  if (/[{}]/.test(sample)) return "has a gap that is none of {group}, {node}, {device}, {group.1}";
  return placeFault(sample);
}

/** The path, or which gap nothing fits into. */
export function filled(
  template: string,
  member: MemberId,
  delimiter: string,
): { readonly path: string } | { readonly because: string } {
  let because: string | undefined;
  const levels = template.split("/").map((level, depth) => {
    if (!level.includes("{")) return level;
    const text = level.replaceAll(GAP, (gap, key: keyof typeof FIELDS, part?: string) => {
      const value = gapValue(member[FIELDS[key]], part, delimiter);
      if (value === undefined) because ??= `it has nothing for ${gap}`;
      return value ?? "";
    });
    return depth === 0 ? topLevelOf(text) : levelOf(text);
  });
  return because === undefined ? { path: levels.join("/") } : { because };
}

const FIELDS = { group: "groupId", node: "edgeNodeId", device: "deviceId" } as const;

function gapValue(
  id: string | undefined,
  part: string | undefined,
  delimiter: string,
): string | undefined {
  const value = part === undefined ? id : id?.split(delimiter)[Number(part) - 1];
  return value === "" ? undefined : value;
}
