/** The library as a stranger gets it: packed for npm, and installed in an empty project that knows nothing of ours. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stagePackage } from "../../scripts/pack.ts";

const OURS = join(import.meta.dirname, "../../node_modules");
/** What the project has beside the library; the registry is never asked. */
const ALSO_INSTALLED = ["mqtt", "@types/node"];

export interface Project {
  readonly folder: string;
  /** Where `@unshub/sparkplug` was installed. */
  readonly library: string;
  /** Writes a file of the project; gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** Packs the library and installs the tarball, as `npm install` does it without a network. */
export function openProject(): Project {
  const root = mkdtempSync(join(tmpdir(), "sparkplug-package-"));
  const folder = join(root, "project");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true }));
  const staged = stagePackage("sparkplug", join(root, "staged"));
  npm(staged, "pack", "--pack-destination", root);
  const tarball = readdirSync(root).find((name) => name.endsWith(".tgz")) ?? "";
  npm(folder, "install", "--offline", "--ignore-scripts", "--no-audit", join(root, tarball));
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  for (const name of ALSO_INSTALLED) {
    symlinkSync(join(OURS, name), join(folder, "node_modules", name), "junction");
  }
  return {
    folder,
    library: join(folder, "node_modules/@unshub/sparkplug"),
    write: (name, text) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function npm(cwd: string, ...args: readonly string[]): void {
  execFileSync("npm", [...args, "--silent"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
}
