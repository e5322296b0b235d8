/** Tags of an adapter as files: our own table, or what another program reads; and what such a file does not say. */
import {
  ConfigError,
  type ExportedTags,
  type ExportWish,
  type TagLoss,
  type WrittenTag,
} from "@unshub/adapter";
import type { AdapterEntry } from "../config/index.ts";
import { loadAdapter } from "../supervisor/index.ts";
import { ConfigurationError } from "./configuration-error.ts";

/** The format of our own tables. */
export const OWN_FORMAT = "own";

/** Tags as `tagFile` reads them. @throws {ConfigurationError} when the protocol has no tables. */
export async function tagTable(
  protocol: string,
  tags: readonly WrittenTag[],
): Promise<ExportedTags> {
  const { tagTables } = await loadAdapter(protocol);
  if (tagTables === undefined) throw new ConfigurationError(`${protocol} has no tables of tags`);
  const text = tagTables.write(tags.filter(isFlat).map(({ fields }) => fields));
  const losses = tags.filter((tag) => !isFlat(tag)).map(leftOut);
  return { text, mediaType: "text/csv", notes: [], losses };
}

/** A cell holds no members and no dates. */
function isFlat({ fields }: WrittenTag): boolean {
  return !("members" in fields || "date" in fields);
}

function leftOut({ name }: WrittenTag): TagLoss {
  return { tag: name, isLeftOut: true, what: "a table cannot hold members and dates" };
}

/** Of one device. @throws {ConfigurationError} when the adapter does not write such files, or has no such device. */
export async function exportedTags(
  { name, protocol, input, folder }: Pick<AdapterEntry, "name" | "protocol" | "input" | "folder">,
  wish: ExportWish,
): Promise<ExportedTags> {
  const module = await loadAdapter(protocol);
  const { exportFormats = [] } = module;
  if (!exportFormats.includes(wish.format)) {
    const known = [OWN_FORMAT, ...exportFormats].join(", ");
    throw new ConfigurationError(
      `${protocol} writes no file of ${wish.format}; there are: ${known}`,
    );
  }
  const exported = whole(() => module.exportTags?.(input, { folder }, wish));
  if (exported !== undefined) return exported;
  throw new ConfigurationError(`${name} has no device "${wish.deviceId}"`);
}

function whole<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigurationError(cause.message, { cause });
  }
}
