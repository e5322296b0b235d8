/** Files that are there as a whole or not at all, on the disk when it is said: JSON, a line each. */
import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** `more`: further lines, made one after the other while others get their turn. */
export async function writeWhole(
  file: string,
  content: object,
  more: Iterable<object> = [],
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const made = `${file}.new`;
  const handle = await open(made, "w", 0o600);
  try {
    await handle.appendFile(`${JSON.stringify(content)}\n`);
    for (const line of more) await handle.appendFile(`${JSON.stringify(line)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(made, file);
}

/** What stands in its lines; `undefined` for one that is no JSON. A file that is not there has none. */
export function linesOf(file: string): readonly unknown[] {
  return textOf(file)
    .split("\n")
    .filter((line) => line !== "")
    .map(parsed);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
