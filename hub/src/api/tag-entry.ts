/** Which adapter and device a route about tags means. */
import type { WrittenTag } from "@unshub/adapter";
import { ConfigurationError, tagsOf, type Configuration } from "../configuration/index.ts";
import { problem, type Problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Caller } from "./who.ts";

export const PATH = "/api/v1/adapters/:name/tags";

export type Entry = Configuration["adapters"][number];

/** @throws {ConfigurationError} when there are several, or none. */
export async function onlyDevice(entry: Entry): Promise<string> {
  const [only, ...more] = await tagsOf(entry);
  if (only !== undefined && more.length === 0) return only.deviceId;
  const all = [...(only === undefined ? [] : [only]), ...more].map(({ deviceId }) => deviceId);
  throw new ConfigurationError(`say which device: ${all.join(", ") || "there is none"}`);
}

/** `undefined`: there is none, or it is not the caller's to see. */
export function entryOf(
  configuration: Configuration,
  caller: Caller,
  name: string,
): Entry | undefined {
  return configuration.adapters.find(
    (entry) => entry.name === name && readsNode(caller, entry.groupId, entry.edgeNodeId),
  );
}

export interface DeviceTag {
  readonly device: string;
  readonly tag: WrittenTag;
}

export async function writtenFor(
  entry: Entry,
  only: string | undefined,
): Promise<readonly DeviceTag[]> {
  const devices = await tagsOf(entry);
  return devices
    .filter(({ deviceId }) => only === undefined || deviceId === only)
    .flatMap(({ deviceId, tags }) => tags.map((tag) => ({ device: deviceId, tag })));
}

export function noAdapter(name: string): Problem {
  return problem(404, `there is no adapter "${name}"`);
}
