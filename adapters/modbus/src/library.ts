/** The machines whose register maps come with the adapter: one template each, by name. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const FOLDER = fileURLToPath(new URL("../library/", import.meta.url));

/** The names that `template:` knows, sorted. */
export function libraryNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .toSorted();
}

/** The file of a template; `undefined` when there is none of that name. */
export function libraryFile(name: string): string | undefined {
  const file = join(FOLDER, `${name}.yaml`);
  return /^[a-z0-9-]+$/.test(name) && existsSync(file) ? file : undefined;
}
