/**
 * The tags of adapters as they are written. A hundred thousand of them take half a second to read out of their tables: who
 * looks page by page waits for that once, and they are forgotten when nobody looks any more.
 */
import type { TagKey, WrittenTags } from "@unshub/adapter";
import type { AdapterEntry } from "../config/index.ts";
import { loadAdapter } from "../supervisor/index.ts";
import { ConfigurationError } from "./configuration-error.ts";

type Entry = Pick<AdapterEntry, "protocol" | "folder" | "input">;

const KEPT_MS = 60_000;
/** By the entry as it runs: another configuration has other entries. */
const KEPT = new WeakMap<Entry, Promise<readonly WrittenTags[]>>();

/** Of an entry that runs: as its files were when they were looked at. @throws {ConfigurationError} as `readTags` */
export async function tagsOf(entry: Entry): Promise<readonly WrittenTags[]> {
  const known = KEPT.get(entry);
  if (known !== undefined) return await known;
  const reading = readTags(entry);
  KEPT.set(entry, reading);
  setTimeout(() => KEPT.delete(entry), KEPT_MS).unref();
  return await reading;
}

/** As its files are now. @throws {ConfigurationError} when the protocol has no tags that are written. */
export async function readTags({
  protocol,
  input,
  folder,
}: Entry): Promise<readonly WrittenTags[]> {
  const module = await loadAdapter(protocol);
  const tags = module.writtenTags?.(input, { folder });
  if (tags === undefined) throw new ConfigurationError(`${protocol} has no tags`);
  return tags;
}

/** What may stand in a tag; nothing where the protocol does not say. */
export async function tagKeys(protocol: string): Promise<readonly TagKey[]> {
  return (await loadAdapter(protocol)).tagKeys ?? [];
}
