/** What differs between two configurations of a link's devices, and what each difference costs. */
import { isDeepStrictEqual } from "node:util";
import type { DeviceConfig, ModbusConfig } from "./config/config.ts";

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

export function devicesThatDiffer(before: ModbusConfig, after: ModbusConfig): Difference {
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

function differentTags(before: DeviceConfig | undefined, after: DeviceConfig): number {
  const old = tagsOf(before);
  return tagsOf(after).filter((tag, index) => !isDeepStrictEqual(old[index], tag)).length;
}

function tagsOf(device: DeviceConfig | undefined): DeviceConfig["groups"][number]["tags"] {
  return device?.groups.flatMap(({ tags }) => tags) ?? [];
}
