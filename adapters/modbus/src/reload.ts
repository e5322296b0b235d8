/** What differs between two configurations of a link's devices, and what each difference costs. */
import { isDeepStrictEqual } from "node:util";
import type { PlannedBirth, ReloadReport } from "@unshub/adapter";
import type { DeviceConfig, LinkedDevices, ModbusConfig } from "./config/config.ts";
import { linkName } from "./wire/link-config.ts";

/** Names of devices. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** In both, and to be born anew. */
  readonly changed: readonly string[];
  /** In both, and different only in when a value is published. */
  readonly adjusted: readonly string[];
  readonly adjustedTags: number;
}

export function devicesThatDiffer(before: LinkedDevices, after: LinkedDevices): Difference {
  const old = new Map(before.devices.map((device) => [device.name, device]));
  const young = new Map(after.devices.map((device) => [device.name, device]));
  const both = after.devices.filter(({ name }) => old.has(name));
  const different = both.filter((device) => !isDeepStrictEqual(old.get(device.name), device));
  const adjusted = different.filter((device) => isSameButRules(old.get(device.name), device));
  return {
    added: [...young.keys()].filter((name) => !old.has(name)),
    removed: [...old.keys()].filter((name) => !young.has(name)),
    changed: different.filter((device) => !adjusted.includes(device)).map(({ name }) => name),
    adjusted: adjusted.map(({ name }) => name),
    adjustedTags: adjusted.reduce(
      (sum, device) => sum + differentTags(old.get(device.name), device),
      0,
    ),
  };
}

function isSameButRules(before: DeviceConfig | undefined, after: DeviceConfig): boolean {
  return before !== undefined && isDeepStrictEqual(withoutRules(before), withoutRules(after));
}

function withoutRules(device: DeviceConfig): object {
  const groups = device.groups.map((group) => ({
    ...group,
    tags: group.tags.map(({ publish: _publish, ...tag }) => tag),
  }));
  return { ...device, groups };
}

/** The devices as they will be born; another link, too, has its devices born anew. */
export function plannedBirths({ links }: ModbusConfig): readonly PlannedBirth[] {
  return links.flatMap(({ link, devices }) =>
    devices.map((device) => ({
      deviceId: device.name,
      metrics: tagsOf(device).map(({ name, datatype }) => ({ name, datatype })),
      basis: { link, device: withoutRules(device) },
      link,
    })),
  );
}

function differentTags(before: DeviceConfig | undefined, after: DeviceConfig): number {
  const old = tagsOf(before);
  return tagsOf(after).filter((tag, index) => !isDeepStrictEqual(old[index], tag)).length;
}

function tagsOf(device: DeviceConfig | undefined): DeviceConfig["groups"][number]["tags"] {
  return device?.groups.flatMap(({ tags }) => tags) ?? [];
}

/** Which link of the new configuration each running link becomes, by its name. */
export function successors(
  before: readonly LinkedDevices[],
  after: readonly LinkedDevices[],
): ReadonlyMap<string, LinkedDevices> {
  const names = new Set(before.map(({ link }) => linkName(link)));
  const found = new Map(
    after.flatMap((linked) => {
      const name = linkName(linked.link);
      return names.has(name) ? [[name, linked] as const] : [];
    }),
  );
  const young = after.filter(({ link }) => !names.has(linkName(link)));
  for (const linked of before) {
    const name = linkName(linked.link);
    // Another address: the link that has its devices now is the same one, moved.
    const index = found.has(name) ? -1 : young.findIndex((other) => sharesDevice(linked, other));
    const [moved] = index === -1 ? [] : young.splice(index, 1);
    if (moved !== undefined) found.set(name, moved);
  }
  return found;
}

function sharesDevice(a: LinkedDevices, b: LinkedDevices): boolean {
  const names = new Set(a.devices.map(({ name }) => name));
  return b.devices.some(({ name }) => names.has(name));
}

export const NOTHING_CHANGED: ReloadReport = {
  added: [],
  removed: [],
  reborn: [],
  reconnected: [],
  adjustedTags: 0,
};

/** `young`: links that are new. */
interface Change {
  readonly before: readonly LinkedDevices[];
  readonly after: readonly LinkedDevices[];
  readonly young: readonly LinkedDevices[];
}

/** The reports of the links that stay, and those that came and went, as one. Who changed the link was born again. */
export function joinedReport(
  reports: readonly ReloadReport[],
  { before, after, young }: Change,
): ReloadReport {
  const [old, now] = [deviceNames(before), deviceNames(after)];
  const come = [...reports.flatMap(({ added }) => added), ...deviceNames(young)];
  return {
    added: come.filter((name) => !old.has(name)),
    removed: [...old].filter((name) => !now.has(name)),
    reborn: [...reports.flatMap(({ reborn }) => reborn), ...come.filter((name) => old.has(name))],
    reconnected: [
      ...reports.flatMap(({ reconnected }) => reconnected),
      ...young.map(({ link }) => linkName(link)),
    ],
    adjustedTags: reports.reduce((sum, { adjustedTags }) => sum + adjustedTags, 0),
  };
}

function deviceNames(links: readonly LinkedDevices[]): ReadonlySet<string> {
  return new Set(links.flatMap(({ devices }) => devices.map(({ name }) => name)));
}
