/** The versions of Node that are on this machine, beside the one that runs the tests. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface NodeVersion {
  /** As `node --version` has it, e.g. `v20.20.2`. */
  readonly version: string;
  readonly path: string;
}

/** Ours first, then each other one on the PATH from Node 20 on. */
export function nodeVersions(): readonly NodeVersion[] {
  const found = new Map([[process.version, process.execPath]]);
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "node");
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ["--version"]).toString().trim();
    if (Number.parseInt(version.slice(1), 10) >= 20 && !found.has(version))
      found.set(version, path);
  }
  return [...found].map(([version, path]) => ({ version, path }));
}
