/**
 * Makes a room fit for npm: Node refuses `.ts` inside `node_modules`, so `dist` gets JavaScript and declarations, and a
 * `package.json` that points to them.
 *
 *     node scripts/pack.ts sparkplug      # then: npm pack sparkplug/dist
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Compiles `room` into `outDir` and completes it to a package. Gives the folder. */
export function stagePackage(room: string, outDir: string = join(ROOT, room, "dist")): string {
  const folder = join(ROOT, room);
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const build = join(folder, "tsconfig.build.json");
  execFileSync(process.execPath, [COMPILER, "-p", build, "--outDir", outDir], { stdio: "inherit" });
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(join(outDir, "package.json"), `${JSON.stringify(published(manifest), null, 2)}\n`);
  for (const [from, name] of [
    [join(folder, "README.md"), "README.md"],
    [join(ROOT, "LICENSE"), "LICENSE"],
  ] as const) {
    if (existsSync(from)) copyFileSync(from, join(outDir, name));
  }
  return outDir;
}

function published({ name, version, license, description, dependencies }: Manifest): object {
  return {
    name,
    version,
    ...(description === undefined ? {} : { description }),
    license,
    type: "module",
    sideEffects: false,
    exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
    files: ["**/*.js", "**/*.d.ts"],
    engines: { node: ">=20" },
    ...(dependencies === undefined ? {} : { dependencies }),
  };
}

if (import.meta.main) {
  const [room] = process.argv.slice(2);
  if (room === undefined) {
    console.error("which room? e.g. node scripts/pack.ts sparkplug");
    process.exitCode = 2;
  } else console.log(stagePackage(room));
}
