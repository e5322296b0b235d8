/**
 * Tags of an adapter, shown and changed: a change is a new text of the whole configuration, to be looked at and applied like
 * any other. Only tags that stand in the configuration itself are changed; those of tables and templates say where they
 * stand.
 */
import {
  mergeTags,
  nameOf,
  type Merged,
  type MergeMode,
  type TagFields,
  type WrittenTag,
  type WrittenTags,
} from "@unshub/adapter";
import { writtenEntries, withEditedList, type AdapterEntry } from "../config/index.ts";
import { loadAdapter } from "../supervisor/index.ts";
import { ConfigurationError, type TagFault } from "./configuration-error.ts";
import { readTags } from "./written-tags.ts";

/** What shall become of the tags of a device. */
export interface TagChange {
  readonly device: string;
  readonly mode: MergeMode;
  readonly tags: readonly TagFields[];
}

/** What came of each tag. */
export type TagOutcome = Omit<Merged, "tags">;

/** A tag that would be another. */
export interface TagDifference {
  readonly device: string;
  readonly name: string;
  /** As it is written now; left out: it is not there yet. */
  readonly before?: TagFields;
  /** Left out: it is gone then. */
  readonly after?: TagFields;
}

export interface TagDraft {
  /** The whole configuration. */
  readonly text: string;
  readonly outcome: TagOutcome;
  readonly differences: readonly TagDifference[];
}

type Entry = Pick<AdapterEntry, "name" | "protocol" | "folder" | "input">;

/** Tags of a device as a table, as `tagFile` reads it. `undefined`: the adapter has no tables. */
export async function tagTable(
  protocol: string,
  tags: readonly WrittenTag[],
): Promise<string | undefined> {
  const { tagTables } = await loadAdapter(protocol);
  return tagTables?.write(tags.map(({ fields }) => fields));
}

/** The tags of a table. @throws {ConfigurationError} with every line that cannot be read. */
export async function tagsInTable(protocol: string, csv: string): Promise<readonly TagFields[]> {
  const { tagTables } = await loadAdapter(protocol);
  if (tagTables === undefined) throw new ConfigurationError(`${protocol} has no tables of tags`);
  const { tags, problems } = tagTables.read(csv);
  if (problems.length === 0) return tags.map(({ fields }) => fields);
  const lines = problems.map(({ line, column, message }) =>
    column === undefined ? `line ${line}: ${message}` : `line ${line}, ${column}: ${message}`,
  );
  const faults = problems.map(({ line, column, message }) => ({
    line,
    message,
    ...(column !== undefined && { column }),
  }));
  throw new ConfigurationError(lines.join("; "), { faults });
}

/** `text`: of the configuration as it is now. @throws {ConfigurationError} when it cannot be done there. */
export async function draftTags(
  text: string,
  { adapter, folder }: { readonly adapter: string; readonly folder: string },
  changes: readonly TagChange[],
): Promise<TagDraft> {
  const outcomes: TagOutcome[] = [];
  const differences: TagDifference[] = [];
  let draft = text;
  for (const change of changes) {
    const entry = writtenEntries(draft).find(({ name }) => name === adapter);
    if (entry === undefined) {
      throw new ConfigurationError(`the file of the configuration has no adapter "${adapter}"`);
    }
    const done = edited(
      draft,
      { adapter, own: await deviceOf({ ...entry, folder }, change) },
      change,
    );
    draft = done.text;
    outcomes.push(done.outcome);
    differences.push(...done.differences);
  }
  return { text: draft, outcome: joined(outcomes), differences };
}

async function deviceOf(entry: Entry, { device }: TagChange): Promise<WrittenTags> {
  const devices = await readTags(entry);
  const own = devices.find(({ deviceId }) => deviceId === device);
  if (own !== undefined) return own;
  const names = devices.map(({ deviceId }) => deviceId).join(", ");
  throw new ConfigurationError(`${entry.name} has no device "${device}"; there are: ${names}`);
}

function edited(
  text: string,
  { adapter, own }: { readonly adapter: string; readonly own: WrittenTags },
  { tags, mode }: TagChange,
): TagDraft {
  refuseDoubles(own.deviceId, tags);
  refuseOthers(own, tags, mode);
  const inline = own.tags.flatMap(({ name, fields, index }) =>
    index === undefined ? [] : [{ name, fields, index }],
  );
  const merged = mergeTags(
    inline.map(({ fields }) => fields),
    tags,
    mode,
  );
  const after = new Map(merged.tags.map((tag) => [nameOf(tag), tag]));
  const [changed, created, deleted] = [merged.changed, merged.created, merged.deleted].map(
    (names) => new Set(names),
  );
  const edit = withEditedList(text, {
    adapter,
    path: own.path,
    replaced: new Map(
      inline.flatMap(({ name, index }) =>
        changed?.has(name) === true ? [[index, after.get(name)] as const] : [],
      ),
    ),
    removed: new Set(
      inline.flatMap(({ name, index }) => (deleted?.has(name) === true ? [index] : [])),
    ),
    added: merged.tags.filter((tag) => created?.has(nameOf(tag)) === true),
  });
  if (edit === undefined) {
    throw new ConfigurationError(
      `the tags of ${own.deviceId} are no list of their own in the file; change it there`,
    );
  }
  const { tags: _tags, ...outcome } = merged;
  return { text: edit, outcome, differences: differencesOf(own, merged, after) };
}

function differencesOf(
  { deviceId: device, tags }: WrittenTags,
  { created, changed, deleted }: Merged,
  after: ReadonlyMap<string, TagFields>,
): readonly TagDifference[] {
  const before = new Map(tags.map(({ name, fields }) => [name, fields]));
  return [...created, ...changed, ...deleted].map((name) => {
    const [was, is] = [before.get(name), after.get(name)];
    return {
      device,
      name,
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
    };
  });
}

function refuseDoubles(device: string, tags: readonly TagFields[]): void {
  const names = new Set<string>();
  for (const name of tags.map(nameOf)) {
    if (name === "") throw refusal({ device, name }, "a tag has no name");
    if (names.has(name)) throw refusal({ device, name }, `"${name}" stands there twice`);
    names.add(name);
  }
}

function refusal(tag: NonNullable<TagFault["tag"]>, message: string): ConfigurationError {
  return new ConfigurationError(message, { faults: [{ message, tag, field: "name" }] });
}

/** What stands in a table must be changed there; what a template gives can be changed for one device, not taken away. */
function refuseOthers(own: WrittenTags, tags: readonly TagFields[], mode: MergeMode): void {
  for (const name of tags.map(nameOf)) {
    const there = own.tags.find((tag) => tag.name === name && tag.from !== "entry");
    if (there === undefined || (there.from === "template" && mode !== "delete")) continue;
    const message = `"${name}" stands in ${there.where ?? "a file"}: change it there`;
    throw refusal({ device: own.deviceId, name }, message);
  }
}

function joined(outcomes: readonly TagOutcome[]): TagOutcome {
  return {
    created: outcomes.flatMap(({ created }) => created),
    changed: outcomes.flatMap(({ changed }) => changed),
    deleted: outcomes.flatMap(({ deleted }) => deleted),
    untouched: outcomes.flatMap(({ untouched }) => untouched),
  };
}
