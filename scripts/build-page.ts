/**
 * Builds the page (`uns-browser`) into `uns-browser/out/`, once per state of its sources: a stamp in the output holds
 * the hash of everything the page is made of. Packed copies (.br, .gz) lie beside the files, so that the hub packs
 * nothing while it runs.
 *
 *     npm run build:page
 *     node scripts/build-page.ts --if-needed    nothing when the page is current
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { writePageLicences } from "./page-licences.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGE = join(ROOT, "uns-browser");
const OUT = join(PAGE, "out");
const STAMP = join(OUT, ".built.json");

/** Everything a change of which makes another page. */
const SOURCES = [
  "uns-browser/{app,components,lib}/**/*",
  "uns-browser/{package,tsconfig}.json",
  "uns-browser/*.config.*",
  "hub/src/feed/protocol.ts",
  "sparkplug/src/**/*.ts",
  "tsconfig.base.json",
  "package-lock.json",
];

/** Files worth packing; all others are packed already. */
const TEXT_FILES = "**/*.{html,js,css,txt,json,svg,map}";
/** A packed copy of less is not worth the extra file. */
const PACK_FROM_BYTES = 512;

/** What stands in the stamp: the build's id and the hash of its sources. */
interface Stamp {
  readonly build: string;
  readonly source: string;
}

/** Whether the page in `uns-browser/out/` was built from the sources as they are now. */
export function pageIsCurrent(): boolean {
  return readStamp()?.source === hashOfSources();
}

/**
 * Builds the page.
 * @param say is told in a line what is done and how long it took
 * @throws {Error} with the build's own output and what to do
 */
export async function buildPage(say: (line: string) => void): Promise<void> {
  const begun = performance.now();
  const source = hashOfSources();
  const stamp: Stamp = { build: process.env["UNSHUB_BUILD"] ?? source.slice(0, 12), source };
  rmSync(STAMP, { force: true });
  say(
    "Building the page, once per version; it takes up to half a minute and the hub runs meanwhile.",
  );
  await runNextBuild(stamp.build);
  writePageLicences(PAGE, OUT);
  const packed = await packFiles();
  writeFileSync(STAMP, `${JSON.stringify(stamp)}\n`);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  say(`Page ${stamp.build} built in ${seconds} s, ${packed} files packed`);
}

function readStamp(): Partial<Stamp> | null {
  try {
    const stamp: unknown = JSON.parse(readFileSync(STAMP, "utf8"));
    return typeof stamp === "object" ? stamp : null;
  } catch {
    return null; // never built, or a build that did not finish
  }
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = globSync(SOURCES, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.toSorted()) {
    const bytes = readFileSync(file);
    hash.update(`${relative(ROOT, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

async function runNextBuild(build: string): Promise<void> {
  const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
  const child = spawn(process.execPath, [next, "build"], {
    cwd: PAGE,
    env: {
      ...process.env,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      UNSHUB_BUILD: build,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code === 0) return;
  throw new Error(
    `The page could not be built (next build ended with ${code}). Its output:\n\n${output}${errors}\n` +
      "If packages are missing, run `npm install`. If a file is named above, the fault is there. " +
      "Then try again with `npm run build:page`.",
  );
}

const asBrotli = promisify(brotliCompress);
const asGzip = promisify(gzip);

/** @returns how many files got packed copies */
async function packFiles(): Promise<number> {
  const files = globSync(TEXT_FILES, { cwd: OUT }).map((file) => join(OUT, file));
  const packed = await Promise.all(files.map(packFile));
  return packed.filter((isPacked) => isPacked).length;
}

async function packFile(file: string): Promise<boolean> {
  const bytes = await readFile(file);
  if (bytes.length < PACK_FROM_BYTES) return false;
  const sizes = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [brotli, gzipped] = await Promise.all([
    asBrotli(bytes, { params: sizes }),
    asGzip(bytes, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, brotli), writeFile(`${file}.gz`, gzipped)]);
  return true;
}

if (import.meta.main) {
  const isNeeded = !process.argv.includes("--if-needed") || !pageIsCurrent();
  try {
    if (isNeeded) await buildPage((line) => console.log(line));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
