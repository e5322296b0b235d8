/** The packages that run in the hub, with the licence that each names; read from their manifests when somebody asks first. Those in the page say theirs when it is built. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

const HUB_FOLDER = join(import.meta.dirname, "../..");

let known: readonly Licensed[] | undefined;

/** Without those of the hub itself; by name. Read once: it takes hundreds of files, and nothing else is done meanwhile. */
export function licences(): readonly Licensed[] {
  known ??= readLicences();
  return known;
}

function readLicences(): readonly Licensed[] {
  const found = new Map<string, Licensed>();
  const folders = new Set<string>();
  const waiting = [HUB_FOLDER];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (folders.has(folder)) continue;
    folders.add(folder);
    const { dependencies, ...licensed } = manifestIn(folder);
    const { name, version } = licensed;
    if (!name.startsWith("@unshub/")) found.set(`${name} ${version}`, licensed);
    for (const dependency of dependencies) {
      const place = folderOf(dependency, folder);
      if (place !== undefined) waiting.push(place);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where Node would look for it; `undefined`: an optional one that is not there. */
export function folderOf(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(join(place, "package.json"))) return place;
    if (dirname(folder) === folder) return undefined;
  }
}

interface Manifest extends Licensed {
  readonly dependencies: readonly string[];
}

export function manifestIn(folder: string): Manifest {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const fields = new Map(
    typeof manifest === "object" && manifest !== null ? Object.entries(manifest) : [],
  );
  const text = (key: string): string => {
    const value: unknown = fields.get(key);
    return typeof value === "string" ? value : "";
  };
  const dependencies: unknown = fields.get("dependencies");
  return {
    name: text("name"),
    version: text("version"),
    licence: text("license"),
    dependencies:
      typeof dependencies === "object" && dependencies !== null ? Object.keys(dependencies) : [],
  };
}
