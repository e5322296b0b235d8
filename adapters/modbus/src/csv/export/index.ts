/** Tags of a device as files of Kepware, Neuron and Ignition. */
import type { ConfigPlace, ExportedTags, ExportWish } from "@unshub/adapter";
import type { DeviceConfig } from "../../config/config.ts";
import { parseModbusConfig } from "../../config/parse.ts";
import { exportWith } from "./foreign.ts";
import { IGNITION } from "./ignition.ts";
import { KEPWARE } from "./kepware.ts";
import { NEURON } from "./neuron.ts";

const WRITERS: ReadonlyMap<string, (device: DeviceConfig) => ExportedTags> = new Map([
  ["kepware", (device: DeviceConfig) => exportWith(KEPWARE, device)],
  ["neuron", (device: DeviceConfig) => exportWith(NEURON, device)],
  ["ignition", (device: DeviceConfig) => exportWith(IGNITION, device)],
]);

export const EXPORT_FORMATS: readonly string[] = [...WRITERS.keys()];

/** `undefined`: there is no such device, or no such format. @throws {ConfigError} when the device is written wrongly. */
export function exportTags(
  entry: unknown,
  place: ConfigPlace,
  { deviceId, format }: ExportWish,
): ExportedTags | undefined {
  const alone = withOnly(entry, deviceId);
  const write = WRITERS.get(format);
  if (alone === undefined || write === undefined) return undefined;
  const [linked] = parseModbusConfig(alone, place).links;
  const [device] = linked?.devices ?? [];
  return device && write(device);
}

/** The entry with one device: others may be many, and what is wrong with them does not matter here. */
function withOnly(entry: unknown, deviceId: string): object | undefined {
  if (!isObject(entry)) return undefined;
  if ("links" in entry && Array.isArray(entry.links)) {
    const [link] = entry.links.flatMap((each) => withOnly(each, deviceId) ?? []);
    return link && { ...entry, links: [link] };
  }
  if (!("devices" in entry) || !Array.isArray(entry.devices)) return undefined;
  const device = entry.devices.find(
    (each: unknown) => isObject(each) && "name" in each && each.name === deviceId,
  );
  return device === undefined ? undefined : { ...entry, devices: [device] };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
