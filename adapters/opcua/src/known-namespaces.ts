/**
 * The namespaces of the server that an adapter was connected to last, kept beside its other files: so that `export` can write nodes by URI
 * without asking the server. Nothing else believes it.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const FILE = "namespaces.json";
const shape = z.object({ endpoint: z.string(), namespaces: z.array(z.string()) });

/** In the order of their indices; `undefined`: the adapter was never connected to this server. */
export async function readKnownNamespaces(
  dataDir: string,
  endpoint: string,
): Promise<readonly string[] | undefined> {
  try {
    const known = shape.safeParse(JSON.parse(await readFile(join(dataDir, FILE), "utf8")));
    return known.success && known.data.endpoint === endpoint ? known.data.namespaces : undefined;
  } catch {
    return undefined; // none yet, or not readable: as if it was never connected
  }
}

/** Rejects when the file cannot be written. */
export async function keepNamespaces(
  dataDir: string,
  endpoint: string,
  namespaces: readonly string[],
): Promise<void> {
  const file = join(dataDir, FILE);
  await writeFile(`${file}.new`, JSON.stringify({ endpoint, namespaces }));
  await rename(`${file}.new`, file);
}
