/** From group, edge node and device to a place in the plant, by the rules of the configuration; the first that fits wins. */
import { levelOf, SPARKPLUG_TOP, topLevelOf, UNPLACED_TOP } from "./names.ts";
import { patternOf } from "./pattern.ts";
import type { PlacementRule } from "./schema.ts";
import { filled, type MemberId } from "./template.ts";

/** Where something stands: as a rule says, or nowhere, and why; `rule` counts from 1. */
type Placed =
  | { readonly kind: "placed"; readonly path: string; readonly rule: number }
  | { readonly kind: "unplaced"; readonly because: string };

type Place = (member: MemberId) => Placed;

/** What one rule says; `undefined`: it is not for this one. */
type Attempt = { readonly path: string } | { readonly because: string } | undefined;

/** The rules as a function. */
export function placementOf(rules: readonly PlacementRule[]): Place {
  const attempts = rules.map(attemptOf);
  return (member) => {
    const faults: string[] = [];
    for (const [index, attempt] of attempts.entries()) {
      const answer = attempt(member);
      if (answer === undefined) continue;
      if ("path" in answer) return { kind: "placed", path: answer.path, rule: index + 1 };
      faults.push(`rule ${index + 1} fits, but ${answer.because}`);
    }
    return { kind: "unplaced", because: faults.join("; ") || "no rule is for it" };
  };
}

/** The path of a device without a place, or of an edge node itself. No other path begins so. */
export function fallbackPath({ groupId, edgeNodeId, deviceId }: MemberId): string {
  const node = `${levelOf(groupId)}/${levelOf(edgeNodeId)}`;
  if (deviceId === undefined) return `${SPARKPLUG_TOP}/${node}`;
  return `${UNPLACED_TOP}/${node}/${levelOf(deviceId)}`;
}

function attemptOf(rule: PlacementRule): (member: MemberId) => Attempt {
  const fits = fitsOf(rule);
  return (member) => (fits(member) ? pathBy(rule, member) : undefined);
}

function fitsOf(rule: PlacementRule): (member: MemberId) => boolean {
  const { group = "*", node = "*", device = "*" } = rule;
  const [groups, nodes, devices] = [patternOf(group), patternOf(node), patternOf(device)];
  const places = "places" in rule ? rule.places : "devices";
  return ({ groupId, edgeNodeId, deviceId }) => {
    if (!groups.test(groupId) || !nodes.test(edgeNodeId)) return false;
    if (deviceId === undefined) return places !== "devices";
    return places !== "nodes" && devices.test(deviceId);
  };
}

function pathBy(rule: PlacementRule, member: MemberId): Attempt {
  const { groupId, edgeNodeId, deviceId } = member;
  const below = deviceId === undefined ? [edgeNodeId] : [edgeNodeId, deviceId];
  switch (rule.method) {
    case "group":
      return joined("its group", [...groupId.split(rule.delimiter), ...below]);
    case "device":
      return deviceId?.includes(rule.delimiter) === true
        ? joined("its device id", deviceId.split(rule.delimiter))
        : undefined;
    case "levels":
      return { path: [rule.enterprise, ...[groupId, ...below].map(levelOf)].join("/") };
    case "map":
      return filled(rule.path, member, rule.delimiter);
  }
}

function joined(what: string, names: readonly string[]): Attempt {
  if (names.includes("")) return { because: `${what} has an empty part` };
  return { path: names.map((name, at) => (at === 0 ? topLevelOf(name) : levelOf(name))).join("/") };
}
