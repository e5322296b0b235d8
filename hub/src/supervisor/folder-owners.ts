/**
 * Whose files a folder of an adapter holds. An adapter that goes on under another name (the edge node and the protocol are
 * the same) takes what it learnt, and whom it trusts, with it: also when the hub was not running while its entry got the
 * name, or fell before the folder had it. What was left by one that is gone belongs to nobody any more.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Logger } from "@unshub/adapter";
import type { AdapterEntry } from "../config/index.ts";

type Owner = Pick<AdapterEntry, "protocol" | "groupId" | "edgeNodeId">;

export interface FolderPlace {
  readonly dataDir: string;
  readonly log: Logger;
}

/** Of a folder, from one name to another. */
interface Move {
  readonly from: string;
  readonly to: string;
}

const FILE = "owner.json";
/** Ends the name of a folder that is between two names; the next start goes on with it. */
const ON_ITS_WAY = "-on-its-way";

/** Notes whose folder that of `entry` is. */
export function ownFolder({ dataDir, log }: FolderPlace, entry: AdapterEntry): void {
  const folder = folderOf(dataDir, entry.name);
  const file = join(folder, FILE);
  try {
    if (ownerIn(folder) === ownerText(entry)) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, ownerText(entry));
    renameSync(`${file}.new`, file);
  } catch (error) {
    log.error({ folder, error }, "files of an adapter would not go with it under another name");
  }
}

/**
 * Gives each entry the folder that says it is its own, under whatever name that is; then what is left under names that no
 * entry has belongs to nobody. `running`: names of adapters that run on, whose folders stay where they are.
 */
export function carryFolders(
  place: FolderPlace,
  entries: readonly AdapterEntry[],
  running: ReadonlySet<string>,
): void {
  const { dataDir, log } = place;
  try {
    carry(place, entries, running);
    disownStrays(dataDir, entries);
    for (const entry of entries) {
      if (existsSync(folderOf(dataDir, entry.name))) ownFolder(place, entry);
    }
  } catch (error) {
    log.error({ dataDir, error }, "whose the folders of adapters are cannot be told");
  }
}

function carry(
  place: FolderPlace,
  entries: readonly AdapterEntry[],
  running: ReadonlySet<string>,
): void {
  const { dataDir } = place;
  const renamed = renamedFolders(dataDir, entries, running);
  const leaving = new Set(renamed.map(({ from }) => from));
  for (const { to } of renamed) {
    if (leaving.has(to) || !existsSync(folderOf(dataDir, to))) continue;
    const aside = { from: to, to: `.${to}-${Date.now()}` };
    move(place, aside, "files of a former adapter are set aside");
  }
  for (const each of inOrder(renamed)) move(place, each, "files of a renamed adapter go with it");
}

/** The folders that belong to entries of other names. */
function renamedFolders(
  dataDir: string,
  entries: readonly AdapterEntry[],
  running: ReadonlySet<string>,
): readonly Move[] {
  const owners = ownersIn(dataDir);
  return entries.flatMap((entry): readonly Move[] => {
    const { name: to } = entry;
    const text = ownerText(entry);
    if (running.has(to) || owners.get(to) === text) return [];
    const own = Array.from(owners).filter(([name, owner]) => owner === text && !running.has(name));
    const [first, ...more] = own;
    // of two, nobody knows which
    return first === undefined || more.length > 0 ? [] : [{ from: first[0], to }];
  });
}

/** None onto one that has yet to leave; where they exchange their names, one steps aside first. */
function inOrder(renamed: readonly Move[]): readonly Move[] {
  const ordered: Move[] = [];
  for (let left = renamed; left.length > 0;) {
    const [first, ...others] = left;
    const free = left.find(({ to }) => left.every(({ from }) => from !== to));
    if (free !== undefined) {
      ordered.push(free);
      left = left.filter((each) => each !== free);
    } else if (first !== undefined) {
      const beside = `.${first.from}-${Date.now()}${ON_ITS_WAY}`;
      ordered.push({ from: first.from, to: beside });
      left = [...others, { from: beside, to: first.to }];
    }
  }
  return ordered;
}

function move({ dataDir, log }: FolderPlace, { from, to }: Move, what: string): void {
  try {
    renameSync(folderOf(dataDir, from), folderOf(dataDir, to));
    log.info({ from, to }, what);
  } catch (error) {
    log.error({ from, to, error }, "a folder of an adapter cannot get another name");
  }
}

function disownStrays(dataDir: string, entries: readonly AdapterEntry[]): void {
  const names = new Set(entries.map(({ name }) => name));
  for (const name of ownersIn(dataDir).keys()) {
    if (!names.has(name)) rmSync(join(folderOf(dataDir, name), FILE), { force: true });
  }
}

/** By the names of their folders; without those that were set aside for people, which begin with a point. */
function ownersIn(dataDir: string): ReadonlyMap<string, string> {
  const folder = join(dataDir, "adapters");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const owners = new Map<string, string>();
  for (const name of names) {
    const isAside = name.startsWith(".") && !name.endsWith(ON_ITS_WAY);
    const owner = isAside ? undefined : ownerIn(folderOf(dataDir, name));
    if (owner !== undefined) owners.set(name, owner);
  }
  return owners;
}

function ownerIn(folder: string): string | undefined {
  const file = join(folder, FILE);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function ownerText({ protocol, groupId, edgeNodeId }: Owner): string {
  return JSON.stringify({ protocol, groupId, edgeNodeId });
}

function folderOf(dataDir: string, name: string): string {
  return join(dataDir, "adapters", name);
}
