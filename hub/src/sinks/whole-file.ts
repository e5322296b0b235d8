/** Files that are there as a whole or not at all, on the disk when it is said. */
import { mkdirSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

export async function writeWhole(file: string, content: object): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const made = `${file}.new`;
  const handle = await open(made, "w", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(made, file);
}
