/**
 * Completes `package-lock.json`: packages that bring one binary per platform list all of them as optional, but a
 * registry mirror that holds only some platforms leaves the others out of the lock file, and `npm ci` then refuses it
 * everywhere. Here they are entered with their exact version and platform; npm fetches only the one that fits.
 *
 *     node scripts/lockfile.ts      # after every change of dependencies
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const LOCKFILE = join(resolve(import.meta.dirname, ".."), "package-lock.json");

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
  packages: Record<string, LockedPackage>;
}

/** An optional package that the lock file should hold and does not. */
export interface MissingPackage {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

export function readLockfile(): Lockfile {
  const lockfile: Lockfile = JSON.parse(readFileSync(LOCKFILE, "utf8"));
  return lockfile;
}

/** Every optional dependency with an exact version that has no entry. */
export function missingPackages({ packages }: Lockfile): readonly MissingPackage[] {
  const locked = new Set(
    Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, "")),
  );
  return Object.values(packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(([name, version]) => !locked.has(name) && /^\d/.test(version))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

/** The platform that a package is for, by its name, e.g. `@oxlint/binding-linux-x64-musl`. */
function platformOf(name: string): object {
  const words = name.split(/[-/]/);
  if (words.includes("wasm32")) return { cpu: ["wasm32"] };
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined)
    throw new Error(`${name}: its name does not tell its platform`);
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return { cpu: [cpu], ...(os === "linux" && { libc: [libc] }), os: [os] };
}

function complete(lockfile: Lockfile): number {
  const missing = missingPackages(lockfile);
  for (const { name, version, dev } of missing) {
    const entry = { version, ...platformOf(name), ...(dev && { dev }), optional: true };
    lockfile.packages[`node_modules/${name}`] = entry;
  }
  const sorted = Object.entries(lockfile.packages).toSorted(([a], [b]) => (a < b ? -1 : 1));
  lockfile.packages = Object.fromEntries(sorted);
  writeFileSync(LOCKFILE, `${JSON.stringify(lockfile, null, 2)}\n`);
  return missing.length;
}

if (import.meta.main)
  console.log(`${complete(readLockfile())} packages of other platforms entered`);
