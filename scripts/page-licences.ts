/**
 * What of others is built into the page: the packages that its sources name, and what those bring into the browser with
 * them. The list lies beside the page as JSON, for the hub, and with the text of each licence, for whoever hands it on.
 */
import { globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOf, manifestIn } from "../hub/src/api/licences.ts";

const SOURCES = "{app,components,lib}/**/*.{ts,tsx,css}";
const NAMED = /(?:\bfrom |\bimport |\bimport\(|@import )"(?<name>@[^/"]+\/[^/"]+|[^./"@][^/"]*)/g;
/** Of Next, which is mostly for building, this much runs in the browser beside itself. */
const BROUGHT: Readonly<Record<string, readonly string[]>> = {
  next: ["react-dom", "@swc/helpers"],
  "@swc/helpers": [],
};
const LICENCE_FILE = /^licen[cs]e(?:\.\w+)?$/i;

export interface PageLicence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** "": the package has none beside it. */
  readonly text: string;
}

/** By name. `page`: the folder of its sources. */
export function pageLicences(page: string): readonly PageLicence[] {
  const found = new Map<string, PageLicence>();
  const waiting = [...namedIn(page)].map((name) => ({ name, from: page }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = folderOf(next.name, next.from);
    if (folder === undefined || found.has(folder)) continue;
    const { name, version, licence, dependencies } = manifestIn(folder);
    if (name.startsWith("@unshub/")) continue;
    found.set(folder, { name, version, licence, text: licenceText(folder) });
    const brought = BROUGHT[name] ?? dependencies;
    waiting.push(...brought.map((one) => ({ name: one, from: folder })));
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Puts the list into the folder of the built page. */
export function writePageLicences(page: string, out: string): void {
  const all = pageLicences(page);
  const named = all.map(({ name, version, licence }) => ({ name, version, licence }));
  writeFileSync(join(out, "licences.json"), `${JSON.stringify(named)}\n`);
  const texts = all.map((one) => `${one.name} ${one.version} (${one.licence})\n\n${one.text}`);
  writeFileSync(join(out, "licences.txt"), `${texts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`);
}

/** Text that only looks like an import names no package of the page. */
function namedIn(page: string): ReadonlySet<string> {
  const manifest: unknown = JSON.parse(readFileSync(join(page, "package.json"), "utf8"));
  const own = isFields(manifest) ? manifest["devDependencies"] : undefined;
  const wanted = new Set(isFields(own) ? Object.keys(own) : []);
  const texts = globSync(SOURCES, { cwd: page }).map((file) =>
    readFileSync(join(page, file), "utf8"),
  );
  const named = texts.flatMap((text) =>
    [...text.matchAll(NAMED)].map(({ groups }) => groups?.["name"] ?? ""),
  );
  return new Set(named.filter((name) => wanted.has(name)));
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => LICENCE_FILE.test(name));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
}
