/** The tags of an entry as they stand written, device by device; those that browsing finds nobody has written. */
import { intervalsIn, type ConfigPlace, type WrittenTag, type WrittenTags } from "@unshub/adapter";
import { isRecord } from "./parts.ts";
import { gatherTags } from "./tag-sources.ts";

export function writtenTags(input: unknown, place: ConfigPlace): readonly WrittenTags[] {
  if (!isRecord(input)) return [];
  const usual = textOf(input["device"]);
  const tags = gatherTags(input, place).tags.map(({ fields: written, origin }) => {
    const fields = isRecord(written) ? written : {};
    const tag: WrittenTag = {
      name: textOf(fields["name"]),
      fields,
      from: origin.kind === "inline" ? "entry" : "table",
      index: origin.kind === "inline" ? origin.index : undefined,
      where: origin.kind === "file" ? origin.where : undefined,
    };
    return { device: textOf(fields["device"]) || usual, tag };
  });
  const byDevice = Map.groupBy(tags, ({ device }) => device);
  const devices = new Set([...(usual === "" ? [] : [usual]), ...byDevice.keys()]);
  return [...devices].map((deviceId) => ({
    deviceId,
    path: ["tags"],
    groups: isRecord(input["groups"]) ? Object.keys(input["groups"]) : [],
    intervals: intervalsIn(input["groups"]),
    tags: (byDevice.get(deviceId) ?? []).map(({ tag }) => tag),
  }));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
