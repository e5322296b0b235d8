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
  type WrittenTags,
} from "@unshub/adapter";
import { writtenEntries, withEditedList } from "../config/index.ts";
import { loadAdapter } from "../supervisor/index.ts";
import { ConfigurationError, type TagFault } from "./configuration-error.ts";
import { tagDifferences, type TagDifference } from "./tag-differences.ts";
import { readTags } from "./written-tags.ts";

/** What shall become of the tags of a device. */
export interface TagChange {
  readonly device: string;
  readonly mode: MergeMode;
  readonly tags: readonly TagFields[];
  /** None of them may be there yet; left out: they may. */
  readonly areNew?: boolean;
}

/** What came of each tag. */
type TagOutcome = Omit<Merged, "tags">;

export interface TagDraft {
  /** The whole configuration. */
  readonly text: string;
  readonly outcome: TagOutcome;
  readonly differences: readonly TagDifference[];
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

/** Names that tags of a device get, by their names until now. */
export interface TagRenames {
  readonly device: string;
  readonly names: ReadonlyMap<string, string>;
}

type Step = Omit<TagDraft, "differences">;

/** A text of the whole configuration, and the tags of the adapter in it. */
interface Drafted {
  readonly text: string;
  readonly devices: readonly WrittenTags[];
}

interface Where {
  readonly adapter: string;
  /** Of the configuration: files are seen from there. */
  readonly folder: string;
}

/** `text`: of the configuration as it is now. First tags are named, then changed. @throws {ConfigurationError} when it cannot be done there. */
export async function draftTags(
  text: string,
  where: Where,
  { renames, changes }: { readonly renames: TagRenames; readonly changes: readonly TagChange[] },
): Promise<TagDraft> {
  const { adapter } = where;
  const outcomes: TagOutcome[] = [];
  const before = await tagsIn(text, where);
  let draft: Drafted = { text, devices: before };
  const follow = async ({ text: next, outcome }: Step): Promise<void> => {
    draft = { text: next, devices: await tagsIn(next, where) };
    outcomes.push(outcome);
  };
  const { device, names } = renames;
  if (names.size > 0) {
    await follow(renamed(draft.text, { adapter, own: deviceOf(draft, adapter, device) }, names));
  }
  for (const change of changes) {
    const own = deviceOf(draft, adapter, change.device);
    await follow(edited(draft.text, { adapter, own }, change));
  }
  return {
    text: draft.text,
    outcome: joined(outcomes),
    differences: tagDifferences(before, draft.devices, renames),
  };
}

async function tagsIn(text: string, { adapter, folder }: Where): Promise<readonly WrittenTags[]> {
  const entry = writtenEntries(text).find(({ name }) => name === adapter);
  if (entry !== undefined) return await readTags({ ...entry, folder });
  throw new ConfigurationError(`the file of the configuration has no adapter "${adapter}"`);
}

function deviceOf({ devices }: Drafted, adapter: string, device: string): WrittenTags {
  const own = devices.find(({ deviceId }) => deviceId === device);
  if (own !== undefined) return own;
  const names = devices.map(({ deviceId }) => deviceId).join(", ");
  throw new ConfigurationError(`${adapter} has no device "${device}"; there are: ${names}`);
}

/** Each tag stays where it stands in the list. */
function renamed(
  text: string,
  { adapter, own }: { readonly adapter: string; readonly own: WrittenTags },
  names: ReadonlyMap<string, string>,
): Step {
  const { deviceId: device } = own;
  refuseDoubles(
    device,
    [...names.values()].map((name) => ({ name })),
  );
  const replaced = new Map<number, TagFields>();
  for (const [from, to] of names) {
    const tag = own.tags.find(({ name }) => name === from);
    if (tag === undefined) throw refusal({ device, name: to }, `there is no tag "${from}"`);
    const { index, fields, where = "a file" } = tag;
    if (index === undefined)
      throw refusal({ device, name: to }, `"${from}" stands in ${where}: change it there`);
    const isTaken = own.tags.some(({ name }) => name === to) && !names.has(to);
    if (isTaken) throw refusal({ device, name: to }, `"${to}" is there already`);
    replaced.set(index, { ...fields, name: to });
  }
  const nothing = { removed: new Set<number>(), added: [] };
  const edit = withEditedList(text, { adapter, path: own.path, replaced, ...nothing });
  if (edit === undefined) throw noList(device);
  const outcome = { created: [...names.values()], changed: [], deleted: [...names.keys()] };
  return { text: edit, outcome: { ...outcome, untouched: [] } };
}

function noList(device: string): ConfigurationError {
  return new ConfigurationError(
    `the tags of ${device} are no list of their own in the file; change it there`,
  );
}

function edited(
  text: string,
  { adapter, own }: { readonly adapter: string; readonly own: WrittenTags },
  { tags, mode, areNew = false }: TagChange,
): Step {
  refuseDoubles(own.deviceId, tags);
  if (areNew) refuseKnown(own, tags);
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
  if (edit === undefined) throw noList(own.deviceId);
  const { tags: _tags, ...outcome } = merged;
  return { text: edit, outcome };
}

function refuseDoubles(device: string, tags: readonly TagFields[]): void {
  const names = new Set<string>();
  for (const name of tags.map(nameOf)) {
    if (name === "") throw refusal({ device, name }, "a tag has no name");
    if (names.has(name)) throw refusal({ device, name }, `"${name}" stands there twice`);
    names.add(name);
  }
}

/** A new tag under the name of another would take its place. */
function refuseKnown(own: WrittenTags, tags: readonly TagFields[]): void {
  const known = new Set(own.tags.map(({ name }) => name));
  const double = tags.map(nameOf).find((name) => known.has(name));
  if (double === undefined) return;
  throw refusal({ device: own.deviceId, name: double }, `"${double}" is there already`);
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
