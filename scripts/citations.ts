/**
 * Where the statements of Sparkplug 3.0 are cited, `[tck-id-…]`, and what a citation is worth. In a source file it is a
 * mark: here the statement is met. In a test it is a proof only when it stands in the title of an `it` that runs; in a
 * comment, in any other text, or in the title of a skipped test it proves nothing. Prose (docs, ADRs) is never read.
 */
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const SKIPPED = ["**/node_modules/**", "**/dist/**"];
const CITATION = /\[tck-id-([A-Za-z0-9-]+)\]/g;
const TEXT = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|${"`(?:[^`\\\\]|\\\\.)*`"})`;
/** An `it` or `test` that begins its line, its title, and options that stand right behind. */
const TEST = new RegExp(
  String.raw`^[ \t]*(?:it|test)(?<how>\.\w+)?\(\s*(?<title>${TEXT}(?:\s*\+\s*${TEXT})*)\s*,\s*(?<options>\{[^}]*\})?`,
  "gm",
);

/** A line of a file below the repository, e.g. `sparkplug/src/topic.ts:72`. */
export interface Citation {
  readonly id: string;
  readonly place: string;
}

/** Every citation in the files, comments too. */
export async function marksIn(patterns: readonly string[]): Promise<readonly Citation[]> {
  return citedIn(patterns, citations);
}

/** Every citation in the title of a test that runs. */
export async function proofsIn(patterns: readonly string[]): Promise<readonly Citation[]> {
  return citedIn(patterns, provedBy);
}

async function citedIn(
  patterns: readonly string[],
  find: (text: string, file: string) => readonly Citation[],
): Promise<readonly Citation[]> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: ROOT, exclude: SKIPPED })) files.push(file);
  return files
    .toSorted()
    .flatMap((file) => find(readFileSync(join(ROOT, file), "utf8"), file.replaceAll("\\", "/")));
}

function citations(text: string, file: string): readonly Citation[] {
  return [...text.matchAll(CITATION)].map(({ 1: id = "", index }) => ({
    id,
    place: `${file}:${lineOf(text, index)}`,
  }));
}

/** What the titles of a test file prove. A skipped group is not looked into: the whole file proves nothing then. */
export function provedBy(text: string, file: string): readonly Citation[] {
  const code = text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, (comment) =>
    comment.replaceAll(/[^\n]/g, " "),
  );
  if (/^[ \t]*describe\.(?:skip|todo)\(/m.test(code)) return [];
  return [...code.matchAll(TEST)].flatMap(({ index, groups }) => {
    const { how, title = "", options = "" } = groups ?? {};
    if (how === ".skip" || how === ".todo" || /\b(?:skip|todo)\b/.test(options)) return [];
    const place = `${file}:${lineOf(code, index)}`;
    return [...title.matchAll(CITATION)].map(({ 1: id = "" }) => ({ id, place }));
  });
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
