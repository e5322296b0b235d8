/** The tags of an entry as they stand written, device by device: in the entry, in its tables and in its templates. */
import type { ConfigPlace, WrittenTag, WrittenTags } from "@unshub/adapter";
import { gatherDevice, Templates, type TagOrigin } from "./tag-sources.ts";

export function writtenTags(input: unknown, place: ConfigPlace): readonly WrittenTags[] {
  const templates = new Templates(place);
  return devicesIn(input, []).map(({ device, path }) => {
    const gathered = gatherDevice(device, templates);
    const { tags = [] } = recordOf(gathered.input);
    const list: readonly unknown[] = Array.isArray(tags) ? tags : [];
    return {
      deviceId: textOf(device["name"]),
      path: [...path, "tags"],
      groups: Object.keys(recordOf(recordOf(gathered.input)["groups"])),
      tags: list.map((fields, at) => tagOf(recordOf(fields), gathered.origins[at])),
    };
  });
}

interface FoundDevice {
  readonly device: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
}

/** Of the only link of the entry, or of all. */
function devicesIn(entry: unknown, path: readonly (string | number)[]): readonly FoundDevice[] {
  const { links, devices } = recordOf(entry);
  if (Array.isArray(links)) {
    return links.flatMap((link: unknown, at) => devicesIn(link, [...path, "links", at]));
  }
  if (!Array.isArray(devices)) return [];
  return devices.map((device: unknown, at) => ({
    device: recordOf(device),
    path: [...path, "devices", at],
  }));
}

const FROM = { tagFile: "table", template: "template" } as const;

function tagOf(fields: WrittenTag["fields"], origin: TagOrigin | undefined): WrittenTag {
  return {
    name: textOf(fields["name"]),
    fields,
    from: origin?.kind === "file" ? FROM[origin.key] : "entry",
    index: origin?.kind === "inline" ? origin.index : undefined,
    where: origin?.kind === "file" ? origin.where : undefined,
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
