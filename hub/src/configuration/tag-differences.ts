/** Tags of an adapter before and after, told one by one. */
import { isDeepStrictEqual } from "node:util";
import type { TagFields, WrittenTags } from "@unshub/adapter";

/** A tag that would be another. */
export interface TagDifference {
  readonly device: string;
  readonly name: string;
  /** Its name until now, where that was another. */
  readonly was?: string;
  /** As it is written now; left out: it is not there yet. */
  readonly before?: TagFields;
  /** Left out: it is gone then. */
  readonly after?: TagFields;
}

/** `names`: new names of the tags of `device`, by their names until now. */
export function tagDifferences(
  before: readonly WrittenTags[],
  after: readonly WrittenTags[],
  { device, names }: { readonly device: string; readonly names: ReadonlyMap<string, string> },
): readonly TagDifference[] {
  const old = new Map([...tagsIn(before)].map((tag) => [keyOf(tag), tag]));
  const was = new Map([...names].map(([from, to]) => [keyOf({ device, name: to }), from]));
  const seen = new Set<string>();
  const differences: TagDifference[] = [];
  for (const tag of tagsIn(after)) {
    const from = was.get(keyOf(tag));
    const key = keyOf({ ...tag, name: from ?? tag.name });
    const known = old.get(key); // one that got another name may be followed by a new one of its own
    seen.add(key);
    if (from === undefined && isDeepStrictEqual(known?.fields, tag.fields)) continue;
    differences.push({
      device: tag.device,
      name: tag.name,
      ...(from !== undefined && { was: from }),
      ...(known !== undefined && { before: known.fields }),
      after: tag.fields,
    });
  }
  const gone = [...old]
    .filter(([key]) => !seen.has(key))
    .map(([, { fields, ...rest }]) => ({ ...rest, before: fields }));
  return [...differences, ...gone];
}

interface DeviceTag {
  readonly device: string;
  readonly name: string;
  readonly fields: TagFields;
}

function* tagsIn(devices: readonly WrittenTags[]): Generator<DeviceTag> {
  for (const { deviceId: device, tags } of devices) {
    for (const { name, fields } of tags) yield { device, name, fields };
  }
}

function keyOf({ device, name }: Pick<DeviceTag, "device" | "name">): string {
  return `${device}\n${name}`;
}
