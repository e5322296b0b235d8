/** A link of an entry and the devices behind it: reads and checks both, and says all problems at once. */
import { section, tryParse, type ConfigProblem } from "@unshub/adapter";
import { z } from "zod";
import type { DeviceConfig, LinkedDevices } from "./config.ts";
import { defaultsSchema, type HabitsInput } from "./device-schema.ts";
import { linkSchema, type LinkInput } from "./link-schema.ts";
import { parseDevice, type Kinds, type ParsedDevice } from "./parse-device.ts";
import { below } from "./parts.ts";
import { toLink } from "./to-link.ts";

/** Each part by itself, so that a mistake in one does not hide those in others. */
const partsSchema = section({
  link: z.unknown(),
  defaults: z.unknown().optional(),
  devices: z.array(z.unknown()).min(1, "needs at least one device"),
});

/** Where a link stands, and what holds for all links of its entry. */
export interface LinkPlace {
  /** Where it stands in the entry. */
  readonly path: readonly (string | number)[];
  readonly defaults: HabitsInput;
  readonly kinds: Kinds;
}

/** A device as it is called, and where it stands in the entry. */
export interface NamedDevice {
  readonly path: readonly (string | number)[];
  readonly name: string;
}

/** A link with its devices, or what is wrong. Paths begin at the entry. */
export interface ParsedLink {
  readonly linked: LinkedDevices | undefined;
  /** Of all devices, also of those in which something is wrong. */
  readonly names: readonly NamedDevice[];
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Reads the files that the link and its devices name, too. */
export function parseLinked(
  input: unknown,
  { path, defaults: common, kinds }: LinkPlace,
): ParsedLink {
  const entry = tryParse(partsSchema, input);
  const { link: linkInput, defaults: ownDefaults = {}, devices: list } = partsOf(input);
  const link = tryParse(linkSchema, linkInput);
  const defaults = tryParse(defaultsSchema, ownDefaults);
  const shared = {
    defaults: { ...common, ...defaults.value },
    timeoutMs: link.value?.timeout ?? 1000,
    retries: retriesOf(link.value),
    isBus: isBusInput(link.value),
    kinds,
  };
  const parsed = list.map((device) => parseDevice(device, shared));
  const devices = devicesOf(parsed);
  const file =
    link.value === undefined ? undefined : toLink(link.value, devices, kinds.templates.place);
  const problems = [
    ...entry.problems,
    ...(linkInput === undefined ? [] : link.problems.map(below(["link"]))),
    ...defaults.problems.map(below(["defaults"])),
    ...parsed.flatMap((device, index) => device.problems.map(below(["devices", index]))),
    ...(file?.problems ?? []).map(below(["link"])),
    ...fc23Problems(link.value, devices),
  ];
  const warnings = parsed.flatMap((device, index) =>
    device.warnings.map(below(["devices", index])),
  );
  return {
    linked: file?.link && { path, link: file.link, devices, ...sharingOf(link.value) },
    names: namesOf(list, path),
    problems: problems.map(below(path)),
    warnings: warnings.map(below(path)),
  };
}

function sharingOf(
  link: LinkInput | undefined,
): Pick<LinkedDevices, "maxConnections" | "isShared"> {
  if (link === undefined || link.framing === "rtu") return {};
  const { maxConnections, connection } = link;
  return {
    ...(maxConnections !== undefined && { maxConnections }),
    ...(connection === "shared" && { isShared: true }),
  };
}

/** The library has no call for it. */
function fc23Problems(
  link: LinkInput | undefined,
  devices: readonly DeviceConfig[],
): readonly ConfigProblem[] {
  if (link?.transport !== "modbus-serial") return [];
  const users = devices.filter(({ groups }) =>
    groups.some(({ tags }) => tags.some(({ useFc23, writable }) => useFc23 === true && writable)),
  );
  return users.map(({ name }) => ({
    path: ["link", "transport"],
    message: `modbus-serial writes and reads in two requests only, and ${name} says useFc23; leave one of both out`,
  }));
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

function namesOf(devices: readonly unknown[], path: LinkPlace["path"]): readonly NamedDevice[] {
  return devices.flatMap((device, index) => {
    if (typeof device !== "object" || device === null || !("name" in device)) return [];
    const { name } = device;
    return typeof name === "string" ? [{ path: [...path, "devices", index], name }] : [];
  });
}
