/** The tags of an entry as they stand written, device by device: in the entry, in its tables and in its templates. */
import { intervalsIn, type ConfigPlace, type WrittenTag, type WrittenTags } from "@unshub/adapter";
import { addressText, parseAddress } from "../address.ts";
import { gatherDevice, Templates, type TagOrigin } from "./tag-sources.ts";

export function writtenTags(input: unknown, place: ConfigPlace): readonly WrittenTags[] {
  const templates = new Templates(place);
  return devicesIn(input, { path: [], base: 0 }).map(({ device, path, base }) => {
    const gathered = gatherDevice(device, templates);
    const { tags = [], addressBase = base } = recordOf(gathered.input);
    const list: readonly unknown[] = Array.isArray(tags) ? tags : [];
    const groups = recordOf(recordOf(gathered.input)["groups"]);
    return {
      deviceId: textOf(device["name"]),
      path: [...path, "tags"],
      groups: Object.keys(groups),
      intervals: intervalsIn(groups),
      tags: list.map((fields, at) => {
        return tagOf(recordOf(fields), { origin: gathered.origins[at], base: addressBase });
      }),
    };
  });
}

interface FoundDevice {
  readonly device: Readonly<Record<string, unknown>>;
  readonly path: readonly (string | number)[];
  /** What `defaults` say the first address is called. */
  readonly base: unknown;
}

/** Of the only link of the entry, or of all. */
function devicesIn(
  entry: unknown,
  { path, base: usual }: Pick<FoundDevice, "path" | "base">,
): readonly FoundDevice[] {
  const { links, devices, defaults } = recordOf(entry);
  const { addressBase: base = usual } = recordOf(defaults);
  if (Array.isArray(links)) {
    return links.flatMap((link: unknown, at) => {
      return devicesIn(link, { path: [...path, "links", at], base });
    });
  }
  if (!Array.isArray(devices)) return [];
  return devices.map((device: unknown, at) => ({
    device: recordOf(device),
    path: [...path, "devices", at],
    base,
  }));
}

const FROM = { tagFile: "table", template: "template" } as const;

function tagOf(
  fields: WrittenTag["fields"],
  { origin, base }: { readonly origin: TagOrigin | undefined; readonly base: unknown },
): WrittenTag {
  const at = fields["at"];
  const parsed = parseAddress(typeof at === "number" ? String(at) : textOf(at), base === 1 ? 1 : 0);
  return {
    name: textOf(fields["name"]),
    fields,
    ...(parsed.kind === "address" && { address: addressText(parsed.address) }),
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
