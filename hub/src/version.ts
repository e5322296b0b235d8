/** One version for all rooms: that of the package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const file = join(import.meta.dirname, "../package.json");
const manifest: { readonly version?: string } = JSON.parse(readFileSync(file, "utf8"));

export const VERSION = manifest.version ?? "0";
