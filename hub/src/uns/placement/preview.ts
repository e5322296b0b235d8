/** Where rules would put devices and edge nodes, before anybody is published there. */
import { fallbackPath, placementOf } from "./rules.ts";
import type { PlacementRule } from "./schema.ts";
import { memberDescriptor, type MemberId } from "./template.ts";

export interface PreviewedPlace {
  /** As `Plant1/gw/press-01`. */
  readonly member: string;
  readonly path: string;
  /** Which rule gave the path, counted from 1. */
  readonly rule?: number;
  /** Why it has no place of its own. An edge node that no rule places has none and needs none. */
  readonly because?: string;
}

/** In the order of `members`: of two that want one path the first one keeps it. */
export function previewOf(
  rules: readonly PlacementRule[],
  members: readonly MemberId[],
): readonly PreviewedPlace[] {
  const placeOf = placementOf(rules);
  const owners = new Map<string, string>();
  return members.map((id): PreviewedPlace => {
    const member = memberDescriptor(id);
    const placed = placeOf(id);
    const instead = { member, path: fallbackPath(id) };
    if (placed.kind === "unplaced")
      return id.deviceId === undefined ? instead : { ...instead, because: placed.because };
    const { path, rule } = placed;
    const owner = owners.get(path) ?? member;
    owners.set(path, owner);
    if (owner === member) return { member, path, rule };
    return { ...instead, because: `rule ${rule} puts it at ${path}, where ${owner} stands` };
  });
}
