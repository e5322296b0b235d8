/** One Modbus entry of the configuration: reads, checks all of it, and says all problems at once. Opens no connection. */
import { ConfigError, section, type ConfigPlace, type ConfigProblem } from "@unshub/adapter";
import { z } from "zod";
import type { DeviceConfig, ModbusConfig } from "./config.ts";
import { duplicateNames } from "./device-rules.ts";
import { defaultsSchema } from "./device-schema.ts";
import { linkSchema, type LinkInput } from "./link-schema.ts";
import { parseDevice, type ParsedDevice } from "./parse-device.ts";
import { tryParse } from "./parts.ts";
import { toLink } from "./to-link.ts";

/** Each part by itself, so that a mistake in one does not hide those in others. */
const entrySchema = section({
  link: z.unknown(),
  defaults: z.unknown().optional(),
  devices: z.array(z.unknown()).min(1, "needs at least one device"),
});

/**
 * The entry as the adapter runs it; files that it names are seen from `place.folder`.
 * @throws {ConfigError} with every problem.
 */
export function parseModbusConfig(input: unknown, place: ConfigPlace): ModbusConfig {
  const entry = tryParse(entrySchema, input);
  const { link: linkInput, defaults: defaultsInput = {}, devices: list } = partsOf(input);
  const link = tryParse(linkSchema, linkInput);
  const defaults = tryParse(defaultsSchema, defaultsInput);
  const shared = {
    defaults: defaults.value ?? {},
    timeoutMs: link.value?.timeout ?? 1000,
    retries: retriesOf(link.value),
    isBus: isBusInput(link.value),
    place,
  };
  const devices = list.map((device) => parseDevice(device, shared));
  const file = link.value === undefined ? undefined : toLink(link.value, devicesOf(devices), place);
  const problems = [
    ...entry.problems,
    ...(linkInput === undefined ? [] : link.problems.map(below(["link"]))),
    ...defaults.problems.map(below(["defaults"])),
    ...devices.flatMap((device, index) => device.problems.map(below(["devices", index]))),
    ...twice(list).map(below(["devices"])),
    ...(file?.problems ?? []).map(below(["link"])),
  ];
  if (problems.length > 0 || file?.link === undefined) throw new ConfigError(problems);
  const warnings = devices.flatMap((device, index) =>
    device.warnings.map(below(["devices", index])),
  );
  return { link: file.link, devices: devicesOf(devices), warnings };
}

function partsOf(input: unknown): {
  link?: unknown;
  defaults?: unknown;
  devices: readonly unknown[];
} {
  const parts = typeof input === "object" && input !== null ? input : {};
  const devices: unknown = "devices" in parts ? parts.devices : [];
  return { ...parts, devices: Array.isArray(devices) ? devices : [] };
}

/** Over TCP a lost answer is rare; on a bus noise is usual. */
function retriesOf(link: LinkInput | undefined): number {
  return link?.retries ?? (isBusInput(link) ? 2 : 1);
}

function isBusInput(link: LinkInput | undefined): boolean {
  return link?.framing === "rtu" || link?.framing === "rtuOverTcp";
}

function devicesOf(parsed: readonly ParsedDevice[]): readonly DeviceConfig[] {
  return parsed.flatMap(({ device }) => (device === undefined ? [] : [device]));
}

function twice(devices: readonly unknown[]): readonly ConfigProblem[] {
  const named = devices.flatMap((device, index) => {
    if (typeof device !== "object" || device === null || !("name" in device)) return [];
    return typeof device.name === "string" ? [{ index, name: device.name }] : [];
  });
  return duplicateNames(named);
}

const below =
  (prefix: readonly (string | number)[]) =>
  ({ path, message }: ConfigProblem): ConfigProblem => ({ path: [...prefix, ...path], message });
